"""Errors of the operating system with files on a mounted device, in words."""

import contextlib
import errno
from collections.abc import Iterator

from installer.errors import InstallError
from installer.text import _


@contextlib.contextmanager
def file_errors(device: str) -> Iterator[None]:
    """Turn every OSError within into an InstallError about `device`, with the file's name."""
    try:
        yield
    except OSError as error:
        words = error.strerror or type(error).__name__
        if error.filename is not None:
            words = f"{error.filename}: {words}"
        if error.errno == errno.ENOSPC:
            what = _("the file system on {device} is full")
        else:
            what = _("a file on {device} cannot be read or written")
        raise InstallError(
            what.format(device=device),
            device=device,
            tool_words=words,
            way_out=_("Try again; if it stays so, use another disk."),
        ) from error
