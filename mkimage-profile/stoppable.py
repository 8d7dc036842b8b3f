"""A build that is stopped takes its mounts with it: by Ctrl+C, timeout(1), a line that is cut."""

import contextlib
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Final

from installer.errors import ExitCode
from layers import clear_leftovers

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Each of `SIGNALS` is a KeyboardInterrupt in here, but for those that are ignored (nohup(1)).

    However it ends, no mounts and nothing half made are left. Raises SystemExit where it was
    stopped.
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}
    heard = [number for number in SIGNALS if before[number] is not signal.SIG_IGN]
    for number in heard:
        signal.signal(number, _interrupt)
    stopped = False
    try:
        yield
    except KeyboardInterrupt:
        stopped = True
    finally:
        for number in heard:
            signal.signal(number, signal.SIG_IGN)
        clear_leftovers(own=True)
        for number in heard:
            signal.signal(number, before[number])
    if stopped:
        print(
            "Stopped. Nothing half made is left; finished steps are in the cache.", file=sys.stderr
        )
        sys.exit(ExitCode.INTERRUPTED)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
