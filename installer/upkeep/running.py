"""Which slot this system runs from, or that it is Recovery, and on which disk that is. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Final

from installer.boot_state import RECOVERY, SLOTS, BootState
from installer.errors import Refused
from installer.hardware import Disk, Machine
from installer.kept_table import found_table, table_faults
from installer.layout import VOLUMES, PartitionTable, Role, partition_path, volume_path
from installer.text import _

ROLES: Final = {"a": Role.SLOT_A, "b": Role.SLOT_B}
TITLES: Final = {"a": "Root A", "b": "Root B"}
"""As the start menu calls them, in every language."""
_PARTUUIDS: Final = ("PARTUUID=", "/dev/disk/by-partuuid/")
_CONTAINERS: Final = ("rd.luks.name=", "cryptroot=UUID=")


@dataclass(frozen=True, kw_only=True)
class Running:
    """The system that runs, and the disk it was installed onto."""

    slot: str
    """The one that runs; while Recovery does, the one that is kept (see `keeping`)."""
    disk: Disk
    table: PartitionTable
    luks_uuid: str | None
    """Of the container that the slots are in; None: they are partitions."""
    is_recovery: bool = False
    """Whether no slot runs, but Recovery."""
    is_locked: bool = False
    """Whether nobody has opened the container: what the slots hold cannot be seen."""

    @property
    def entry(self) -> str:
        """What runs: a slot, or ``recovery``."""
        return RECOVERY if self.is_recovery else self.slot

    def keeping(self, state: BootState, readable: Collection[str] = SLOTS) -> "Running":
        """While Recovery runs: with the slot that nothing is written to, so that what has come up
        before stays; where neither has, with the one that comes first.

        `readable`: those that hold an image. The other one, once it is closed, comes last and is
        not good: wherever its writing is cut off, the same one is kept (see BootState.closed).
        """
        if not self.is_recovery:
            return self

        def rank(name: str) -> tuple[bool, bool, bool]:
            found = state.slot(name)
            return (name in readable, found.good, found.good and found.tries > 0)

        return replace(self, slot=max(state.order, key=rank))

    @property
    def other(self) -> str:
        """The slot that is written: it does not run."""
        return "b" if self.slot == "a" else "a"

    def path(self, role: Role) -> str:
        """The device that has that role. Raises KeyError where there is none."""
        if self.luks_uuid is not None and role in VOLUMES:
            return volume_path(role)
        return partition_path(self.disk.path, self.table.part(role).number)

    def slot_path(self, slot: str) -> str:
        """The device of a slot."""
        return self.path(ROLES[slot])


def container(running: Running) -> str:
    """The partition that the slots are in. Raises KeyError where they are partitions."""
    return partition_path(running.disk.path, running.table.part(Role.LUKS).number)


def running_system(command_line: str, machine: Machine) -> Running:
    """What the kernel's command line says, found among the machine's disks; or Recovery, and the
    disk it is on.

    Raises Refused: what runs is another live system, or its disk is not known for certain, as where
    it and a copy of it are both connected.
    """
    if machine.medium is not None and machine.medium.is_recovery:
        return _recovery(machine, machine.medium.device)
    words = command_line.split()
    slot = _value(words, "atomos.slot=")
    if slot not in ROLES:
        raise Refused.because(
            _("This system was started from no slot: it is a live system, or another's."),
            _("Start Root A, Root B or Recovery, and do it there."),
        )
    device = _value(words, "systemd.verity_root_data=") or _value(words, "root=") or ""
    partuuid = next((device.removeprefix(each) for each in _PARTUUIDS if each in device), None)
    luks_uuid = None if partuuid is not None else _container(words)
    disks = tuple(_disks(machine, partuuid, luks_uuid))
    if len(disks) > 1:
        # A copy of the disk has the same identifiers; nothing of it is in use.
        disks = tuple(disk for disk in disks if disk.all_uses)
    if len(disks) != 1:
        raise Refused.because(
            _("The disk that {slot} runs from ({device}) cannot be told for certain.").format(
                slot=TITLES[slot], device=device
            ),
            _("Disconnect copies of it, then try again."),
        )
    return Running(slot=slot, disk=disks[0], table=_table(disks[0]), luks_uuid=luks_uuid)


def _recovery(machine: Machine, device: str) -> Running:
    """Recovery, on that partition."""
    found = [each for each in machine.disks if any(p.path == device for p in each.partitions)]
    if len(found) != 1:
        raise Refused.because(
            _("The disk that Recovery was started from ({device}) is not there.").format(
                device=device
            ),
            _("Connect it again, and start Recovery anew."),
        )
    (disk,) = found
    table = _table(disk)
    uuid = None if table.find(Role.LUKS) is None else _header(disk)
    return Running(slot=SLOTS[0], disk=disk, table=table, luks_uuid=uuid, is_recovery=True)


def _header(disk: Disk) -> str:
    """The UUID of its container. Raises Refused where there is none, as after a reset that was cut
    off."""
    for part in disk.partitions:
        held = part.contents
        if part.label == Role.LUKS.value and held is not None and held.kind == "crypto_LUKS":
            return (held.uuid or "").lower()
    raise Refused.because(
        _("The encrypted part of {disk} has no header: nothing opens it.").format(disk=disk.name),
        _("Go on with what was begun, or start it over, in the installer: `exit` leads there."),
    )


def _table(disk: Disk) -> PartitionTable:
    """Raises Refused where it is not as it was written."""
    faults = table_faults(disk)
    if faults:
        raise Refused.because(
            _("The partition table of {disk} is not AtomOS' own any more: {faults}.").format(
                disk=disk.name, faults="; ".join(faults)
            ),
            _("Nothing is written to a disk that is not as it was installed."),
        )
    return found_table(disk)


def _value(words: list[str], name: str) -> str | None:
    """The last one counts, as with the kernel."""
    found = [word.removeprefix(name) for word in words if word.startswith(name)]
    return found[-1] if found else None


def _container(words: list[str]) -> str | None:
    """The first one is the slot's: what a person adds comes after what the image asks for."""
    for word in words:
        for name in _CONTAINERS:
            if word.startswith(name):
                return word.removeprefix(name).partition("=")[0].lower()
    return None


def _disks(machine: Machine, partuuid: str | None, luks_uuid: str | None) -> Iterator[Disk]:
    """Those that have that partition, or that container."""
    for disk in machine.disks:
        for part in disk.partitions:
            uuid = part.contents.uuid if part.contents is not None else None
            if (partuuid is not None and (part.guid or "").lower() == partuuid.lower()) or (
                luks_uuid is not None and (uuid or "").lower() == luks_uuid
            ):
                yield disk
