"""What lies outside of file systems, as lines of text: table, boot code, images."""

import fcntl
import hashlib
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backends.live_medium import iso_length
from installer.machinery import WrittenPartition, WrittenTable
from installer.quantity import MIB, align_up

CODE_BYTES: Final = 440
SECTOR: Final = 512
_PIECE: Final = 4 * MIB
_BLKSSZGET: Final = 0x1268
_BLOCK_LIST: Final = slice(0x1F4, 0x1FC)
"""In the core's first sector: the place of its second one, which depends on the partition's."""
_GPT: Final = struct.Struct("<8sIIIIQQQQ16sQIII")
"""Signature, revision, size, checksum, reserved, own and other LBA, first and last usable LBA,
GUID, LBA of the entries, their number, size, checksum (UEFI 2.10, table 5.5)."""
_SQUASHFS: Final = b"hsqs"
_BYTES_USED: Final = 40
"""Offset in the superblock of SquashFS 4.0; mksquashfs fills up to 4 KiB."""


@dataclass(frozen=True, kw_only=True)
class Area:
    """Bytes of a device or file."""

    path: str
    size: int
    start: int = 0

    def read(self, offset: int, length: int) -> bytes:
        """Bytes at `offset` of the area; fewer at its end."""
        with Path(self.path).open("rb", buffering=0) as file:
            file.seek(self.start + offset)
            return file.read(max(0, min(length, self.size - offset))) or b""

    def sha256(self, offset: int, length: int) -> str:
        """Of `length` bytes at `offset`."""
        whole = hashlib.sha256()
        for place in range(offset, offset + length, _PIECE):
            whole.update(self.read(place, min(_PIECE, offset + length - place)))
        return whole.hexdigest()

    def in_short(self, offset: int, length: int) -> str:
        """That they are zeros, or their SHA-256."""
        if not any(self.read(offset, length)):
            return "zeros"
        return f"sha256={self.sha256(offset, length)}"


def table_lines(table: WrittenTable, disk: Area) -> Iterator[str]:
    """The GPT, in both copies, and the sector before it."""
    yield f"table guid={table.disk_guid}"
    for part in table.partitions:
        yield (
            f"table {part.number} label={part.label} type={part.type_guid} guid={part.guid}"
            f" bits={part.attribute_bits} start={part.start_bytes} size={part.size_bytes}"
        )
    yield f"table copies: {_copies(disk)}"
    yield f"disk boot code: {disk.in_short(0, CODE_BYTES)}"
    yield f"disk protective table: {disk.in_short(CODE_BYTES, SECTOR - CODE_BYTES)}"


def _copies(disk: Area) -> str:
    """Whether both copies of the GPT are whole, and say the same."""
    sector = _sector_bytes(disk.path)
    first = _Gpt.at(disk, 1, sector)
    if first is None:
        return "the first is damaged"
    second = _Gpt.at(disk, first.other, sector)
    if second is None:
        return "the second is damaged"
    is_pair = (second.other, second.own) == (first.own, first.other)
    return "both whole" if is_pair and first.entries == second.entries else "they differ"


@dataclass(frozen=True)
class _Gpt:
    own: int
    other: int
    entries: bytes

    @classmethod
    def at(cls, disk: Area, lba: int, sector: int) -> "_Gpt | None":
        header = bytearray(disk.read(lba * sector, sector))
        if len(header) < sector:
            return None
        fields = _GPT.unpack_from(header)
        signature, size, checksum, own, other = *fields[:1], *fields[2:4], *fields[5:7]
        header[16:20] = bytes(4)
        if signature != b"EFI PART" or zlib.crc32(header[:size]) != checksum or own != lba:
            return None
        at, number, each, sum_of_entries = fields[10:14]
        entries = disk.read(at * sector, number * each)
        return cls(own, other, entries) if zlib.crc32(entries) == sum_of_entries else None


def _sector_bytes(path: str) -> int:
    if not Path(path).is_block_device():
        return SECTOR
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        (size,) = struct.unpack("i", fcntl.ioctl(descriptor, _BLKSSZGET, bytes(4)))
        return int(size)
    finally:
        os.close(descriptor)


def core_lines(part: WrittenPartition, area: Area, kept: Path) -> Iterator[str]:
    """GRUB's core, compared with its image on the boot partition, which is compared as a file."""
    if not kept.is_file():
        yield f"bios: {area.in_short(0, area.size)}"
        return
    image = bytearray(kept.read_bytes())
    found = bytearray(area.read(0, len(image)))
    (second,) = struct.unpack("<Q", found[_BLOCK_LIST])
    yield f"bios core goes on {second - part.start_bytes // SECTOR} sectors behind its start"
    found[_BLOCK_LIST] = image[_BLOCK_LIST] = bytes(8)
    same = found == image
    yield f"bios core: {'as on boot' if same else area.in_short(0, len(image))}"
    yield f"bios behind the core: {area.in_short(len(image), area.size - len(image))}"


def slot_lines(slot: str, area: Area, *, has_rest: bool) -> Iterator[str]:
    """The image in a slot, byte for byte.

    `has_rest`: what is behind it in the first and in the last MiB says something; on an encrypted
    disk it is noise wherever nothing was written.
    """
    start = area.read(0, 96)
    if not start.startswith(_SQUASHFS):
        yield f"slot {slot}: no SquashFS, first MiB: {area.in_short(0, MIB)}"
        return
    (used,) = struct.unpack_from("<Q", start, _BYTES_USED)
    length = min(align_up(used, 4096), area.size)
    yield f"slot {slot}: {length} bytes, sha256={area.sha256(0, length)}"
    if has_rest:
        yield from _rest_lines(f"slot {slot}", area, length)


def recovery_lines(area: Area) -> Iterator[str]:
    """The ISO on a device of its own."""
    length = iso_length(Path(area.path))
    if length is None or length > area.size:
        yield f"recovery: no ISO with a GPT, first MiB: {area.in_short(0, MIB)}"
        return
    yield f"recovery: {length} bytes, sha256={area.sha256(0, length)}"
    yield from _rest_lines("recovery", area, length)


def _rest_lines(what: str, area: Area, length: int) -> Iterator[str]:
    """What an installation wipes of old marks, and writes nothing to."""
    if length < MIB:
        yield f"{what} rest of the first MiB: {area.in_short(length, MIB - length)}"
    start = max(length, area.size - MIB)
    yield f"{what} rest of the last MiB: {area.in_short(start, area.size - start)}"
