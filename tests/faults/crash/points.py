"""At which points the power goes, and what the disk has kept then. Pure.

At a flush, all that came before it is there, and nothing else. Between two flushes a disk may have
written any part of what it was sent in between, in any order: of each write all, nothing, or some
of its sectors of 512 bytes. Where there is BTRFS, of 4096: its superblock is one such sector, and
none is mounted whose superblock is half the one and half the other (docs/faults.md).
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests.faults.crash.write_log import SECTOR, Flag, Request

_LOST: Final = 0.45
_TORN: Final = 0.15
"""Of the writes of a sample. The others are whole."""
BTRFS_SECTOR: Final = 4096
Kept = frozenset[int] | None
"""Numbers of a write's sectors that have come to the disk; None: all of them."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """The power goes. Requests before `sure` are on the disk, of those behind it only `kept`."""

    sure: int
    kept: tuple[tuple[int, Kept], ...] = ()
    """Requests of which something is on the disk, by their numbers, in their order."""

    def __str__(self) -> str:
        if not self.kept:
            return f"the flush at request {self.sure}"
        torn = sum(sectors is not None for _number, sectors in self.kept)
        words = f"{len(self.kept)} of the writes behind request {self.sure}, {torn} of them torn: "
        return words + " ".join(_piece(number, sectors) for number, sectors in self.kept[:12])


def _piece(number: int, sectors: Kept) -> str:
    return str(number) if sectors is None else f"{number}[{len(sectors)}]"


def at_flushes(requests: Sequence[Request], begin: int, end: int) -> Iterator[Point]:
    """All prefixes at a flush, and the end."""
    for number in range(begin, end):
        if requests[number].is_flush and number > begin and not requests[number - 1].is_flush:
            yield Point(sure=number)
    yield Point(sure=end)


def samples(
    requests: Sequence[Request],
    begin: int,
    end: int,
    count: int,
    dice: random.Random,
    *,
    btrfs: Sequence[range] = (),
) -> tuple[Point, ...]:
    """`count` of them, evenly over what lies between two flushes; fewer where nothing does.

    `btrfs`: where on the disk it is, in bytes.
    """
    spans = [each for each in _spans(requests, begin, end) if len(each)]
    if not spans:
        return ()
    chosen = [spans[number % len(spans)] for number in range(count // len(spans) * len(spans))]
    chosen += dice.sample(spans, count - len(chosen))
    chosen.sort(key=lambda span: span.start)
    return tuple(_sample(requests, span, dice, btrfs) for span in chosen)


def _spans(requests: Sequence[Request], begin: int, end: int) -> Iterator[range]:
    """The requests between two flushes."""
    first = begin
    for number in range(begin, end):
        if requests[number].is_flush:
            yield range(first, number)
            # What a flush brings with it is not sure by it.
            first = number if requests[number].length else number + 1
    yield range(first, end)


def _sample(
    requests: Sequence[Request], span: range, dice: random.Random, btrfs: Sequence[range]
) -> Point:
    """The power goes somewhere in there: nothing behind that place was sent yet."""
    last = dice.randrange(span.start, span.stop) + 1
    kept: list[tuple[int, Kept]] = []
    for number in range(span.start, last):
        request = requests[number]
        luck = dice.random()
        if Flag.FUA in request.flags and number < last - 1:
            kept.append((number, None))
        elif luck < _LOST:
            continue
        elif luck < _LOST + _TORN and request.length > (unit := _unit(request, btrfs)):
            kept.append((number, _torn(request.length // SECTOR, unit // SECTOR, dice)))
        else:
            kept.append((number, None))
    return Point(sure=span.start, kept=tuple(kept))


def _unit(request: Request, btrfs: Sequence[range]) -> int:
    """Bytes that come to the disk as one."""
    return BTRFS_SECTOR if any(request.offset in each for each in btrfs) else SECTOR


def _torn(sectors: int, together: int, dice: random.Random) -> frozenset[int]:
    """The first ones, the last ones, or any; so many of them `together`."""
    count = sectors // together
    place = dice.randrange(1, count)
    ways = (range(place), range(place, count), dice.sample(range(count), place))
    kept = dice.choice(ways)
    return frozenset(each * together + number for each in kept for number in range(together))
