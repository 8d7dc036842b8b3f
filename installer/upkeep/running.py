"""Which slot this system runs from, and on which disk that is. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

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
    disk: Disk
    table: PartitionTable
    luks_uuid: str | None
    """Of the container that the slots are in; None: they are partitions."""

    @property
    def other(self) -> str:
        """The slot that does not run."""
        return "b" if self.slot == "a" else "a"

    def path(self, role: Role) -> str:
        """The device that has that role. Raises KeyError where there is none."""
        if self.luks_uuid is not None and role in VOLUMES:
            return volume_path(role)
        return partition_path(self.disk.path, self.table.part(role).number)

    def slot_path(self, slot: str) -> str:
        """The device of a slot."""
        return self.path(ROLES[slot])


def running_system(command_line: str, machine: Machine) -> Running:
    """What the kernel's command line says, found among the machine's disks.

    Raises Refused: what runs is no slot, as a live system or Recovery, or its disk is not known for
    certain, as where it and a copy of it are both connected.
    """
    words = command_line.split()
    slot = _value(words, "atomos.slot=")
    if slot not in ROLES:
        raise Refused.because(
            _("This system was started from no slot: it is a live system, Recovery, or another's."),
            _("Start Root A or Root B, and do it there."),
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
    faults = table_faults(disks[0])
    if faults:
        raise Refused.because(
            _("The partition table of {disk} is not AtomOS' own any more: {faults}.").format(
                disk=disks[0].name, faults="; ".join(faults)
            ),
            _("Nothing is written to a disk that is not as it was installed."),
        )
    return Running(slot=slot, disk=disks[0], table=found_table(disks[0]), luks_uuid=luks_uuid)


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
