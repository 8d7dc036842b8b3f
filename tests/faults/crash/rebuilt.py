"""The disk of a recording as it is at one point after another."""

import contextlib
import hashlib
import os
import random
from bisect import bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from installer.layout import Role
from tests.faults.crash.points import Point, at_flushes, samples
from tests.faults.crash.recorded import Recording, Section
from tests.faults.crash.sparse import copy_range
from tests.faults.crash.write_log import SECTOR, Request, WriteLog

_SIZE: Final = 1 << 128
OUTSIDE: Final = "outside"
"""Of all partitions: the table and its copy."""


class RebuiltDisk:
    """An image that goes forward through the log; what a sample adds is taken back again.

    Of each partition it keeps a sum over all sectors that were written since the beginning: as long
    as that is the same, so are its bytes, and whoever has looked at them once need not do so again.
    """

    def __init__(
        self, recording: Recording, image: Path, keep: Callable[[Request], bool] | None = None
    ) -> None:
        """`keep`: requests that it says no to never were (flushes that are left out are not)."""
        self.image = image
        self.log = WriteLog(recording.log)
        self.parts = recording.parts
        self._starts = sorted((part.start, role) for role, part in recording.parts.items())
        self._sums: dict[str, int] = {}
        self._sectors: dict[int, int] = {}
        self._at = 0
        image.unlink(missing_ok=True)
        with recording.base.open("rb") as base, image.open("wb") as made:
            copy_range(base.fileno(), made.fileno())
        self._descriptor = os.open(image, os.O_RDWR)

    def points(self, section: Section, between: int, dice: random.Random) -> list[Point]:
        """All at flushes and so many between them, in their order."""
        parts = [self.parts[role] for role in (Role.DATA, Role.LUKS) if role in self.parts]
        areas = [range(each.start, each.start + each.size) for each in parts]
        requests, begin, end = self.log.requests, section.begin, section.end
        points = [
            *at_flushes(requests, begin, end),
            *samples(requests, begin, end, between, dice, btrfs=areas),
        ]
        return sorted(points, key=lambda point: point.sure)

    def close(self) -> None:
        """And remove the image."""
        os.close(self._descriptor)
        self.image.unlink()

    @contextlib.contextmanager
    def at(self, point: Point) -> Iterator[None]:
        """The disk as of that point; points come in the order of their `sure`."""
        if point.sure < self._at:
            raise ValueError(f"{point} lies behind request {self._at}")
        for number in range(self._at, point.sure):
            request = self.log.requests[number]
            self.write(request.offset, self.log.data(request))
        self._at = point.sure
        undo: list[tuple[int, bytes]] = []
        for number, sectors in point.kept:
            request = self.log.requests[number]
            data = self.log.data(request)
            pieces = [(0, len(data) // SECTOR)] if sectors is None else _runs(sorted(sectors))
            for first, count in pieces:
                offset = request.offset + first * SECTOR
                undo.append((offset, os.pread(self._descriptor, count * SECTOR, offset)))
                self.write(offset, data[first * SECTOR : (first + count) * SECTOR])
        try:
            yield
        finally:
            for offset, data in reversed(undo):
                self.write(offset, data)

    def sum_of(self, *roles: Role) -> tuple[int, ...]:
        """The same as before only if the bytes of these partitions are."""
        return tuple(self._sums.get(role, 0) for role in roles)

    def sum_outside(self) -> int:
        """The same for what is in none of them, as the table."""
        return self._sums.get(OUTSIDE, 0)

    def read(self, role: Role, length: int | None = None) -> bytes:
        """The first bytes of a partition, or all."""
        part = self.parts[role]
        return os.pread(self._descriptor, length if length is not None else part.size, part.start)

    def copy(self, role: Role, file: Path) -> Path:
        """A partition as a file of its own."""
        part = self.parts[role]
        file.unlink(missing_ok=True)
        with file.open("wb") as made:
            copy_range(self._descriptor, made.fileno(), part.start, part.size)
        return file

    def write(self, offset: int, data: bytes) -> None:
        """Put these there."""
        os.pwrite(self._descriptor, data, offset)
        view = memoryview(data)
        for place in range(0, len(data), SECTOR):
            sector = (offset + place) // SECTOR
            name = self._region(offset + place)
            digest = hashlib.blake2b(
                view[place : place + SECTOR], digest_size=16, salt=sector.to_bytes(16, "big")
            ).digest()
            new, old = int.from_bytes(digest, "big"), self._sectors.get(sector, 0)
            self._sums[name] = (self._sums.get(name, 0) + new - old) % _SIZE
            self._sectors[sector] = new

    def _region(self, offset: int) -> str:
        place = bisect_right(self._starts, offset, key=lambda each: each[0]) - 1
        if place >= 0:
            start, role = self._starts[place]
            if offset < start + self.parts[role].size:
                return role
        return OUTSIDE


def _runs(sectors: list[int]) -> list[tuple[int, int]]:
    """First ones and counts of those that lie beside each other."""
    runs: list[tuple[int, int]] = []
    for each in sectors:
        if runs and sum(runs[-1]) == each:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((each, 1))
    return runs
