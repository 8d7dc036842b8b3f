"""What is on a disk, drawn to scale as one line of characters. Pure.

Every partition has a cell at least, however small it is: 1 MiB of start-up code is lost like all
else. Only where there are more of them than cells do neighbours share one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Final

from installer.hardware import SECTOR, Disk, Partition
from installer.layout import TYPE_GUIDS, PartitionTable, Role, partition_path
from installer.quantity import format_size
from installer.text import N_, _


class Kind(Enum):
    """Whose a stretch of the disk is: the character it is filled with, and its name.

    Kinds differ by characters that every font of the kernel's console has, and never by colour.
    """

    START = ("+", N_("start-up files"))
    WINDOWS = ("═", "Windows")
    MACOS = ("%", "macOS")
    LINUX = ("─", "Linux")
    ATOMOS = ("█", "AtomOS")
    DATA = ("░", N_("AtomOS data"))
    OTHER = ("?", N_("other"))
    SEVERAL = ("*", N_("several"))
    FREE = (".", N_("free"))

    @property
    def fill(self) -> str:
        """The character."""
        return self.value[0]

    @property
    def title(self) -> str:
        """For a person."""
        return _(self.value[1])


_DATA: Final = frozenset({Role.DATA.value, Role.LUKS.value})
_START_TYPES: Final = frozenset({TYPE_GUIDS[Role.ESP], TYPE_GUIDS[Role.BIOS]})
_OF_TYPE: Final = {
    # The GPT types that one system alone gives.
    "e3c9e316-0b5c-4db8-817d-f92df00215ae": Kind.WINDOWS,
    "de94bba4-06d1-4d40-a16a-bfd50179d6ac": Kind.WINDOWS,
    "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3": Kind.WINDOWS,
    "af9b60a0-1431-4f62-bc68-3311714a69ad": Kind.WINDOWS,
    "7c3457ef-0000-11aa-aa11-00306543ecac": Kind.MACOS,
    "48465300-0000-11aa-aa11-00306543ecac": Kind.MACOS,
    "426f6f74-0000-11aa-aa11-00306543ecac": Kind.MACOS,
    "53746f72-6167-11aa-aa11-00306543ecac": Kind.MACOS,
    TYPE_GUIDS[Role.DATA]: Kind.LINUX,
    TYPE_GUIDS[Role.SLOT_A]: Kind.LINUX,
    TYPE_GUIDS[Role.LUKS]: Kind.LINUX,
    "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f": Kind.LINUX,
    "e6d6d379-f507-44c2-a23c-238f2a3df928": Kind.LINUX,
    "a19d880f-05fc-4d3b-a006-743f0f84911e": Kind.LINUX,
    "933ac7e1-2eb4-4f13-b844-0e14e2aef915": Kind.LINUX,
    "bc13c2ff-59e6-4262-a352-b275fd6f7172": Kind.LINUX,
}
_OF_CONTENTS: Final = {
    # As libblkid spells them.
    "ntfs": Kind.WINDOWS,
    "BitLocker": Kind.WINDOWS,
    "ReFS": Kind.WINDOWS,
    "apfs": Kind.MACOS,
    "hfs": Kind.MACOS,
    "hfsplus": Kind.MACOS,
    "ext2": Kind.LINUX,
    "ext3": Kind.LINUX,
    "ext4": Kind.LINUX,
    "btrfs": Kind.LINUX,
    "xfs": Kind.LINUX,
    "f2fs": Kind.LINUX,
    "bcachefs": Kind.LINUX,
    "squashfs": Kind.LINUX,
    "swap": Kind.LINUX,
    "crypto_LUKS": Kind.LINUX,
    "LVM2_member": Kind.LINUX,
    "linux_raid_member": Kind.LINUX,
    "zfs_member": Kind.LINUX,
}
_EXTENDED_SIZE: Final = 2 * SECTOR
"""What the kernel gives an extended partition of a dos table (block/partitions/msdos.c), whose
contents are partitions of their own."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A part of a disk with nothing between; `numbers` of its partitions, none where it is free."""

    kind: Kind
    size_bytes: int
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Piece:
    """What some cells of the bar show."""

    stretch: Stretch
    cells: int

    @property
    def text(self) -> str:
        """Its cells: the partition's number where there is room for it, then what fills it."""
        numbers = self.stretch.numbers
        number = str(numbers[0]) if len(numbers) == 1 else ""
        shown = number if len(number) <= self.cells else ""
        return shown + self.stretch.kind.fill * (self.cells - len(shown))


def kind_of(part: Partition) -> Kind:
    """Whose a partition is, by its label, what is on it, and its type."""
    if part.label in set(Role):
        return Kind.DATA if part.label in _DATA else Kind.ATOMOS
    if part.type_guid in _START_TYPES:
        return Kind.START
    if part.contents is not None and part.contents.kind in _OF_CONTENTS:
        return _OF_CONTENTS[part.contents.kind]
    return _OF_TYPE.get(part.type_guid or "", Kind.OTHER)


def now_on(disk: Disk) -> tuple[Stretch, ...]:
    """What is on `disk`, from its beginning to its end."""
    if disk.contents is not None and not disk.partitions:
        kind = _OF_CONTENTS.get(disk.contents.kind, Kind.OTHER)
        return (Stretch(kind=kind, size_bytes=disk.size_bytes),)
    parts = [
        part for part in disk.partitions if disk.table != "dos" or part.size_bytes > _EXTENDED_SIZE
    ]
    return tuple(_with_free(parts, disk.size_bytes))


def then_on(disk: Disk, table: PartitionTable) -> tuple[Stretch, ...]:
    """What will be on `disk` by the `table` of a plan; of one that stays, all that is there."""
    if table.disk_guid is None:
        return now_on(disk)
    parts = [
        Partition(
            path=partition_path(disk.path, spec.number),
            number=spec.number,
            start_bytes=spec.start_bytes,
            size_bytes=spec.size_bytes,
            type_guid=spec.type_guid,
            label=spec.label,
        )
        for spec in table.partitions
    ]
    return tuple(_with_free(parts, disk.size_bytes))


def pieces(stretches: Sequence[Stretch], cells: int) -> tuple[Piece, ...]:
    """The bar of `cells` characters, one at least. Free space of less than half a cell has none."""
    whole = sum(each.size_bytes for each in stretches)
    shown = [
        each for each in stretches if each.numbers or 2 * cells * each.size_bytes >= whole
    ] or list(stretches)
    while len(shown) > cells:
        _join_smallest(shown)
    widths = _widths([each.size_bytes for each in shown], cells)
    return tuple(
        Piece(stretch=stretch, cells=width) for stretch, width in zip(shown, widths, strict=True)
    )


def bar(stretches: Sequence[Stretch], cells: int) -> str:
    """The line, as wide as that."""
    return "".join(piece.text for piece in pieces(stretches, cells))


def legend(stretches: Sequence[Stretch], *, drawn: bool = True) -> tuple[str, ...]:
    """What the bar is made of, kind by kind in the order on the disk; `drawn`: beside a bar."""
    return tuple(_told(kind, stretches, drawn=drawn) for kind in _kinds(stretches))


def fills(stretches: Sequence[Stretch]) -> tuple[str, ...]:
    """What each character stands for, and no more."""
    return tuple(f"{kind.fill} {kind.title}" for kind in _kinds(stretches))


def _kinds(stretches: Sequence[Stretch]) -> list[Kind]:
    """In their order on the disk, what is free at the end."""
    kinds = dict.fromkeys(each.kind for each in stretches)
    return sorted(kinds, key=lambda kind: kind is Kind.FREE)


def _told(kind: Kind, stretches: Sequence[Stretch], *, drawn: bool) -> str:
    of_it = [each for each in stretches if each.kind is kind]
    size = format_size(sum(each.size_bytes for each in of_it))
    numbers = _ranges(sorted(number for each in of_it for number in each.numbers))
    mark = f"{kind.fill} " if drawn else ""
    return f"{mark}{kind.title}{' ' if numbers else ''}{numbers} ({size})"


def _ranges(numbers: Sequence[int]) -> str:
    """``1, 3-5``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _with_free(parts: Sequence[Partition], size_bytes: int) -> Iterator[Stretch]:
    end = 0
    for part in sorted(parts, key=lambda part: part.start_bytes):
        if part.start_bytes > end:
            yield Stretch(kind=Kind.FREE, size_bytes=part.start_bytes - end)
        yield Stretch(kind=kind_of(part), size_bytes=part.size_bytes, numbers=(part.number,))
        end = max(end, part.start_bytes + part.size_bytes)
    if size_bytes > end or not parts:
        yield Stretch(kind=Kind.FREE, size_bytes=size_bytes - end)


def _join_smallest(stretches: list[Stretch]) -> None:
    """Make one of the two neighbours that are the smallest together."""
    sums = [one.size_bytes + other.size_bytes for one, other in pairwise(stretches)]
    place = sums.index(min(sums))
    one, other = stretches[place : place + 2]
    owned = {each.kind for each in (one, other)} - {Kind.FREE}
    kind = owned.pop() if len(owned) == 1 else Kind.SEVERAL if owned else Kind.FREE
    stretches[place : place + 2] = [
        Stretch(kind=kind, size_bytes=sums[place], numbers=one.numbers + other.numbers)
    ]


def _widths(sizes: Sequence[int], cells: int) -> list[int]:
    """Cells for each of `sizes`, one at least and `cells` together, else as they are large."""
    small: set[int] = set()
    while True:
        rest = [place for place in range(len(sizes)) if place not in small]
        room = cells - len(small)
        whole = sum(sizes[place] for place in rest)
        too_small = {place for place in rest if sizes[place] * room < whole}
        if not too_small:
            break
        small |= too_small
    widths = [1] * len(sizes)
    if whole == 0:
        return [cells // len(sizes) + (place < cells % len(sizes)) for place in range(len(sizes))]
    for place in rest:
        widths[place] = sizes[place] * room // whole
    by_rest = sorted(rest, key=lambda place: -(sizes[place] * room % whole))
    for place in by_rest[: cells - sum(widths)]:
        widths[place] += 1
    return widths
