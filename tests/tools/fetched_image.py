"""The image that a reset of everything has in memory: one file of this machine, for one test."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from installer.operations.reset import FETCHED

_LOCK: Final = Path("/run/lock/atomos-fetched-image")


@contextlib.contextmanager
def fetched_image() -> Iterator[None]:
    """It is nobody else's; removed at the end, as by a restart."""
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            FETCHED.unlink(missing_ok=True)
