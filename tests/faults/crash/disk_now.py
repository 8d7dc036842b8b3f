"""A disk as it is at the moment, for the judge of crash points: the file that it lies in."""

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from backends.block_device import drop_cache
from installer.layout import Role
from tests.faults.crash.points import Point
from tests.faults.crash.recorded import Part
from tests.faults.crash.sparse import copy_range
from tests.faults.disk_image import STEP, steps


class DiskNow:
    """See JudgedDisk. Holes and zeros are the same.

    `volumes`: nodes of those in a container, which is open. What of it is not among them is not
    looked at: with one volume the container's own bytes change.
    """

    def __init__(
        self, image: Path, parts: Mapping[Role, Part], volumes: Mapping[Role, str]
    ) -> None:
        self.image = image
        self._parts = parts
        self._volumes = volumes

    @contextlib.contextmanager
    def at(self, point: Point) -> Iterator[None]:
        """There is one point only. What is still in memory is brought to the disk."""
        os.sync()
        yield

    def sum_of(self, *roles: Role) -> tuple[int, ...]:
        """Of all their bytes."""
        return tuple(map(self._sum_of, roles))

    def sum_outside(self) -> int:
        """Of what is before the first one and behind the last one."""
        start = min(each.start for each in self._parts.values())
        end = max(each.start + each.size for each in self._parts.values())
        size = self.image.stat().st_size
        sums = (self._sum(Part(start=0, size=start)), self._sum(Part(start=end, size=size - end)))
        return hash(sums)

    def read(self, role: Role, length: int | None = None) -> bytes:
        """See JudgedDisk."""
        if role in self._volumes:
            drop_cache(self._volumes[role])
            with Path(self._volumes[role]).open("rb") as volume:
                return volume.read(length)
        part = self._parts[role]
        with self.image.open("rb") as opened:
            opened.seek(part.start)
            return opened.read(part.size if length is None else length)

    def copy(self, role: Role, file: Path) -> Path:
        """See JudgedDisk."""
        part = self._parts[role]
        file.unlink(missing_ok=True)
        with self.image.open("rb") as opened, file.open("wb") as made:
            copy_range(opened.fileno(), made.fileno(), part.start, part.size)
        return file

    def _sum_of(self, role: Role) -> int:
        if role in self._volumes:
            return int.from_bytes(hashlib.sha256(self.read(role)).digest(), "big")
        if role not in self._parts or role is Role.LUKS:
            return 0
        return self._sum(self._parts[role])

    def _sum(self, part: Part) -> int:
        digest, end = hashlib.sha256(), part.start + part.size
        with self.image.open("rb") as opened:
            for step in steps(opened.fileno()):
                place = max(step, part.start)
                length = min(step + STEP, end) - place
                data = os.pread(opened.fileno(), length, place) if length > 0 else b""
                if data.strip(b"\0"):
                    digest.update(place.to_bytes(8, "big") + data)
        return int.from_bytes(digest.digest(), "big")
