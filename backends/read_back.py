"""Reading back what was written from the disk itself, past the kernel's cache."""

import contextlib
import errno
import mmap
import os
from collections.abc import Iterator
from typing import Final

from backends.block_device import device_error, drop_cache, opened
from backends.image_source import CHUNK
from installer.errors import InstallError
from installer.hardware import SECTOR
from installer.quantity import align_up
from installer.text import _

DIRECT_UNIT: Final = 4096
"""Alignment of direct reads that suits sectors of 512 and of 4096 bytes (open(2), O_DIRECT)."""


class Device:
    """A device to read from, as long as the block of `reading` lasts."""

    def __init__(self, path: str, descriptor: int, buffer: mmap.mmap) -> None:
        self._path = path
        self._descriptor = descriptor
        # A mapping, because that is aligned to pages, as direct reads want their memory.
        self._buffer = buffer

    def at(self, offset: int, length: int) -> bytes:
        """`length` bytes at byte `offset`, `largest` at most; fewer where the device ends.

        Raises InstallError that names the byte from which it cannot be read.
        """
        start = offset // DIRECT_UNIT * DIRECT_UNIT
        came = self._fill(start, align_up(offset + length, DIRECT_UNIT) - start)
        return self._buffer[offset - start : min(offset - start + length, came)]

    def _fill(self, start: int, length: int) -> int:
        """Read to the start of the buffer; how much came."""
        came = 0
        while came < length:
            try:
                count = self._pread(start + came, came, length - came)
            except OSError as error:
                raise self._unreadable(start + came, length - came, error) from error
            came += count
            # Where a device ends in the middle, the next direct read would not be aligned.
            if count == 0 or count % SECTOR:
                break
        return came

    def _pread(self, offset: int, place: int, length: int) -> int:
        with memoryview(self._buffer) as view, view[place : place + length] as part:
            return os.preadv(self._descriptor, [part], offset)

    def _unreadable(self, start: int, length: int, error: OSError) -> InstallError:
        """Found by reading the range once more in the smallest pieces; the first that fails."""
        bad = start
        for offset in range(start, start + length, DIRECT_UNIT):
            try:
                self._pread(offset, 0, DIRECT_UNIT)
            except OSError:
                bad = offset
                break
        told = device_error(self._path, error)
        return InstallError(
            _("{what}: it cannot be read from byte {offset} on").format(what=told.what, offset=bad),
            device=self._path,
            tool_words=told.tool_words,
            way_out=told.way_out,
        )


@contextlib.contextmanager
def reading(path: str, largest: int = CHUNK) -> Iterator[Device]:
    """A device, or a regular file, to be read from the disk itself, `largest` bytes at a time.

    Raises InstallError.
    """
    drop_cache(path)
    with (
        opened(path, os.O_RDONLY | _direct_flag(path)) as descriptor,
        mmap.mmap(-1, largest + 2 * DIRECT_UNIT) as buffer,
    ):
        yield Device(path, descriptor, buffer)


def _direct_flag(path: str) -> int:
    """O_DIRECT, or 0 where it is refused (some file systems): there the dropped cache must do."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_DIRECT | os.O_CLOEXEC))
    except OSError as error:
        if error.errno == errno.EINVAL:
            return 0
        raise device_error(path, error) from error
    return os.O_DIRECT
