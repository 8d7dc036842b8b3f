"""What of an image is here already, and what has to be fetched: the plan of a delta. Pure.

The index of an image is what ``rdiff signature`` makes of it: a short and a long sum of each of its
blocks (librsync, "Formats"). docs/delta.md says why it is that one.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from installer.quantity import KIB
from installer.text import _

_HEAD: Final = struct.Struct(">III")
_MAGICS: Final = (0x72730137, 0x72730147)
"""BLAKE2 with either of the short sums that librsync has had. Others (MD4) are made to order."""
_SHORT_SUM: Final = 4
_SHORTEST_SUM: Final = 8
_BLOCKS: Final = range(512, 1024 * KIB + 1)
_MOST_BLOCKS: Final = 1 << 17
"""Each takes some 200 bytes of memory; 32 MiB are no matter where an image is written."""
SMALL_GAP: Final = 32 * KIB
"""What is here of less than that between two parts to be fetched is fetched with them: at 100
Mbit/s it is there in 3 ms, and a request of its own takes longer."""
WORTH: Final = 0.9
"""A delta of more than this part of what would be fetched otherwise is none."""


@dataclass(frozen=True, kw_only=True)
class BlockIndex:
    """The blocks of an image, in bytes; the last one may be shorter."""

    block: int
    sums: tuple[bytes, ...]
    """Of each block, both sums."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """`length` bytes of the image from `start` on are at `offset` of a seed."""

    start: int
    offset: int
    length: int


@dataclass(frozen=True, kw_only=True)
class Part:
    """The bytes of the image from `start` to `end`: from a seed at `offset`, or fetched."""

    start: int
    end: int
    seed: int | None
    offset: int = 0

    @property
    def length(self) -> int:
        """In bytes."""
        return self.end - self.start


def read_index(data: bytes, size_bytes: int) -> BlockIndex:
    """The index of an image of that size. Raises ValueError, in words."""
    if len(data) < _HEAD.size:
        raise ValueError(_("the index is cut off"))
    magic, block, long_sum = _HEAD.unpack_from(data)
    if magic not in _MAGICS:
        raise ValueError(_("the index is none that rdiff makes"))
    count = -(-size_bytes // block) if block in _BLOCKS else 0
    if not 0 < count <= _MOST_BLOCKS or long_sum < _SHORTEST_SUM:
        raise ValueError(_("the index has blocks or sums of a length that is of no use"))
    each = _SHORT_SUM + long_sum
    if len(data) != _HEAD.size + count * each:
        raise ValueError(
            _("the index is not one of an image of {size} bytes").format(size=size_bytes)
        )
    places = range(_HEAD.size, len(data), each)
    return BlockIndex(block=block, sums=tuple(data[place : place + each] for place in places))


class Places:
    """Where each block of an image was found. The first seed that has one is taken."""

    def __init__(self, index: BlockIndex, size_bytes: int) -> None:
        self._index = index
        self._size = size_bytes
        self._found: dict[int, tuple[int, int]] = {}
        """Of a block: the number of the seed, and the byte in it."""

    def add(self, seed: int, matches: Iterable[Match], *, overwritten: int | None = None) -> None:
        """What a seed has.

        `overwritten`: the seed is what is written. Blocks that begin in so many of its first bytes
        are kept in memory, since these are gone first. Of the others nothing can be had from before
        the byte that is written with it: at that moment all before that byte is new.
        """
        fresh: dict[int, int] = {}
        block = self._index.block
        for match in matches:
            for start in range(match.start, match.start + match.length, block):
                number, offset = start // block, match.offset + start - match.start
                # Of what is overwritten in order, the farthest is there the longest.
                fresh[number] = max(offset, fresh.get(number, 0))
        by_sums = {self._index.sums[number]: offset for number, offset in fresh.items()}
        for number, sums in enumerate(self._index.sums):
            place = fresh.get(number, by_sums.get(sums))
            if place is None or number in self._found:
                continue
            if overwritten is None or place < overwritten or place >= number * block:
                self._found[number] = (seed, place)

    def parts(self, end: int) -> tuple[Part, ...]:
        """The image up to the byte `end`, in order: as few parts as it takes."""
        block = self._index.block
        parts: list[Part] = []
        for start in range(0, end, block):
            stop = min(start + block, end)
            seed, offset = self._found.get(start // block, (None, 0))
            before = parts[-1] if parts else None
            if before is not None and _goes_on(before, seed, offset):
                parts[-1] = Part(start=before.start, end=stop, seed=seed, offset=before.offset)
            else:
                parts.append(Part(start=start, end=stop, seed=seed, offset=offset))
        return _without_small_gaps(parts)


def fetched_bytes(parts: Sequence[Part]) -> int:
    """How much has to be fetched."""
    return sum(part.length for part in parts if part.seed is None)


def _goes_on(before: Part, seed: int | None, offset: int) -> bool:
    if before.seed != seed:
        return False
    return seed is None or before.offset + before.length == offset


def _without_small_gaps(parts: Sequence[Part]) -> tuple[Part, ...]:
    """One request for two parts with little between them, rather than two."""
    joined: list[Part] = []
    for place, part in enumerate(parts):
        between = 0 < place < len(parts) - 1 and _is_fetched(joined[-1], parts[place + 1])
        fetched = part.seed is None or (between and part.length < SMALL_GAP)
        if fetched and joined and joined[-1].seed is None:
            joined[-1] = Part(start=joined[-1].start, end=part.end, seed=None)
        elif fetched:
            joined.append(Part(start=part.start, end=part.end, seed=None))
        else:
            joined.append(part)
    return tuple(joined)


def _is_fetched(before: Part, after: Part) -> bool:
    return before.seed is None and after.seed is None
