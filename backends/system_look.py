"""A look at the installed system that runs, mounted for its length; nothing is written."""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from backends.block_device import opened, size_of
from backends.boot_names import INITRD, KERNEL, MENU
from backends.boot_state_blocks import states_in
from backends.file_errors import file_errors
from backends.image_tree import MountedImage
from backends.mounts import Mounts
from backends.recovery_image import RecoveryImage
from backends.regular_file import read_regular
from backends.reset_request import asked_in
from backends.target_journal import FILE, FOLDER
from installer.boot_state import RECOVERY, SLOTS, merged
from installer.contract import CONTRACT_PATH, Contract
from installer.contract_file import load_contract
from installer.errors import InstallError, Refused
from installer.hardware import HardwareSource
from installer.layout import Role
from installer.quantity import MIB
from installer.recovery_entry import has_recovery, starts_by_itself
from installer.slot_records import SlotRecord, records_in
from installer.text import _
from installer.upkeep.running import Running, running_system
from installer.upkeep.system import RecoveryFound, SlotFound, System

COMMAND_LINE: Final = Path("/proc/cmdline")
SLOT: Final = Path("/run/atomos/slot")
"""Where the initramfs mounts the slot that runs. Its device is dm-verity's alone."""
_LONGEST_MENU: Final = MIB


class SystemLook:
    """Fulfils SystemSource. `uses`: what a device is used for, but for looks as this one."""

    def __init__(
        self,
        hardware: HardwareSource,
        mounts: Mounts,
        uses: Callable[[str], tuple[str, ...]],
        *,
        command_line: Path = COMMAND_LINE,
        slot: Path = SLOT,
    ) -> None:
        self._hardware = hardware
        self._mounts = mounts
        self._uses = uses
        self._command_line = command_line
        self._slot = slot

    def look(self, *, writing: bool = False) -> System:
        """See SystemSource."""
        words = self._command_line.read_text(encoding="utf-8", errors="replace")
        machine = self._hardware.machine()
        if not machine.root:
            raise Refused.because(
                _("What the slots hold can be read by root only."), _("Start it with sudo.")
            )
        running = running_system(words, machine)
        if running.luks_uuid is not None:
            running = replace(running, is_locked=not Path(running.slot_path(SLOTS[0])).exists())
        self._mounts.unmount_abandoned()
        boot = running.path(Role.BOOT)
        with self._mounts.device(boot, "ext4", read_only=True) as top, file_errors(boot):
            states = states_in(top)
            menu = read_regular(top / MENU, _LONGEST_MENU).decode("utf-8", "replace")
            room = os.statvfs(top)
            reset, is_unfinished = asked_in(top), (top / FOLDER / FILE).exists()
            state = merged(*states)
            running = running.keeping(state)
            kernel = sum(_size(top / running.slot / name) for name in (KERNEL, INITRD))
        records = records_in(menu)
        # Nobody tells which of them is written. Recovery is where its entry is closed and the
        # spare slot is not.
        spare = state.slot(running.other)
        renews_recovery = has_recovery(menu) and not starts_by_itself(menu)
        writes_slot = writing and not (renews_recovery and (spare.tries or spare.good))
        a, b = (
            self._slot_found(running, name, records.get(name), writing=writes_slot)
            for name in SLOTS
        )
        return System(
            running=running,
            state=state,
            blocks_valid=(states[0] is not None, states[1] is not None),
            menu=menu,
            a=a,
            b=b,
            recovery=self._recovery(running, menu, writing=writing),
            boot_free_bytes=room.f_bavail * room.f_frsize,
            kernel_bytes=kernel,
            reset=reset,
            is_unfinished=is_unfinished,
        )

    def _slot_found(
        self, running: Running, name: str, record: SlotRecord | None, *, writing: bool
    ) -> SlotFound:
        device = running.slot_path(name)
        contract, fault, text = None, "", b""
        if writing and name != running.slot:
            # Whoever writes it has it alone.
            fault = _("it is being written")
        else:
            try:
                with self._image(running, name) as image:
                    contract, text = _contract(image, device)
            except InstallError as error:
                fault = error.what
        if record is not None and (contract is None or contract.version != record.version):
            record = None
        return SlotFound(
            name=name,
            device=device,
            size_bytes=_device_size(device),
            contract=contract,
            fault=fault,
            record=record,
            contract_sha256=hashlib.sha256(text).hexdigest() if contract is not None else "",
            uses=() if name == running.entry else self._uses(device),
        )

    @contextlib.contextmanager
    def _image(self, running: Running, name: str) -> Iterator[Path]:
        """The image in a slot, mounted. Raises InstallError where that does not mount."""
        if name == running.entry:
            yield self._slot
            return
        if running.is_locked:
            raise InstallError(_("encrypted, and locked: `atomos unlock` opens it"))
        with self._mounts.device(running.slot_path(name), "squashfs", read_only=True) as image:
            yield image

    def _recovery(self, running: Running, menu: str, *, writing: bool) -> RecoveryFound | None:
        if running.table.find(Role.RECOVERY) is None or not has_recovery(menu):
            return None
        device, whole = running.path(Role.RECOVERY), starts_by_itself(menu)
        found = RecoveryFound(
            contract=None,
            record=records_in(menu).get(RECOVERY),
            whole=whole,
            size_bytes=_device_size(device),
        )
        if writing and not whole:
            # Whoever writes it has it alone.
            return replace(found, fault=_("it is being written"))
        try:
            with RecoveryImage(self._mounts).system(device) as image:
                contract, _text = _contract(image, device)
        except InstallError as error:
            return replace(found, fault=error.what)
        record = found.record
        if record is not None and record.version != contract.version:
            record = None
        return replace(found, contract=contract, record=record)


def _contract(image: Path, device: str) -> tuple[Contract, bytes]:
    """What the image says of itself, and its text. Raises InstallError."""
    text = MountedImage(image, device).contract_text()
    try:
        return load_contract(text.decode(errors="replace"), CONTRACT_PATH.name), text
    except Refused as refusal:
        raise InstallError(refusal.problems[0].what.rstrip("."), device=device) from refusal


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0


def _device_size(device: str) -> int:
    """Bytes of it; 0 of one that cannot be opened."""
    with contextlib.suppress(InstallError), opened(device, os.O_RDONLY) as descriptor:
        return size_of(descriptor)
    return 0
