"""Progress that is told now and then."""

import time
from typing import Final

from installer.machinery import Progress

PROGRESS_SECONDS: Final = 0.1


class Paced:
    """Tells `progress` at most ten times a second; what that raises goes on to the caller."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._next = 0.0
        self._done = 0

    def __call__(self, done: int) -> None:
        """So much is done by now."""
        self._done = done
        now = time.monotonic()
        if now >= self._next:
            self._next = now + PROGRESS_SECONDS
            self._progress(done, self._total)

    def still(self) -> None:
        """Nothing new, but whoever listens may want to stop."""
        self(self._done)

    def finish(self, done: int) -> None:
        """The last word, however soon after the one before."""
        self._progress(done, self._total)
