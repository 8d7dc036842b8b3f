"""Where the bytes of a file lie on its device, and writing them there past the file system."""

import fcntl
import mmap
import os
import struct
from dataclasses import dataclass
from typing import Final

from backends.block_device import sector_size
from installer.quantity import align_up

_FIEMAP: Final = 0xC020660B
_WITH_SYNC: Final = 0x1
_ELSEWHERE: Final = 0x2 | 0x4 | 0x8 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800
"""ioctl FS_IOC_FIEMAP (linux/fs.h) and flags of linux/fiemap.h; `_ELSEWHERE` are those of an extent
whose bytes cannot be written where they lie: unknown, delayed, encoded, encrypted, not aligned,
inline, tail, unwritten."""
_HEAD: Final = struct.Struct("=QQLLLL")
_EXTENT: Final = struct.Struct("=QQQQQLLLL")
_MOST: Final = 64
"""Extents of a file of 64 KiB, even where every block of the file system lies by itself."""


@dataclass(frozen=True, kw_only=True)
class Extent:
    """A part of a file that lies in one piece; in bytes."""

    logical: int
    """Where it begins in the file."""
    physical: int
    """Where it begins on the device."""
    length: int


def extents_of(descriptor: int) -> tuple[Extent, ...]:
    """All of an open file, in order.

    Raises OSError, also where its bytes do not all lie on the device as they are read.
    """
    buffer = bytearray(_HEAD.size + _MOST * _EXTENT.size)
    _HEAD.pack_into(buffer, 0, 0, 2**64 - 1, _WITH_SYNC, 0, _MOST, 0)
    fcntl.ioctl(descriptor, _FIEMAP, buffer)
    count = _HEAD.unpack_from(buffer)[3]
    extents, end = [], 0
    for place in range(count):
        fields = _EXTENT.unpack_from(buffer, _HEAD.size + place * _EXTENT.size)
        logical, physical, length, flags = *fields[:3], fields[5]
        if logical != end or flags & _ELSEWHERE:
            raise OSError(0, "its bytes do not lie on the device as they are read")
        end += length
        extents.append(Extent(logical=logical, physical=physical, length=length))
    if end < os.fstat(descriptor).st_size:
        raise OSError(0, "its bytes do not all lie on the device")
    return tuple(extents)


def write_direct(device: str, extents: tuple[Extent, ...], data: bytes, start: int) -> None:
    """Make the file that lies in `extents` of `device` hold `data`, of which the bytes before
    `start` are there already. Returns when it is on the disk (O_DIRECT, O_SYNC).

    Whole sectors are written, the last one filled up with NULs. Raises OSError.
    """
    flags = os.O_WRONLY | os.O_DIRECT | os.O_SYNC | os.O_CLOEXEC
    descriptor = os.open(device, flags)
    try:
        sector = sector_size(descriptor)
        first = start // sector * sector
        whole = data[first:].ljust(align_up(len(data) - first, sector), b"\0")
        for extent in extents:
            _write_part(descriptor, extent, whole, first)
    finally:
        os.close(descriptor)


def _write_part(descriptor: int, extent: Extent, data: bytes, start: int) -> None:
    """Write what of `data`, which begins at `start` in the file, lies in `extent`."""
    begin = max(start, extent.logical)
    end = min(start + len(data), extent.logical + extent.length)
    if begin >= end:
        return
    # O_DIRECT wants memory on a page's boundary (open(2)), as mmap gives.
    with mmap.mmap(-1, end - begin) as buffer:
        buffer.write(data[begin - start : end - start])
        offset = extent.physical + begin - extent.logical
        written = os.pwrite(descriptor, buffer, offset)
    if written != end - begin:
        raise OSError(0, f"{written} of {end - begin} bytes were written")
