"""Opening block devices safely, and the few things that are asked of them directly."""

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from installer.errors import InstallError
from installer.quantity import MIB
from installer.text import _

BLKFLSBUF: Final = 0x1261
"""ioctl: write out and forget the buffer cache of a block device (linux/fs.h)."""
_ZEROS: Final = bytes(MIB)


def require_block_device(path: str) -> None:
    """Raises InstallError unless `path` is a block device.

    Opening a missing /dev/vdap1 for writing silently makes a regular file in the RAM of /dev.
    """
    try:
        mode = Path(path).stat().st_mode
    except OSError as error:
        raise device_error(path, error) from error
    if not stat.S_ISBLK(mode):
        raise InstallError(
            _("{device} is not a block device").format(device=path),
            device=path,
            way_out=_("Check that the disk is still connected, then start again."),
        )


def device_error(path: str, error: OSError) -> InstallError:
    """What went wrong with a device, in words."""
    match error.errno:
        case errno.EBUSY:
            what = _("{device} is in use by something else")
            way_out = _("Unmount it, or stop the RAID or volume group on it, then start again.")
        case errno.ENOENT | errno.ENXIO | errno.ENODEV | errno.ENOMEDIUM:
            what = _("{device} is not there")
            way_out = _("Check that the disk is still connected, then start again.")
        case errno.EROFS | errno.EACCES | errno.EPERM:
            what = _("{device} cannot be written to")
            way_out = _("Check for a write-protect switch on the disk; choose another disk.")
        case errno.EIO:
            what = _("{device} reports an input/output error")
            way_out = _("The disk or its cable is likely failing; choose another disk.")
        case _:
            what = _("{device} cannot be read or written")
            way_out = _("Check the disk, then start again.")
    return InstallError(
        what.format(device=path), device=path, tool_words=error.strerror or "", way_out=way_out
    )


@contextlib.contextmanager
def opened(path: str, flags: int) -> Iterator[int]:
    """A descriptor of the device; every OSError within is turned into an InstallError about it."""
    try:
        descriptor = os.open(path, flags | os.O_CLOEXEC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
    except OSError as error:
        raise device_error(path, error) from error


def size_of(descriptor: int) -> int:
    """Bytes of an open block device or file."""
    return os.lseek(descriptor, 0, os.SEEK_END)


def write_at(descriptor: int, data: bytes | bytearray | memoryview, offset: int) -> None:
    """Write all of `data` at byte `offset`. Raises OSError, also where the device ends early."""
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, offset)
        if written == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rest = rest[written:]
        offset += written


def zero_ends(path: str) -> None:
    """Zero and flush the first and the last MiB, where file systems and RAID keep their marks."""
    with opened(path, os.O_WRONLY | os.O_EXCL) as descriptor:
        size = size_of(descriptor)
        length = min(size, MIB)
        write_at(descriptor, _ZEROS[:length], 0)
        write_at(descriptor, _ZEROS[:length], size - length)
        os.fsync(descriptor)


def flush(path: str) -> None:
    """Write out what the kernel still holds of a device that a tool wrote to without fsync."""
    with opened(path, os.O_RDONLY) as descriptor:
        os.fsync(descriptor)


def drop_cache(path: str) -> None:
    """Write out and forget the kernel's cache of a device, so that the next read is the disk's."""
    with opened(path, os.O_RDONLY) as descriptor:
        os.fsync(descriptor)
        if stat.S_ISBLK(os.fstat(descriptor).st_mode):
            fcntl.ioctl(descriptor, BLKFLSBUF)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
