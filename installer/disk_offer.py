"""Which disks a person may choose from, and what is said of each. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from installer.disk_fitness import holds_atomos, is_medium, why_unfit
from installer.hardware import Disk, Machine, Partition
from installer.text import _, ngettext
from installer.unfinished import Unfinished

_NAMED: Final = 3
"""So many contents of a disk are named; a disk with Windows on it has four to six partitions."""


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


def offered(machine: Machine, unfinished: tuple[Unfinished, ...] = ()) -> tuple[DiskOffer, ...]:
    """The disks of `machine` in the order of their names, without the live medium.

    The disk that Recovery came from is no medium to hide: whoever looks for it finds it, and why
    it cannot be chosen. `unfinished`: the installations that came to no end on this machine.
    """
    in_recovery = machine.medium is not None and machine.medium.is_recovery
    disks = (disk for disk in machine.disks if in_recovery or not is_medium(disk, machine))
    ends = {each.disk: each for each in unfinished}
    return tuple(
        _offer(disk, machine, ends.get(disk.path))
        for disk in sorted(disks, key=lambda disk: _natural(disk.path))
    )


def short_name(disk: Disk) -> str:
    """The disk's device name without its directory, as a person types it: ``vda``."""
    return disk.path.rsplit("/", 1)[-1]


def _offer(disk: Disk, machine: Machine, unfinished: Unfinished | None) -> DiskOffer:
    return DiskOffer(
        disk=disk,
        contents=_contents(disk) if unfinished is None else _unfinished(unfinished),
        holds_atomos=holds_atomos(disk),
        refusal=why_unfit(disk, machine),
    )


def _contents(disk: Disk) -> str:
    if not disk.partitions:
        if disk.contents is not None:
            return _described(disk.contents.kind, disk.contents.label)
        return _("empty") if disk.table is None else _("no partitions")
    count = len(disk.partitions)
    words = ngettext("{count} partition", "{count} partitions", count).format(count=count)
    named = tuple(name for part in disk.partitions if (name := _part_words(part)))
    if holds_atomos(disk):
        return _("AtomOS, {partitions}").format(partitions=words)
    if not named:
        return words
    more = ", ..." if len(named) > _NAMED else ""
    return f"{words}: {', '.join(named[:_NAMED])}{more}"


def _unfinished(unfinished: Unfinished) -> str:
    return _("an installation that was not finished: {done} of {count} steps are done").format(
        done=len(unfinished.done), count=len(unfinished.steps)
    )


def _part_words(part: Partition) -> str:
    if part.contents is None:
        return f'"{part.name}"' if part.name else ""
    return _described(part.contents.kind, part.name)


def _described(kind: str, label: str | None) -> str:
    return f'{kind} "{label}"' if label else kind


def _natural(path: str) -> tuple[tuple[str, int], ...]:
    """Sorting key that puts ``nvme2n1`` before ``nvme10n1``."""
    return tuple((text, int(number or 0)) for text, number in re.findall(r"(\D+)(\d*)", path))
