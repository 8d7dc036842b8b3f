"""Devices that an image is written to, past the page cache where they are disks."""

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator

from backends.block_device import (
    device_error,
    opened,
    require_block_device,
    require_writable,
    sector_size,
    size_of,
    write_at,
)
from installer.errors import InstallError
from installer.hardware import SECTOR
from installer.quantity import align_up, format_size
from installer.text import _


class Target:
    """An open device. Every error names it."""

    def __init__(self, path: str, descriptor: int, *, unit: int, size_bytes: int) -> None:
        self.path = path
        self.size_bytes = size_bytes
        self._descriptor = descriptor
        self._unit = unit
        self.sector = max(unit, SECTOR)
        """Bytes that are all on the disk or none, whenever power goes."""

    def write(self, memory: memoryview, length: int, offset: int) -> None:
        """Put the first `length` bytes of `memory` at byte `offset`, whole sectors of it.

        Where `length` ends within a sector, what follows it in `memory` is cleared and written
        too, up to the sector's end: a direct write has whole sectors, a device has nothing else.
        """
        whole = align_up(length, self._unit)
        if whole != length:
            memory[length:whole] = bytes(whole - length)
        with self._errors():
            write_at(self._descriptor, memory[:whole], offset)

    def flush(self) -> None:
        """Return when all of it is on the disk, its own cache included."""
        with self._errors():
            os.fsync(self._descriptor)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise device_error(self.path, error) from error


@contextlib.contextmanager
def open_target(path: str, needed: int, *, allow_files: bool) -> Iterator[Target]:
    """A target for writing that nobody else holds and that has room for `needed` bytes.

    A regular file, where those are allowed, is written through the page cache: tmpfs and others
    know no direct writes. Raises InstallError.
    """
    if not allow_files:
        require_block_device(path)
    with opened(path, os.O_WRONLY | os.O_EXCL) as descriptor:
        size = size_of(descriptor)
        if size < needed:
            raise InstallError(
                _("{target} has {size}, {missing} too little for the image").format(
                    target=path, size=format_size(size), missing=format_size(needed - size)
                ),
                device=path,
                way_out=_("Ask for a larger slot."),
            )
        yield Target(path, descriptor, unit=_make_direct(descriptor), size_bytes=size)


def _make_direct(descriptor: int) -> int:
    """Have writes go past the page cache; the bytes that each has to be a multiple of."""
    if not stat.S_ISBLK(os.fstat(descriptor).st_mode):
        return 1
    require_writable(descriptor)
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_DIRECT)
    return sector_size(descriptor)
