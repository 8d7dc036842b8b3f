"""Opening block devices safely, and the few things that are asked of them directly."""

import contextlib
import errno
import fcntl
import mmap
import os
import stat
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from installer.errors import InstallError
from installer.quantity import GIB, MIB
from installer.text import _

BLKFLSBUF: Final = 0x1261
"""ioctl: write out and forget the buffer cache of a block device (linux/fs.h)."""
BLKSSZGET: Final = 0x1268
"""ioctl: bytes of a sector as the device is addressed (linux/fs.h)."""
BLKROGET: Final = 0x125E
"""ioctl: whether a block device is read-only (linux/fs.h)."""
_FAILING: Final = (
    # What the block layer makes of a drive's words (block/blk-core.c, blk_errors): through the
    # page cache everything is EIO, past it a bad sector is ENODATA.
    errno.EIO,
    errno.ENODATA,
    errno.EREMOTEIO,
    errno.EILSEQ,
    errno.ENOLINK,
    errno.ETIMEDOUT,
)
_HEAD: Final = MIB
"""Most marks lie here: GPT, LUKS, LVM, md 1.1 and 1.2, file systems, two labels of ZFS."""
_TAIL: Final = 2 * MIB
"""md 0.90 and 1.0, two labels of ZFS, the other GPT, firmware RAID: of the last, Promise's may
begin 3087 sectors before the end (util-linux, promise_raid.c)."""
_MARK: Final = 4096
_MARKS: Final = (MIB, 2 * MIB, 4 * MIB, 64 * MIB, 256 * GIB)
"""Second headers of LUKS2 and the marks of VMFS (1, 2, 4 MiB), copies of BTRFS' superblock (64 MiB,
256 GiB), which ``wipefs --all`` of util-linux 2.38 leaves."""
_ZEROS: Final = bytes(MIB)
_BLKDISCARD: Final = 0x1277
"""_IO(0x12, 119) of linux/fs.h."""


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


def require_unused(path: str) -> None:
    """Raises InstallError while anything holds the device, or a partition of a whole disk."""
    with opened(path, os.O_RDONLY | os.O_EXCL):
        pass


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
        case errno.ENOSPC:
            what = _("{device} takes no more, although it says that it is larger")
            way_out = _(
                "Whatever gives it its room (a thin pool, a file) is full; make room there."
            )
        case failing if failing in _FAILING:
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


def write_error_of(device: Path) -> OSError | None:
    """The error of an earlier write to a device that nobody was told of; None without one, and of a
    device that cannot be opened. It is told once (errseq, Documentation/core-api in Linux)."""
    try:
        descriptor = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        os.fsync(descriptor)
    except OSError as error:
        return error
    finally:
        os.close(descriptor)
    return None


def size_of(descriptor: int) -> int:
    """Bytes of an open block device or file."""
    return os.lseek(descriptor, 0, os.SEEK_END)


def require_writable(descriptor: int) -> None:
    """Raises OSError for an open block device with a write-protect switch, which open(2) lets pass
    and only a write would meet."""
    number = bytearray(4)
    fcntl.ioctl(descriptor, BLKROGET, number)
    if any(number):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))


def sector_size(descriptor: int) -> int:
    """Bytes of a sector, as an open block device is addressed. Raises OSError."""
    number = bytearray(4)
    fcntl.ioctl(descriptor, BLKSSZGET, number)
    return int.from_bytes(number, "little")


def write_at(descriptor: int, data: bytes | bytearray | memoryview, offset: int) -> None:
    """Write all of `data` at byte `offset`. Raises OSError, also where the device ends early."""
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, offset)
        if written == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rest = rest[written:]
        offset += written


def zero_marks(path: str, areas: Iterable[tuple[int, int]]) -> None:
    """Zero and flush the places where file systems, RAID and encryption keep their marks.

    `areas` are `(start, length)` in bytes within the device: itself, partitions to be.
    Raises InstallError, also when the device is in use.
    """
    with opened(path, os.O_WRONLY | os.O_EXCL) as descriptor:
        for start, length in areas:
            for offset, count in _mark_ranges(length):
                _zero(descriptor, start + offset, count)
        os.fsync(descriptor)


def discarded(path: str) -> bool:
    """Discard all of the device (ioctl_list(2), BLKDISCARD); False where that did not work.

    What is read there afterwards is for the disk to say. Some bridges offer discards and answer
    each with an error (EREMOTEIO): whether a disk is bad is for what is written next to find out.
    Raises InstallError when the device is in use or cannot be opened.
    """
    with opened(path, os.O_WRONLY | os.O_EXCL) as descriptor:
        try:
            fcntl.ioctl(descriptor, _BLKDISCARD, struct.pack("QQ", 0, size_of(descriptor)))
        except OSError:
            return False
    return True


def whole(path: str) -> tuple[int, int]:
    """The device as one area."""
    with opened(path, os.O_RDONLY) as descriptor:
        return (0, size_of(descriptor))


def are_ends_readable(path: str) -> bool:
    """Whether the first and the last MiB can be read from the disk itself, past the cache.

    A device that cannot be opened (no medium, no permission) or vanishes tells nothing: True.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECT | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        # O_DIRECT wants memory on a page's boundary (open(2)), as mmap gives.
        with contextlib.closing(mmap.mmap(-1, MIB)) as buffer:
            size = size_of(descriptor)
            # Where the sector that cannot be read is not the first, less is read than asked for.
            return all(
                os.preadv(descriptor, [buffer], offset) == min(size, MIB)
                for offset in (0, max(size - MIB, 0))
            )
    except OSError as error:
        return error.errno not in _FAILING
    finally:
        os.close(descriptor)


def _mark_ranges(length: int) -> Iterator[tuple[int, int]]:
    """Offsets and lengths of the marks in an area of `length` bytes."""
    yield 0, min(_HEAD, length)
    yield from ((offset, _MARK) for offset in _MARKS if offset + _MARK <= length)
    tail = min(_TAIL, length)
    yield length - tail, tail


def _zero(descriptor: int, offset: int, count: int) -> None:
    while count:
        step = min(count, len(_ZEROS))
        write_at(descriptor, _ZEROS[:step], offset)
        offset += step
        count -= step


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
