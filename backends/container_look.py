"""Slots and data inside a LUKS2 container, opened so that no byte of it can change."""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from backends.block_device import opened
from backends.luks_header import read_headers
from backends.mapped_device import MappedDevices
from backends.mounts import BUSY_SECONDS
from backends.read_only_loop import ReadOnlyLoops
from backends.runner import Runner
from backends.volume_group import volumes_in
from installer.errors import InstallError, Refused, ToolFailed
from installer.layout import SLOTS, VOLUME_GROUP, VOLUMES, Role
from installer.question import QuestionId
from installer.secret import Secret
from installer.text import _

MAPPED: Final = f"{VOLUME_GROUP}-look"
"""Name of the opened container; that of an installed system and of an installation is `atomos`."""
SECONDS: Final = 300.0
"""argon2id of 1 GiB took 40 seconds under an emulated processor."""
WRONG_KEY: Final = 2
"""Exit status of cryptsetup (cryptsetup(8), "RETURN CODES"); 4: there is no such device."""
NOT_THERE: Final = 4
LVM_FAILED: Final = 5
"""Exit status of LVM's tools for anything that went wrong, also for an unknown group (lvm(8))."""
_LUKS1: Final = b"LUKS\xba\xbe\x00\x01"
"""Magic and version, at the start of the device (LUKS1 On-Disk Format 1.2.3, figure 1)."""


@dataclass(frozen=True, kw_only=True)
class OpenedContainer:
    """A container while it is open."""

    uuid: str
    slot_bytes: tuple[int, int]
    slots: Mapping[str, str]
    """Device nodes of the slots' volumes, by their names in the boot state."""
    data: str
    """Device node of the data's volume."""


class ContainerLook:
    """The tools cryptsetup and lvm, on a read-only loop device."""

    def __init__(self, runner: Runner, mapped: MappedDevices) -> None:
        self._runner = runner
        self._mapped = mapped
        self._loops = ReadOnlyLoops(runner)

    @contextlib.contextmanager
    def opened(self, partition: str, passphrase: Secret | None) -> Iterator[OpenedContainer]:
        """The container on `partition`; closed at the end, also after an error.

        Raises Refused: no LUKS2, no passphrase or a wrong one, no volumes of ours. Raises
        InstallError when a tool fails, or when what a killed run left is in use.
        """
        uuid = _container_uuid(partition)
        if passphrase is None:
            raise _locked(_("The data on {device} are encrypted."), partition)
        self._close_leftovers(partition)
        with self._loops.over(partition) as loop, contextlib.ExitStack() as stack:
            # Also after a failure or a signal: the tool may have opened it before it was ended.
            stack.callback(self._close, MAPPED, partition)
            self._open(loop.device, partition, passphrase)
            loop.release()
            sizes = self._volume_sizes(partition)
            self._activate(partition)
            yield OpenedContainer(
                uuid=uuid,
                slot_bytes=(sizes[VOLUMES[Role.SLOT_A]], sizes[VOLUMES[Role.SLOT_B]]),
                slots={VOLUMES[role]: _node(role) for role in SLOTS},
                data=_node(Role.DATA),
            )

    def _close_leftovers(self, partition: str) -> None:
        """Close what a killed look, or a killed installation onto this partition, left open."""
        self._close(MAPPED, partition)
        if self._mapped.lies_on(VOLUME_GROUP, partition):
            self._close(VOLUME_GROUP, partition)

    def _open(self, loop: str, partition: str, passphrase: Secret) -> None:
        argv = ["cryptsetup", "open", "--type", "luks2", "--readonly", "--key-file=-", loop, MAPPED]
        key = passphrase.reveal().encode()
        if not key:
            # cryptsetup says of an empty one, with another status, that there is nothing to read.
            raise _locked(_("The passphrase does not open {device}."), partition)
        done = self._runner.run(
            argv, stdin=key, timeout=SECONDS, device=partition, ok=(0, WRONG_KEY)
        )
        if done.returncode == WRONG_KEY:
            raise _locked(_("The passphrase does not open {device}."), partition)

    def _volume_sizes(self, partition: str) -> dict[str, int]:
        """Bytes of each of our volumes. Raises Refused when one is missing, or the group."""
        report = ["--reportformat", "json", "--units", "b", "--nosuffix"]
        selected = ["--options", "lv_name,lv_size", "--select", f"vg_name={VOLUME_GROUP}"]
        argv = ["lvm", "lvs", *_ONLY, *report, *selected]
        printed = self._runner.run(argv, timeout=SECONDS, device=partition).stdout
        sizes = {each.name: each.size_bytes or 0 for each in volumes_in(printed)}
        missing = [name for name in VOLUMES.values() if name not in sizes]
        if missing:
            raise Refused.because(
                _("Inside {device} the volume group {group} lacks the volumes {names}.").format(
                    device=partition, group=VOLUME_GROUP, names=", ".join(missing)
                ),
                _("Its data cannot be kept; install without keeping them, or choose another disk."),
            )
        return sizes

    def _activate(self, partition: str) -> None:
        argv = ["lvm", "vgchange", *_ONLY, "--config", _READ_ONLY, "--activate", "y", VOLUME_GROUP]
        self._runner.run(argv, timeout=SECONDS, device=partition)

    def _close(self, name: str, partition: str) -> None:
        """Deactivate the group in it and close it, trying again while it is busy.

        udev looks into new devices, and activates the group once more, after we are done with it.
        """
        deadline = time.monotonic() + BUSY_SECONDS
        while self._mapped.is_there(name):
            failed = self._take_apart(name, partition)
            if not self._mapped.is_there(name):
                return
            if time.monotonic() > deadline:
                raise _in_use(name, partition, failed) from failed
            time.sleep(0.1)

    def _take_apart(self, name: str, partition: str) -> ToolFailed | None:
        only = ["--devices", f"/dev/mapper/{name}"]
        try:
            for argv, ok in (
                (["lvm", "vgchange", *only, "--activate", "n", VOLUME_GROUP], (0, LVM_FAILED)),
                (["cryptsetup", "close", name], (0, NOT_THERE)),
            ):
                self._runner.run(argv, timeout=SECONDS, device=partition, ok=ok, cleaning_up=True)
        except ToolFailed as error:
            return error
        return None


_ONLY: Final = ("--devices", f"/dev/mapper/{MAPPED}")
"""No other device is seen: a group of this name on another disk is not ours to look at."""
_READ_ONLY: Final = f'activation/read_only_volume_list=["{VOLUME_GROUP}"]'
"""On a read-only device volumes cannot be activated otherwise (lvm.conf(5))."""


def _node(role: Role) -> str:
    return f"/dev/mapper/{VOLUME_GROUP}-{VOLUMES[role]}"


def _container_uuid(partition: str) -> str:
    """UUID of the LUKS2 header. Raises Refused when there is none, in words for what there is."""
    found = next(filter(None, read_headers(partition)), None)
    if found is not None:
        return found.uuid
    with opened(partition, os.O_RDONLY) as descriptor:
        start = os.pread(descriptor, len(_LUKS1), 0)
    if start == _LUKS1:
        what = _("{device} is encrypted by LUKS1, which AtomOS does not use.")
    else:
        what = _("{device} has no LUKS2 header, or a damaged one.")
    raise Refused.because(
        what.format(device=partition),
        _("Its data cannot be kept; save them by other means before you install without them."),
    )


def _locked(what: str, partition: str) -> Refused:
    way_out = _("Type the passphrase of this disk, or its recovery key.")
    return Refused.because(what.format(device=partition), way_out, QuestionId.UNLOCK)


def _in_use(name: str, partition: str, error: ToolFailed | None) -> InstallError:
    return InstallError(
        _("/dev/mapper/{name} on {device} is in use by something else").format(
            name=name, device=partition
        ),
        device=partition,
        tool_words=error.tool_words if error else "",
        way_out=_("Unmount what is on it and close it (cryptsetup close {name}).").format(
            name=name
        ),
    )
