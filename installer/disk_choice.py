"""Which disk the answers mean. Never a guess: two that match are refused, and both are named."""

from installer.answers import DiskChoice
from installer.disk_fitness import holds_atomos, why_unfit
from installer.errors import Refused
from installer.hardware import Disk, Machine
from installer.quantity import format_size
from installer.question import QuestionId
from installer.text import _

_BY_ID = "/dev/disk/by-id/"
_ANSWERS = "ATOMOS-ANSWERS"
"""Of the volume that an unattended installation is started by: its label, or its partition's."""


def choose_disk(choice: DiskChoice, machine: Machine, smallest_bytes: int | None) -> Disk:
    """The one disk of `machine` that `choice` means; `smallest_bytes` is what an install needs.

    None: what is on it is kept, so that only a disk with an AtomOS fits. Raises Refused when there
    is none or more than one.
    """
    if choice.only:
        return _only(machine, smallest_bytes)
    if choice.path is not None:
        return _by_path(choice.path, machine)
    if choice.id is not None:
        name = choice.id
        found = [disk for disk in machine.disks if name in disk.ids]
        asked = _BY_ID + name
    elif choice.serial is not None:
        found = [disk for disk in machine.disks if disk.serial == choice.serial]
        asked = _("with the serial number {serial}").format(serial=choice.serial)
    else:
        found = [disk for disk in machine.disks if disk.model == choice.model]
        asked = _("of the model {model}").format(model=choice.model)
    return _single(asked, found, machine)


def _single(asked: str, found: list[Disk], machine: Machine) -> Disk:
    if not found:
        raise Refused.because(
            _("There is no disk {asked}.").format(asked=asked), _attached(machine), QuestionId.DISK
        )
    if len(found) > 1:
        raise Refused.because(
            _("There are several disks {asked}: {names}.").format(asked=asked, names=_names(found)),
            _("Name one of them by its path or its name in /dev/disk/by-id."),
            QuestionId.DISK,
        )
    return found[0]


def _by_path(path: str, machine: Machine) -> Disk:
    if path.startswith(_BY_ID):
        name = path.removeprefix(_BY_ID)
        return _single(path, [disk for disk in machine.disks if name in disk.ids], machine)
    for disk in machine.disks:
        if path in {part.path for part in disk.partitions}:
            raise Refused.because(
                _("{path} is a partition, not a whole disk.").format(path=path),
                _("The disk it is on is {disk}.").format(disk=disk.path),
                QuestionId.DISK,
            )
    return _single(path, [disk for disk in machine.disks if disk.path == path], machine)


def _only(machine: Machine, smallest_bytes: int | None) -> Disk:
    """A disk in use counts as one that fits: the choice stays the same when it is not in use."""
    reasons = {disk.path: _unfit(disk, machine, smallest_bytes) for disk in machine.disks}
    fitting = [disk for disk in machine.disks if not reasons[disk.path]]
    if not fitting:
        told = "; ".join(f"{disk.name}: {reasons[disk.path]}" for disk in machine.disks)
        raise Refused.because(
            _("No disk fits. {reasons}").format(reasons=told or _("There is no disk at all.")),
            _("Attach the disk whose data are to be kept.")
            if smallest_bytes is None
            else _("Attach a disk of at least {size}.").format(size=format_size(smallest_bytes)),
            QuestionId.DISK,
        )
    if len(fitting) > 1:
        raise Refused.because(
            _("Several disks fit: {names}.").format(names=_names(fitting)),
            _("Name one of them by its path or its name in /dev/disk/by-id."),
            QuestionId.DISK,
        )
    return fitting[0]


def _unfit(disk: Disk, machine: Machine, smallest_bytes: int | None) -> str:
    unfit = why_unfit(disk, machine)
    if not unfit and _brought_answers(disk):
        # Whoever names it means it; nobody means it by what it was brought for.
        return _("the answers are on it")
    if not unfit and smallest_bytes is None:
        return "" if holds_atomos(disk) else _("it holds no AtomOS")
    if not unfit and smallest_bytes is not None and disk.size_bytes < smallest_bytes:
        return _("it has {size}, less than {needed}").format(
            size=format_size(disk.size_bytes), needed=format_size(smallest_bytes)
        )
    return unfit


def _brought_answers(disk: Disk) -> bool:
    """FAT has 11 characters for its label, too few for this one: there the partition's counts."""
    contents = (disk.contents, *(part.contents for part in disk.partitions))
    labels = {each.label for each in contents if each is not None}
    return _ANSWERS in labels | {part.label for part in disk.partitions}


def _attached(machine: Machine) -> str:
    if not machine.disks:
        return _("No disk is attached at all: check cables and the firmware's settings.")
    return _("Attached are: {names}.").format(names=_names(list(machine.disks)))


def _names(disks: list[Disk]) -> str:
    return ", ".join(disk.name for disk in disks)
