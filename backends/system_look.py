"""A look at the installed system that runs, mounted for its length; nothing is written."""

import contextlib
import hashlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from backends.block_device import opened, size_of
from backends.boot_names import INITRD, KERNEL, MENU
from backends.boot_state_blocks import states_in
from backends.file_errors import file_errors
from backends.image_tree import MountedImage
from backends.mapped_device import MappedDevices
from backends.mounts import Mounts
from backends.recovery_image import RecoveryImage
from backends.regular_file import read_regular
from backends.reset_request import asked_in
from backends.target_journal import is_begun
from installer.boot_state import RECOVERY, SLOTS, merged
from installer.contract import CONTRACT_PATH, Contract
from installer.contract_file import load_contract
from installer.errors import InstallError, Refused, ToolFailed
from installer.hardware import HardwareSource
from installer.layout import VOLUME_GROUP, VOLUMES, Role
from installer.quantity import MIB
from installer.recovery_entry import has_recovery, starts_by_itself
from installer.slot_records import SlotRecord, records_in
from installer.text import _
from installer.upkeep.problems import boot_use_problems
from installer.upkeep.running import ROLES, Running, container, running_system
from installer.upkeep.system import RecoveryFound, SlotFound, System, Writing

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
        root: Path = Path("/"),
    ) -> None:
        self._hardware = hardware
        self._mounts = mounts
        self._uses = uses
        self._command_line = command_line
        self._slot = slot
        self._mapped = MappedDevices(root)

    def look(self, *, writing: Writing | None = None) -> System:
        """See SystemSource."""
        words = self._command_line.read_text(encoding="utf-8", errors="replace")
        machine = self._hardware.machine()
        if not machine.root:
            raise Refused.because(
                _("What the slots hold can be read by root only."), _("Start it with sudo.")
            )
        running = running_system(words, machine)
        if running.is_recovery and running.luks_uuid is not None:
            running = replace(running, is_locked=not self._is_open(running))
        self._mounts.unmount_abandoned()
        with self._boot(running) as top:
            states = states_in(top)
            menu = read_regular(top / MENU, _LONGEST_MENU).decode("utf-8", "replace")
            room = os.statvfs(top)
            reset, is_unfinished = asked_in(top), is_begun(top)
            kernels = {each: sum(_size(top / each / n) for n in (KERNEL, INITRD)) for each in SLOTS}
        state = merged(*states)
        left_alone: tuple[str, ...] = ()
        if writing is not None and writing.may_be_slot:
            left_alone = (running.keeping(state).other,)
        found = self._slots(running, records_in(menu), left_alone)
        running = running.keeping(state, [each.name for each in found if each.contract is not None])
        renewing = writing is not None and writing.may_be_recovery
        return System(
            running=running,
            state=state,
            blocks_valid=(states[0] is not None, states[1] is not None),
            menu=menu,
            a=found[0],
            b=found[1],
            recovery=self._recovery(running, menu, writing=renewing),
            boot_free_bytes=room.f_bavail * room.f_frsize,
            kernel_bytes=kernels[running.slot],
            reset=reset,
            is_unfinished=is_unfinished,
        )

    @contextlib.contextmanager
    def _boot(self, running: Running) -> Iterator[Path]:
        """The boot partition, mounted. Raises Refused where somebody has it mounted for writing:
        the kernel mounts none read-only beside that."""
        boot = running.path(Role.BOOT)
        with contextlib.ExitStack() as mounted:
            try:
                top = mounted.enter_context(self._mounts.device(boot, "ext4", read_only=True))
            except ToolFailed as error:
                problems = tuple(boot_use_problems(running))
                if problems:
                    raise Refused(problems) from error
                raise
            with file_errors(boot):
                yield top

    def _slots(
        self,
        running: Running,
        records: Mapping[str, SlotRecord],
        left_alone: Collection[str],
    ) -> tuple[SlotFound, ...]:
        return tuple(
            self._slot_found(running, each, records.get(each), writing=each in left_alone)
            for each in SLOTS
        )

    def _is_open(self, running: Running) -> bool:
        """Whether the slots that can be seen are this disk's, and can be written to."""
        return all(
            self._mapped.carries(
                VOLUME_GROUP, container(running), f"{VOLUME_GROUP}-{VOLUMES[role]}"
            )
            for role in ROLES.values()
        )

    def _slot_found(
        self, running: Running, name: str, record: SlotRecord | None, *, writing: bool
    ) -> SlotFound:
        device = running.slot_path(name)
        contract, fault, text = None, "", b""
        if writing:
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
        if writing:
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
