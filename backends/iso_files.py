"""Where a file lies in an ISO, without mounting it.

The kernel mounts no ISO from a disk with sectors of 4096 bytes, since its blocks have 2048
(fs/isofs/inode.c), and some kernels have no iso9660 at all. Read are ECMA-119 with the names of
Rock Ridge (IEEE P1282, "NM"), which ``xorriso -r`` writes; pycdlib would be one more package in
every image for these few records.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from installer.errors import InstallError
from installer.text import _

BLOCK: Final = 2048
_DESCRIPTOR: Final = slice(16 * BLOCK, 17 * BLOCK)
_MARK: Final = b"\x01CD001\x01"
_ROOT: Final = slice(156, 190)
_FIXED: Final = 33
"""Bytes of a directory record before its name."""
_PLACE: Final = struct.Struct("<2xI4xI4x7xB6xB")
"""Block, bytes, flags, and the bytes of the name."""
_FOLDER: Final = 0x02
_MULTIPLE: Final = 0x80
_LONGEST_FOLDER: Final = 1 << 20
_CONTINUED: Final = struct.Struct("<4xI4xI4xI4x")


@dataclass(frozen=True, kw_only=True)
class Extent:
    """Where bytes lie, all in a row."""

    offset_bytes: int
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class _Record:
    name: str
    extent: Extent
    flags: int


class IsoFiles:
    """The ISO at the start of what `descriptor` has open; errors are about `device`."""

    def __init__(self, descriptor: int, device: str) -> None:
        self._descriptor = descriptor
        self._device = device

    def find(self, path: PurePosixPath) -> Extent | None:
        """Where the file `path` lies; None: there is none of that name.

        Raises InstallError where there is no ISO, or one that contradicts itself.
        """
        here = self._root()
        for name in path.parts[path.is_absolute() :]:
            if not here.flags & _FOLDER:
                return None
            found = next((each for each in self._records(here) if each.name == name), None)
            if found is None:
                return None
            here = found
        return None if here.flags & _FOLDER else here.extent

    def file(self, path: PurePosixPath) -> Extent:
        """The same; raises InstallError where there is none, or nothing in it."""
        found = self.find(path)
        if found is None or not found.size_bytes:
            raise InstallError(
                _("the ISO on {device} has no file {path}").format(device=self._device, path=path),
                device=self._device,
                way_out=_("Tell whoever made this image; another release may be right."),
            )
        return found

    def _root(self) -> _Record:
        descriptor = self._read(
            Extent(offset_bytes=_DESCRIPTOR.start, size_bytes=_DESCRIPTOR.stop - _DESCRIPTOR.start)
        )
        if not descriptor.startswith(_MARK):
            raise InstallError(
                _("there is no ISO on {device}").format(device=self._device), device=self._device
            )
        return self._record(descriptor[_ROOT])

    def _records(self, folder: _Record) -> Iterator[_Record]:
        """Those of a folder. None lies across the end of a block: the rest of it is zeros."""
        if folder.extent.size_bytes > _LONGEST_FOLDER:
            raise self._contradiction()
        data = self._read(folder.extent)
        for start in range(0, len(data), BLOCK):
            block, place = data[start : start + BLOCK], 0
            while place < len(block) and block[place]:
                yield self._record(block[place : place + block[place]])
                place += block[place]

    def _record(self, data: bytes) -> _Record:
        if len(data) <= _FIXED:
            raise self._contradiction()
        block, size, flags, length = _PLACE.unpack_from(data)
        plain = data[_FIXED : _FIXED + length]
        more = data[_FIXED + length + (length + 1) % 2 :]
        name = b"".join(self._names(more)) or plain.partition(b";")[0]
        if flags & _MULTIPLE:
            # Of 4 GiB and more: nothing that a slot or Recovery holds.
            raise self._contradiction()
        return _Record(
            name=name.decode(errors="replace"),
            extent=Extent(offset_bytes=block * BLOCK, size_bytes=size),
            flags=flags,
        )

    def _names(self, fields: bytes, *, depth: int = 0) -> Iterator[bytes]:
        """The parts of a file's name; a long one goes on in another block."""
        place = 0
        while place + 4 <= len(fields) and fields[place + 2] >= 4:
            field = fields[place : place + fields[place + 2]]
            place += len(field)
            if field.startswith(b"NM"):
                yield field[5:]
            elif field.startswith(b"CE") and len(field) == _CONTINUED.size and depth < 1:
                block, offset, size = _CONTINUED.unpack(field)
                start = block * BLOCK + offset
                after = self._read(Extent(offset_bytes=start, size_bytes=min(size, BLOCK)))
                yield from self._names(after, depth=depth + 1)

    def _read(self, extent: Extent) -> bytes:
        data = os.pread(self._descriptor, extent.size_bytes, extent.offset_bytes)
        if len(data) != extent.size_bytes:
            raise self._contradiction()
        return data

    def _contradiction(self) -> InstallError:
        return InstallError(
            _("the ISO on {device} is damaged").format(device=self._device), device=self._device
        )
