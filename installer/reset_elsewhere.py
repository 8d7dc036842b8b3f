"""A reset that is asked for from a live system or Recovery, of an AtomOS on a disk. Pure."""

from collections.abc import Sequence

from installer.disk_fitness import is_own_recovery
from installer.errors import Refused
from installer.hardware import Disk, Machine
from installer.kept_table import boot_contents, found_table, table_faults
from installer.layout import Role, partition_path
from installer.text import _
from installer.upkeep.system import Level


def disk_to_reset(machine: Machine, wanted: str | None, level: Level | None) -> Disk:
    """The disk whose system is meant: `wanted`, or Recovery's own, or the only one.

    Raises Refused where there is none for certain, or it cannot be done there.
    """
    if not machine.root:
        raise Refused.because(
            _("The boot partition of a disk can be written by root only."), _("Start it with sudo.")
        )
    disks = [disk for disk in machine.disks if boot_contents(disk) and not table_faults(disk)]
    own = [disk for disk in disks if is_own_recovery(disk, machine)]
    if wanted is not None:
        disks = [_named(machine, wanted, disks)]
    elif own:
        disks = own
    if not disks:
        raise Refused.because(
            _("No disk here holds an AtomOS."),
            _("`atomos-install disks` lists what is attached."),
        )
    if len(disks) > 1:
        raise Refused.because(
            _("Several disks hold an AtomOS: {disks}.").format(disks=_listed(disks)),
            _("Say which one: `--disk /dev/...` (`atomos-install disks` lists them)."),
        )
    if level is Level.EVERYTHING and disks[0] not in own:
        raise Refused.because(
            _("Everything on {disk} is reset by its own Recovery.").format(disk=disks[0].name),
            _("Start Recovery from that disk, or install over it from here."),
        )
    return disks[0]


def _named(machine: Machine, wanted: str, ours: Sequence[Disk]) -> Disk:
    path = wanted if wanted.startswith("/dev/") else f"/dev/{wanted}"
    for disk in ours:
        if disk.path == path:
            return disk
    if any(disk.path == path for disk in machine.disks):
        what = _("{disk} holds no AtomOS.").format(disk=path)
        others = _("Those that do: {disks}.").format(disks=_listed(ours))
        none = _("No disk here holds an AtomOS.")
        raise Refused.because(what, others if ours else none)
    raise Refused.because(
        _("There is no disk {disk}.").format(disk=path),
        _("Attached are: {disks}.").format(disks=_listed(machine.disks)),
    )


def _listed(disks: Sequence[Disk]) -> str:
    return ", ".join(disk.path for disk in disks) or _("none")


def boot_partition(disk: Disk) -> str:
    """Device node of the boot partition. Raises ValueError where the table is none of ours."""
    return partition_path(disk.path, found_table(disk).part(Role.BOOT).number)
