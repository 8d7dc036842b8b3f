"""Which places for a copy of the LUKS header a person is offered: sticks. Pure.

An answers file may name any other disk; a person at a screen is not led to leave the copy inside
the machine, where it brings revoked passphrases back to life for whoever takes the machine.
"""

from typing import Final

from installer.hardware import Disk, Machine, Transport
from installer.header_backup import BackupPlace, backup_places
from installer.layout import Role

_LABELS: Final = frozenset(role.value for role in Role)


def offered_places(machine: Machine, target_path: str | None) -> tuple[BackupPlace, ...]:
    """What is on sticks, while AtomOS goes onto the disk at `target_path`; none if that is gone.

    Where nobody knows which disk that is: what is on sticks without a partition of AtomOS.
    """
    target = next((disk for disk in machine.disks if disk.path == target_path), None)
    if target is None and target_path is not None:
        return ()
    return tuple(
        place
        for place in backup_places(machine, target)
        if (place.disk.removable or place.disk.transport is Transport.USB)
        and (target is not None or not _is_ours(place.disk))
    )


def _is_ours(disk: Disk) -> bool:
    return any(part.label in _LABELS for part in disk.partitions)
