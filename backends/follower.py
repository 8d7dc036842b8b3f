"""Reading back what is being written, at a distance behind the writing."""

import hashlib
import threading
from collections.abc import Sequence
from typing import Final

from backends.fan_out import FanOut
from backends.read_back import Device
from installer.quantity import KIB, MIB
from installer.release import ReleaseFile

DISTANCE: Final = 32 * MIB
"""How far behind. What is left to read when all is written costs time: at 500 MB/s 64 MiB of two
targets were 9 % of a 740 MB image, 32 MiB are half of that."""
PIECE: Final = MIB
"""Read at a time, from each device."""
_SAMPLE: Final = 4 * KIB
_SAMPLE_EVERY: Final = 2 * MIB
"""A stick that claims more than it has writes the end of a device over its beginning, behind the
back of a reader that has passed there. A look at many places when all is written finds that,
where what was written over is 2 MiB or more."""


class NotTheSame(Exception):
    """A target does not hold what was written, from byte `start` on and before byte `end`; the rest
    may not have been written when that was found."""

    def __init__(self, start: int, end: int) -> None:
        super().__init__()
        self.start = start
        self.end = end


class Follower(threading.Thread):
    """Hashes what the first of `devices` holds, and compares the others with it.

    The first MiB is not on the disk yet: the hash begins with `head`, as it will be written.
    Errors go to the fan-out, which ends: NotTheSame, InstallError for a device that cannot be read.
    """

    def __init__(
        self, image: ReleaseFile, head: memoryview, devices: Sequence[Device], fan: FanOut
    ) -> None:
        super().__init__(name="read back", daemon=True)
        self._image = image
        self._devices = devices
        self._fan = fan
        self._head = head
        self._digest = hashlib.sha256()
        self._samples: list[tuple[int, bytes]] = []
        self.done = len(head)
        """Bytes read back, of the image."""

    def run(self) -> None:
        """Follow to the end of the image."""
        try:
            # By then the head has come too.
            if not self._fan.wait_until_written(self.done + DISTANCE):
                return
            self._digest.update(self._head)
            while self.done < self._image.size_bytes:
                length = min(PIECE, self._image.size_bytes - self.done)
                if not self._fan.wait_until_written(self.done + length + DISTANCE):
                    return
                self._compare(length)
            if self._digest.hexdigest() != self._image.sha256:
                raise self._not_the_same(self.done)
            self._look_again()
        except BaseException as error:
            self._fan.fail(error)

    def _compare(self, length: int) -> None:
        first, *others = self._devices
        piece = first.at(self.done, length)
        self._digest.update(piece)
        for other in others:
            if other.at(self.done, length) != piece:
                raise self._not_the_same(self.done + length)
        if self.done // _SAMPLE_EVERY != (self.done + length) // _SAMPLE_EVERY:
            self._samples.append((self.done, _brief(piece[:_SAMPLE])))
        self.done += length

    def _not_the_same(self, end: int) -> NotTheSame:
        return NotTheSame(len(self._head), end)

    def _look_again(self) -> None:
        for offset, sample in self._samples:
            if self._fan.is_over:
                return
            length = min(_SAMPLE, self._image.size_bytes - offset)
            if any(_brief(each.at(offset, length)) != sample for each in self._devices):
                raise self._not_the_same(self.done)


def _brief(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
