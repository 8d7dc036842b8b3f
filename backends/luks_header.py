"""The two binary headers of a LUKS2 container, read without cryptsetup, which may repair them.

Layout: "LUKS2 On-Disk Format Specification" 1.1, sections 2.1 to 2.3 and 3.5.
"""

import hashlib
import json
import os
import struct
from dataclasses import dataclass
from typing import Final

from backends.block_device import opened

_BINARY: Final = struct.Struct(">6sHQQ48s32s64s40s48sQ184s64s")
"""Magic, version, size, sequence number, label, checksum algorithm, salt, UUID, subsystem, own
offset, padding, checksum: the first 512 bytes."""
_CHECKSUM: Final = slice(448, 512)
_JSON_STARTS_AT: Final = 4096
_PRIMARY: Final = b"LUKS\xba\xbe"
_SECONDARY: Final = b"SKUL\xba\xbe"
SIZES: Final = tuple(0x4000 << power for power in range(9))
"""Sizes that a header can have, 16 KiB to 4 MiB; the secondary one starts where one ends."""


@dataclass(frozen=True, kw_only=True)
class LuksHeader:
    """What is asked of a header whose checksum is right."""

    uuid: str
    """In lower case."""
    sequence: int
    """Grows with every change; the same in both headers."""
    length_bytes: int
    """Both headers and all keyslots: what a backup holds."""
    always_discards: bool
    """Whether discards are passed on at every opening."""
    derivations: tuple[tuple[str, int], ...]
    """Function and memory (KiB; 0 where it takes none) of each keyslot."""


def read_headers(device: str) -> tuple[LuksHeader | None, LuksHeader | None]:
    """Primary and secondary header of `device`; None for one that is not there or is damaged.

    Where the primary one is damaged, the secondary one is looked for at every place that it can
    have. Raises InstallError when the device cannot be read.
    """
    with opened(device, os.O_RDONLY) as descriptor:
        start = os.pread(descriptor, 2 * SIZES[-1], 0)
    primary = _header(start, 0, _PRIMARY)
    for size in SIZES:
        secondary = _header(start, size, _SECONDARY)
        if secondary is not None:
            return primary, secondary
    return primary, None


def _header(start: bytes, offset: int, magic: bytes) -> LuksHeader | None:
    """The header at `offset`, when its magic, place and checksum are right."""
    fixed = start[offset : offset + _BINARY.size]
    if len(fixed) < _BINARY.size or not fixed.startswith(magic):
        return None
    fields = _BINARY.unpack(fixed)
    version, size, sequence, own_offset = fields[1], fields[2], fields[3], fields[9]
    if version != 2 or size not in SIZES or own_offset != offset:
        return None
    area = bytearray(start[offset : offset + size])
    area[_CHECKSUM] = bytes(64)
    if hashlib.sha256(area).digest() != fields[11][:32]:
        return None
    uuid = fields[7].rstrip(b"\0").decode(errors="replace").lower()
    return _with_json(area[_JSON_STARTS_AT:], uuid, sequence, size)


def _with_json(area: bytearray, uuid: str, sequence: int, size: int) -> LuksHeader | None:
    """The header with what its JSON area says; None when it is not as the specification has it."""
    try:
        metadata = json.loads(area.split(b"\0", 1)[0])
        config = metadata["config"]
        slots = [metadata["keyslots"][each]["kdf"] for each in sorted(metadata["keyslots"])]
        return LuksHeader(
            uuid=uuid,
            sequence=sequence,
            length_bytes=2 * size + int(config["keyslots_size"]),
            always_discards="allow-discards" in config.get("flags", ()),
            derivations=tuple((str(kdf["type"]), int(kdf.get("memory", 0))) for kdf in slots),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
