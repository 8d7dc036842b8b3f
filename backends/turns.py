"""One process of ours at a time at a device that two cannot use in the same moment."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator

from backends.block_device import device_error


@contextlib.contextmanager
def own_turn(device: str, seconds: float) -> Iterator[None]:
    """Hold the device's lock (flock(2)), which a killed process lets go of by itself.

    Whoever does not let go of it within `seconds` is not waited for any longer. Raises InstallError
    where there is no such device.
    """
    try:
        descriptor = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise device_error(device, error) from error
    try:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.05)
            else:
                break
        yield
    finally:
        os.close(descriptor)
