"""What a disk was sent, in order: a log in the format of the kernel's dm-log-writes.

QEMU's ``blklogwrites`` writes the same (Linux, Documentation/admin-guide/device-mapper/
log-writes.rst; drivers/md/dm-log-writes.c). A superblock of one sector, then for each request a
sector that describes it, then its data.
"""

import mmap
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path
from typing import Final

SECTOR: Final = 512
_MAGIC: Final = 0x6A736677736872
_SUPER: Final = struct.Struct("<QQQI")
_ENTRY: Final = struct.Struct("<QQQQ")


class Flag(IntFlag):
    """Of an entry."""

    FLUSH = 1
    """All that was completed before it is on the disk for good."""
    FUA = 2
    """Its own data are, when it is completed."""
    DISCARD = 4
    MARK = 8


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request; all in bytes. A discard has no data, and reads as zeros in these images."""

    offset: int
    length: int
    flags: Flag
    place: int
    """Of its data, in the log."""
    mark: str = ""
    """What somebody had written there, to find the place again."""

    @property
    def is_flush(self) -> bool:
        """Whether what came before it is on the disk for good."""
        return Flag.FLUSH in self.flags


class WriteLog:
    """A log, read whole at once but for the data."""

    def __init__(self, file: Path) -> None:
        with file.open("rb") as opened:
            self._bytes = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        magic, version, _count, sector = _SUPER.unpack_from(self._bytes)
        if (magic, version, sector) != (_MAGIC, 1, SECTOR):
            raise ValueError(f"{file} is no log of writes with sectors of {SECTOR} bytes")
        self.requests: Sequence[Request] = tuple(self._read())

    def data(self, request: Request) -> bytes:
        """What was written."""
        if Flag.DISCARD in request.flags:
            return bytes(request.length)
        return self._bytes[request.place : request.place + request.length]

    def _read(self) -> Iterator[Request]:
        # Not by the superblock's count, which comes to the file now and then only.
        place = SECTOR
        while place + SECTOR <= len(self._bytes):
            sector, sectors, number, text_length = _ENTRY.unpack_from(self._bytes, place)
            flags = Flag(number & 15)
            if not number and not sectors:
                return
            text = self._bytes[place + _ENTRY.size : place + _ENTRY.size + text_length]
            mark = text.rstrip(b"\0").decode() if Flag.MARK in flags else ""
            place += SECTOR
            length = sectors * SECTOR
            stored = 0 if Flag.DISCARD in flags else length
            if Flag.MARK in flags:
                # The text of a mark is in the sector that describes it.
                stored = length = 0
            offset = sector * SECTOR
            yield Request(offset=offset, length=length, flags=flags, place=place, mark=mark)
            place += stored
