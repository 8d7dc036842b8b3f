"""Progress of an operation: parts of a whole, and how fast it goes."""

from collections import deque
from collections.abc import Callable
from typing import Final

Report = Callable[[int, int], None]
"""Told `(done_bytes, total_bytes)`."""

WINDOW_SECONDS: Final = 5.0
"""The rate is that of the last seconds: a stick that slows down when its cache is full must show
it, and a rate of one moment jumps too much to be read."""
INTERVAL_SECONDS: Final = 0.25
"""Between two events; a serial line at 115200 baud cannot show more."""


def share(report: Report, *, before: int, factor: int, whole: int) -> Report:
    """A report for one part of an operation: its bytes count `factor` times, after `before`."""

    def part(done: int, _total: int) -> None:
        report(before + done * factor, whole)

    return part


class Meter:
    """Says when progress is worth an event, and at which rate in bytes per second."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._samples: deque[tuple[float, int]] = deque()
        self._last_event: float | None = None

    def rate_if_due(self, done: int, total: int) -> float | None:
        """The rate now; None when the last event was a moment ago and more is to come."""
        now = self._clock()
        self._keep(now, done)
        recent = self._last_event is not None and now - self._last_event < INTERVAL_SECONDS
        if recent and done < total:
            return None
        self._last_event = now
        then, before = self._samples[0]
        return (done - before) / (now - then) if now > then else 0.0

    def _keep(self, now: float, done: int) -> None:
        if self._samples and done < self._samples[-1][1]:
            # A part that begins again, such as a fall-back to another source.
            self._samples.clear()
        self._samples.append((now, done))
        while len(self._samples) > 2 and now - self._samples[1][0] >= WINDOW_SECONDS:
            self._samples.popleft()
