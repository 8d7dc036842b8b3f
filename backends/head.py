"""The first MiB of a slot: what its file system is known by is gone first and comes last.

A disk that loses power within a write may have put any of its sectors down, and not the others.
So what makes the rest mountable is written by itself, a sector that is there or not, when all else
is flushed; and before anything else is changed it is zeroed in the same way.
"""

import itertools
from typing import Final

from backends.targets import Target
from installer.quantity import KIB, MIB

HEAD: Final = MIB
"""Withheld until the image was found right; every superblock that blkid knows of lies in it."""
_MARKS: Final = (32 * KIB, 0)
"""Where the superblocks of images are, in the order they are written: that of ISO 9660 (ECMA-119,
6.2.1 and 8.4: sector 16) has all that mounts it in its first 190 bytes, that of SquashFS has 96."""


def write_head(target: Target, head: memoryview, length: int) -> None:
    """Write `length` bytes of `head`, each part flushed before the next. Raises InstallError."""
    for part in _parts(length, target.sector):
        _put(target, head, part)


def clear_head(target: Target, zeros: memoryview) -> None:
    """Write `zeros` over the first MiB, or all where it is shorter. Raises InstallError."""
    for part in reversed(_parts(min(HEAD, target.size_bytes), target.sector)):
        _put(target, zeros, part)


def _put(target: Target, memory: memoryview, part: slice) -> None:
    target.write(memory[part.start :], part.stop - part.start, part.start)
    target.flush()


def _parts(length: int, sector: int) -> list[slice]:
    """What lies around the superblocks, then the sector of each."""
    marks = {place + more for place in _MARKS for more in (0, sector)}
    cuts = sorted({*(cut for cut in marks if cut < length), length})
    parts = [slice(start, end) for start, end in itertools.pairwise(cuts)]
    turns = {mark: turn for turn, mark in enumerate(_MARKS, 1)}
    return sorted(parts, key=lambda part: turns.get(part.start, 0))
