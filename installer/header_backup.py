"""Where a copy of the LUKS header may go: a stick, and nothing that is inside or beside it. Pure.

Inside the container it could not be reached when it is needed, and on the same disk it is lost with
the disk, or brings revoked passphrases back to life.
"""

from dataclasses import dataclass
from typing import Final

from installer.disk_fitness import is_medium
from installer.hardware import Contents, Disk, Machine
from installer.text import _

WRITABLE: Final = ("vfat", "ext4")
"""File systems that the live system mounts to write to, and any other machine reads."""


@dataclass(frozen=True, kw_only=True)
class BackupPlace:
    """A device with a file system on it, and the disk that it is on."""

    path: str
    size_bytes: int
    contents: Contents | None
    uses: tuple[str, ...]
    disk: Disk


def backup_places(machine: Machine, target: Disk | None) -> tuple[BackupPlace, ...]:
    """All that could get the copy while AtomOS is installed onto `target`, if that is known."""
    return tuple(
        place for place in _devices(machine) if not why_no_place(place.path, machine, target)
    )


def why_no_place(path: str, machine: Machine, target: Disk | None) -> str:
    """Why `path` cannot get the copy, as a clause; empty when nothing speaks against it."""
    place = next((each for each in _devices(machine) if each.path == path), None)
    if place is None and path.startswith("/dev/disk/"):
        return _("a place is named as the kernel names it, like /dev/sdb1")
    if place is None:
        whole = any(disk.path == path for disk in machine.disks)
        return _("it is a whole disk, not a partition") if whole else _("there is no such device")
    if target is not None and place.disk.path == target.path:
        return _("it is on the disk that AtomOS goes onto")
    if is_medium(place.disk, machine):
        return _("the live system was started from it")
    if place.disk.read_only:
        return _("it is read-only")
    if place.uses:
        return _("it is in use ({uses})").format(uses="; ".join(place.uses))
    if place.contents is None or place.contents.kind not in WRITABLE:
        found = place.contents.kind if place.contents is not None else _("no file system")
        return _("it has {found}").format(found=found)
    return ""


def place_at(path: str, machine: Machine) -> BackupPlace:
    """The device of that name. Raises KeyError when there is none: `why_no_place` says so first."""
    return {place.path: place for place in _devices(machine)}[path]


def _devices(machine: Machine) -> tuple[BackupPlace, ...]:
    """All partitions, and sticks whose file system begins at their first sector."""
    partitions = tuple(
        BackupPlace(
            path=part.path,
            size_bytes=part.size_bytes,
            contents=part.contents,
            uses=part.uses,
            disk=disk,
        )
        for disk in machine.disks
        for part in disk.partitions
    )
    whole = tuple(
        BackupPlace(
            path=disk.path,
            size_bytes=disk.size_bytes,
            contents=disk.contents,
            uses=disk.uses,
            disk=disk,
        )
        for disk in machine.disks
        if not disk.partitions and disk.contents is not None
    )
    return partitions + whole
