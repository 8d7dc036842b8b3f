"""What rules a disk out as a target whatever is installed, and what it may hold of ours.

The list of disks on a screen, the choice by "the only one that fits" and the plan all go by this.
"""

from typing import Final

from installer.hardware import Disk, Machine
from installer.layout import SLOTS, Role
from installer.text import _

_SYSTEM_LABELS: Final = frozenset(role.value for role in (*SLOTS, Role.DATA, Role.LUKS))
"""GPT labels of what an installation is made of. A stick with the live ISO, or a disk with nothing
but a Recovery, has no system to lose."""
_STARTED_FROM: Final = frozenset({Role.ESP.value, Role.BOOT.value})
_WHOLE: Final = (
    _STARTED_FROM | {*(role.value for role in SLOTS), Role.DATA.value},
    _STARTED_FROM | {Role.LUKS.value},
)
"""Labels that a table of ours has at least: of the plain layout, and of the encrypted one."""


def holds_atomos(disk: Disk) -> bool:
    """Whether an AtomOS was installed on `disk`: choosing it means to install once more.

    Not where an installation was cut short after it had written the table: nothing is in it.
    """
    if not any(part.label in _SYSTEM_LABELS for part in disk.partitions):
        return False
    boot = [part for part in disk.partitions if part.label == Role.BOOT.value]
    return not (holds_nothing_but_boot(disk) and all(part.contents is None for part in boot))


def holds_nothing_but_boot(disk: Disk) -> bool:
    """Whether `disk` has the partitions of an AtomOS, and nothing is recognised in slots and data.

    What is in the boot partition is not asked.
    """
    held = {part.label: part.contents for part in disk.partitions}
    whole = any(held.keys() >= labels for labels in _WHOLE)
    return whole and all(held.get(label) is None for label in _SYSTEM_LABELS)


def is_medium(disk: Disk, machine: Machine) -> bool:
    """Whether the live system was started from this disk or from a partition of it."""
    medium = machine.medium
    if medium is None:
        return False
    if medium.uuid is None or medium.is_recovery or not medium.in_ram:
        return _has_node(disk, medium.device)
    # It may have been pulled out: by now another disk may have its name, and itself another one.
    carrying = [each for each in machine.disks if _carries(each, medium.uuid)]
    named = [each for each in carrying if _has_node(each, medium.device)]
    return disk in (named or carrying)


def _has_node(disk: Disk, device: str) -> bool:
    return device in (disk.path, *(part.path for part in disk.partitions))


def _carries(disk: Disk, uuid: str) -> bool:
    """Whether the ISO of that UUID is on it; a Recovery is the same ISO, byte for byte."""
    parts = (part for part in disk.partitions if part.label != Role.RECOVERY.value)
    contents = (disk.contents, *(part.contents for part in parts))
    return any(each is not None and each.uuid == uuid for each in contents)


def is_own_recovery(disk: Disk, machine: Machine) -> bool:
    """Whether this live system is the Recovery of `disk`."""
    return is_medium(disk, machine) and machine.medium is not None and machine.medium.is_recovery


def why_medium(disk: Disk, machine: Machine) -> str:
    """Why the live system's own disk is no target, as a clause; empty when it may be one."""
    medium = machine.medium
    if is_own_recovery(disk, machine):
        if medium is not None and not medium.in_ram:
            return _("Recovery was started from it and does not fit into memory")
    elif is_medium(disk, machine):
        # From memory or not: it holds nothing but the live system, and is mistaken for another.
        return _("the live system was started from it")
    return ""


def why_unfit(disk: Disk, machine: Machine) -> str:
    """Why nothing can be installed on `disk`, as a clause; empty when nothing speaks against it."""
    medium = why_medium(disk, machine)
    if medium:
        return medium
    if disk.size_bytes == 0:
        return _("there is no medium in it")
    if disk.damaged:
        return _("its start or its end cannot be read")
    if disk.read_only:
        return _("it is read-only")
    return ""
