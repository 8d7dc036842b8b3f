"""What speaks against the disk, whatever is on it. Pure."""

from collections.abc import Iterator

from installer.disk_fitness import why_medium
from installer.errors import Problem
from installer.hardware import SECTOR, Disk, Firmware
from installer.label_collisions import label_collisions
from installer.quantity import MIB, align_up, format_size
from installer.situation import Situation, disk_problem
from installer.text import _


def disk_problems(situation: Situation, disk: Disk) -> Iterator[Problem]:
    """All of them."""
    machine = situation.machine
    reason = why_medium(disk, machine)
    if reason:
        yield disk_problem(
            _("{disk} cannot be used: {reason}.").format(disk=disk.name, reason=reason),
            _("Choose another disk."),
        )
    else:
        yield from _use_problems(situation, disk)
    if disk.damaged:
        yield disk_problem(
            _("The start or the end of {disk} cannot be read.").format(disk=disk.name),
            _("It may be failing (smartctl -a {device} tells more): choose another disk.").format(
                device=disk.path
            ),
        )
    if disk.read_only:
        yield disk_problem(
            _("{disk} is read-only.").format(disk=disk.name),
            _("Look for a write-protect switch, or choose another disk."),
        )
    if machine.firmware is Firmware.BIOS and disk.logical_sector_bytes != SECTOR:
        yield disk_problem(
            _(
                "{disk} has sectors of {count} bytes, and this machine was started by BIOS, which"
                " starts from sectors of {usual} bytes only."
            ).format(disk=disk.name, count=disk.logical_sector_bytes, usual=SECTOR),
            _("Switch the firmware from legacy (CSM) to UEFI if it can, or choose another disk."),
        )
    if not situation.stays:
        yield from _size_problems(situation, disk)
    yield from label_collisions(disk, machine)


def _use_problems(situation: Situation, disk: Disk) -> Iterator[Problem]:
    """A live system has no use of its own for a disk: its uses are ended, as the plan says."""
    if disk.held:
        yield disk_problem(
            _("{disk} is held by a program that cannot be named.").format(disk=disk.name),
            _("End what works on it (lsof, fuser), or restart the machine and try again."),
        )
    if disk.all_uses and situation.machine.medium is None:
        yield disk_problem(
            _("{disk} is in use: {uses}.").format(disk=disk.name, uses="; ".join(disk.all_uses)),
            _("The system that runs here is on it: choose another disk.")
            if disk.carries_system
            else _(
                "Unmount or stop these first (umount, swapoff, mdadm --stop), or choose"
                " another disk."
            ),
        )


def _size_problems(situation: Situation, disk: Disk) -> Iterator[Problem]:
    needed = situation.sizes.smallest_disk(situation.layout)
    if disk.size_bytes >= needed:
        return
    lacking = align_up(needed - disk.size_bytes, MIB) // MIB
    yield disk_problem(
        _("{disk} is too small by {lacking} MiB: it has {size}, and {needed} are needed.").format(
            disk=disk.name,
            lacking=lacking,
            size=format_size(disk.size_bytes),
            needed=format_size(needed),
        ),
        _("Choose a larger disk, or try without Recovery (in an answers file: `recovery: false`).")
        if situation.sizes.recovery
        else _("Choose a larger disk."),
    )
