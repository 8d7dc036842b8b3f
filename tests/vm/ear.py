"""What a virtual machine plays, listened to while it runs."""

import math
import time
from array import array
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from tests.vm.serial import NeverCame

RATE: Final = 8000
"""Samples a second, of one channel and 16 bits each (``_sound`` of machine.py)."""
_HEADER: Final = 44
"""Bytes of a WAV file before its samples. QEMU writes their number only at its end, so that the
standard library's ``wave`` reads nothing before."""
_WINDOW: Final = RATE // 10
_QUIET: Final = 0.005
"""Root mean square of a tenth of a second, of 1 at most, below which it counts as silence: QEMU
plays zeros where nothing is played; a voice has 0.05 and more."""


@dataclass(frozen=True)
class Ear:
    """Listens to one recording."""

    recording: Path

    def loudness(self, *, since: int = 0) -> list[float]:
        """Root mean square of each tenth of a second from the `since`-th on, of 1 at most."""
        raw = self.recording.read_bytes()[_HEADER:]
        samples = array("h", raw[: len(raw) // 2 * 2])
        starts = range(since * _WINDOW, len(samples) - _WINDOW + 1, _WINDOW)
        return [_loudness(samples[start : start + _WINDOW]) for start in starts]

    def loud(self, *, since: int = 0) -> float:
        """Seconds in which there was something to be heard."""
        return sum(each > _QUIET for each in self.loudness(since=since)) / 10

    def pauses(self, *, since: int = 0) -> int:
        """How often it fell silent: a voice does so at each stop, a tone does not."""
        loud = [each > _QUIET for each in self.loudness(since=since)]
        return sum(before and not now for before, now in pairwise(loud))

    def hears(self, seconds: float, *, since: int = 0, within: float) -> None:
        """Wait until so much was to be heard. Raises NeverCame."""
        deadline = time.monotonic() + within
        while (heard := self.loud(since=since)) < seconds:
            if time.monotonic() > deadline:
                what = f"waited {within:.0f} s for {seconds} s of sound in {self.recording}"
                raise NeverCame(f"{what}; there were {heard} s")
            time.sleep(1)

    def silence(self, *, within: float) -> int:
        """Wait until nothing was to be heard for some seconds; the number of tenths of a second
        recorded until then. Raises NeverCame."""
        deadline = time.monotonic() + within
        before = -1.0
        while (heard := self.loud()) != before:
            if time.monotonic() > deadline:
                raise NeverCame(f"it was not silent for 5 s within {within:.0f} s")
            before = heard
            time.sleep(5)
        return len(self.loudness())


def _loudness(samples: "array[int]") -> float:
    return math.sqrt(sum(each * each for each in samples) / len(samples)) / 2**15
