"""Which bytes of a disk an operation changed: its image is compared with a copy from before."""

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from installer.quantity import MIB
from tests.faults.block_stat import Count, counted
from tests.faults.trace import PAGE, Written

STEP: Final = MIB
"""Read and compared at once."""
_LOOKED_AT: Final = (
    *(Count.WRITES, Count.SECTORS_WRITTEN),
    *(Count.DISCARDS, Count.SECTORS_DISCARDED),
)


@dataclass(kw_only=True)
class WatchedImage:
    """The image of a disk, and what it held when it was looked at last."""

    medium: str
    image: Path
    before: Path
    """A copy, made and kept by this class."""
    node: str
    """The block device through which alone the image is written. To compare an image takes seconds
    on an emulated processor, and half of the looks find that nothing was written."""
    _pages: list[int] = field(default_factory=list)
    _first: int | None = None
    _last: int = 0
    _counted: tuple[int, ...] = ()

    def begin(self) -> None:
        """Remember what is there now."""
        self.before.unlink(missing_ok=True)
        self.before.touch()
        self._counted = ()
        self.look(count=False)

    def look(self, *, count: bool) -> None:
        """Find what has changed since the last look. It counts, or is nobody's doing."""
        os.sync()
        found = counted(self.node, *_LOOKED_AT)
        if found == self._counted:
            return
        self._counted = found
        with self.image.open("rb") as now, self.before.open("r+b") as then:
            os.truncate(then.fileno(), os.fstat(now.fileno()).st_size)
            for offset in steps(now.fileno(), then.fileno()):
                old, new = (os.pread(each.fileno(), STEP, offset) for each in (then, now))
                if old != new:
                    os.pwrite(then.fileno(), new, offset)
                    if count:
                        self._note(offset, old, new)

    def take(self) -> Written | None:
        """All changes that counted since it was asked last; None when there were none."""
        pages, first, last = sorted(set(self._pages)), self._first, self._last
        self._pages, self._first, self._last = [], None, 0
        if first is None:
            return None
        return Written(medium=self.medium, first=first, last=last, pages=tuple(pages))

    def _note(self, offset: int, old: bytes, new: bytes) -> None:
        for start in range(0, len(new), PAGE):
            one, other = old[start : start + PAGE], new[start : start + PAGE]
            if one != other:
                place = offset + start
                self._pages.append(place)
                if self._first is None or place < self._first:
                    self._first = place + _differing(one, other)[0]
                if place + PAGE > self._last:
                    self._last = max(self._last, place + _differing(one, other)[1])


def _differing(one: bytes, other: bytes) -> tuple[int, int]:
    """The first and the last place at which they differ; one may be a file's end."""
    pairs = zip(one.ljust(len(other), b"\0"), other, strict=True)
    places = [place for place, (old, new) in enumerate(pairs) if old != new]
    return (places[0], places[-1]) if places else (0, len(other) - 1)


def steps(*descriptors: int) -> Iterator[int]:
    """Offsets of all steps in which one of the files has data, sorted: the rest is holes."""
    found: set[int] = set()
    for descriptor in descriptors:
        for start, end in extents(descriptor):
            found.update(range(start // STEP * STEP, end, STEP))
    yield from sorted(found)


def extents(descriptor: int) -> Iterator[tuple[int, int]]:
    """Where a sparse file has data (lseek(2), SEEK_DATA)."""
    end = 0
    while True:
        try:
            start = os.lseek(descriptor, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return
            raise
        end = os.lseek(descriptor, start, os.SEEK_HOLE)
        yield start, end
