"""Which disks a person may choose from, and what is said of each. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from installer.hardware import Disk, Machine, Medium, Partition
from installer.text import _, ngettext

_NAMED: Final = 3
"""So many contents of a disk are named; a disk with Windows on it has four to six partitions."""
_ATOMOS_LABEL: Final = "atomos-"
_RECOVERY_LABEL: Final = "atomos-recovery"


@dataclass(frozen=True, kw_only=True)
class DiskOffer:
    """One disk as a person is shown it."""

    disk: Disk
    contents: str
    """What is on it, in a few words."""
    holds_atomos: bool
    """Whether an AtomOS is on it already: choosing it means to install once more."""
    refusal: str = ""
    """Why nothing can be installed on it; empty when it may be chosen."""

    @property
    def usable(self) -> bool:
        """Whether it may be chosen. The plan may still refuse it, in words."""
        return not self.refusal


def offered(machine: Machine) -> tuple[DiskOffer, ...]:
    """The disks of `machine` in the order of their names, without the live medium.

    Recovery runs from RAM and may reinstall the disk that it came from (DESIGN §3), so that disk
    is offered.
    """
    disks = (disk for disk in machine.disks if not _is_medium(disk, machine.medium))
    return tuple(_offer(disk) for disk in sorted(disks, key=lambda disk: _natural(disk.path)))


def short_name(disk: Disk) -> str:
    """The disk's device name without its directory, as a person types it: ``vda``."""
    return disk.path.rsplit("/", 1)[-1]


def _is_medium(disk: Disk, medium: Medium | None) -> bool:
    if medium is None or medium.is_recovery:
        return False
    return medium.device in (disk.path, *(part.path for part in disk.partitions))


def _offer(disk: Disk) -> DiskOffer:
    return DiskOffer(
        disk=disk,
        contents=_contents(disk),
        holds_atomos=_holds_atomos(disk),
        refusal=_refusal(disk),
    )


def _refusal(disk: Disk) -> str:
    if disk.size_bytes == 0:
        return _("there is no medium in it")
    if disk.read_only:
        return _("it is read-only")
    return ""


def _holds_atomos(disk: Disk) -> bool:
    # A stick with the live ISO, or a disk with nothing but a Recovery, has no system to lose.
    labels = {(part.label or "").lower() for part in disk.partitions}
    return any(label.startswith(_ATOMOS_LABEL) for label in labels - {_RECOVERY_LABEL})


def _contents(disk: Disk) -> str:
    if not disk.partitions:
        if disk.contents is not None:
            return _described(disk.contents.kind, disk.contents.label)
        return _("empty") if disk.table is None else _("no partitions")
    count = len(disk.partitions)
    words = ngettext("{count} partition", "{count} partitions", count).format(count=count)
    named = tuple(name for part in disk.partitions if (name := _part_words(part)))
    if _holds_atomos(disk):
        return _("AtomOS, {partitions}").format(partitions=words)
    if not named:
        return words
    more = ", ..." if len(named) > _NAMED else ""
    return f"{words}: {', '.join(named[:_NAMED])}{more}"


def _part_words(part: Partition) -> str:
    label = (part.contents.label if part.contents else None) or part.label
    if part.contents is None:
        return f'"{label}"' if label else ""
    return _described(part.contents.kind, label)


def _described(kind: str, label: str | None) -> str:
    return f'{kind} "{label}"' if label else kind


def _natural(path: str) -> tuple[tuple[str, int], ...]:
    """Sorting key that puts ``nvme2n1`` before ``nvme10n1``."""
    return tuple((text, int(number or 0)) for text, number in re.findall(r"(\D+)(\d*)", path))
