"""Which places for a copy of the LUKS header a person is offered: sticks. Pure.

An answers file may name any other disk; a person at a screen is not led to leave the copy inside
the machine, where it brings revoked passphrases back to life for whoever takes the machine.
"""

from installer.hardware import Machine, Transport
from installer.header_backup import BackupPlace, backup_places


def offered_places(machine: Machine, target_path: str) -> tuple[BackupPlace, ...]:
    """What is on sticks, while AtomOS goes onto the disk at `target_path`; none if that is gone."""
    target = next((disk for disk in machine.disks if disk.path == target_path), None)
    if target is None:
        return ()
    return tuple(
        place
        for place in backup_places(machine, target)
        if place.disk.removable or place.disk.transport is Transport.USB
    )
