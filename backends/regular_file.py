"""Opening what is there only where it is a file: the file system may be anybody's."""

import errno
import os
import stat
from pathlib import Path


def opened_regular(file: Path) -> int | None:
    """A descriptor of a regular file, to be read; None for anything else, a link included.

    Raises OSError.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENOTDIR):
            return None
        raise
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return None


def read_regular(file: Path, most: int) -> bytes:
    """What it holds, `most` bytes of it at the most; nothing of anything else. Raises OSError."""
    descriptor = opened_regular(file)
    if descriptor is None:
        return b""
    with os.fdopen(descriptor, "rb") as opened:
        return opened.read(most)
