"""A file that is to be a SquashFS, before the kernel is given it; told to makers of images."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backends.file_errors import file_errors
from installer.errors import InstallError

_MAGIC: Final = b"hsqs"
_HEADER: Final = struct.Struct("<4s24xHH8xQ")
"""Magic number, version, and bytes used (kernel documentation, squashfs)."""


@dataclass(frozen=True, kw_only=True)
class SquashfsFile:
    """What the superblock and the file system say of it, in bytes."""

    path: Path
    used_bytes: int
    size_bytes: int


def squashfs_file(path: Path) -> SquashfsFile:
    """Read the superblock. Raises InstallError: no file, no SquashFS, or one that is cut off."""
    if not path.is_file():
        raise InstallError(f"{path} is no file")
    with file_errors(str(path)), path.open("rb") as opened:
        head = opened.read(_HEADER.size)
        size = path.stat().st_size
    fields = _HEADER.unpack(head) if len(head) == _HEADER.size else (b"", 0, 0, 0)
    magic, major, minor, used = fields
    if magic != _MAGIC or (major, minor) != (4, 0):
        raise InstallError(f"{path} is no SquashFS")
    if used > size:
        raise InstallError(f"{path} is cut off: it says that it has {used} bytes, and has {size}")
    return SquashfsFile(path=path, used_bytes=used, size_bytes=size)
