"""LUKS2 headers, read byte by byte as the specification has them."""

import hashlib
import json
import struct
from pathlib import Path

import pytest

from backends.luks_header import LuksHeader, read_headers

UUID = "12345678-9abc-4def-8123-456789abcdef"
METADATA = {
    "keyslots": {
        "0": {"kdf": {"type": "argon2id", "memory": 65536}},
        "1": {"kdf": {"type": "pbkdf2"}},
    },
    "config": {"json_size": "12288", "keyslots_size": "16744448", "flags": ["allow-discards"]},
}
EXPECTED = LuksHeader(
    uuid=UUID,
    sequence=3,
    length_bytes=16 << 20,
    always_discards=True,
    derivations=(("argon2id", 65536), ("pbkdf2", 0)),
)


def header(
    magic: bytes, offset: int, *, size: int = 16384, version: int = 2, metadata: object = METADATA
) -> bytes:
    """One header with its checksum."""
    fixed = struct.pack(">6sHQQ48s32s", magic, version, size, 3, b"", b"sha256")
    fixed += bytes(64) + UUID.upper().encode().ljust(40, b"\0") + bytes(48)
    fixed += struct.pack(">Q", offset) + bytes(184 + 64)
    area = fixed.ljust(4096, b"\0") + json.dumps(metadata).encode()
    area = area.ljust(size, b"\0")
    return area[:448] + hashlib.sha256(area).digest().ljust(64, b"\0") + area[512:]


PRIMARY = header(b"LUKS\xba\xbe", 0)


def secondary(size: int = 16384) -> bytes:
    return header(b"SKUL\xba\xbe", size, size=size)


def read(tmp_path: Path, data: bytes) -> tuple[LuksHeader | None, LuksHeader | None]:
    file = tmp_path / "device"
    file.write_bytes(data)
    return read_headers(str(file))


def test_both_headers(tmp_path: Path) -> None:
    assert read(tmp_path, PRIMARY + secondary()) == (EXPECTED, EXPECTED)


@pytest.mark.parametrize("size", [0x4000 << power for power in range(9)])
def test_a_damaged_primary_one(tmp_path: Path, size: int) -> None:
    data = b"\0" * size + secondary(size)
    primary, found = read(tmp_path, data)
    assert primary is None
    assert found is not None
    assert found.uuid == UUID


@pytest.mark.parametrize("place", [0, 7, 30, 170, 460, 4100, 16383])
def test_a_changed_byte_is_seen(tmp_path: Path, place: int) -> None:
    data = bytearray(PRIMARY + secondary())
    data[place] ^= 1
    assert read(tmp_path, bytes(data)) == (None, EXPECTED)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PRIMARY[:100],
        PRIMARY[:5000],
        bytes(16384),
        header(b"LUKS\xba\xbe", 0, version=1),
        header(b"LUKS\xba\xbe", 0, size=20480),
        header(b"LUKS\xba\xbe", 4096),
        header(b"LUKS\xba\xbe", 0, metadata=[]),
        header(b"LUKS\xba\xbe", 0, metadata={"keyslots": {}, "config": {}}),
        header(b"LUKS\xba\xbe", 0, metadata={**METADATA, "keyslots": {"0": 1}}),
    ],
)
def test_anything_else_is_none(tmp_path: Path, data: bytes) -> None:
    assert read(tmp_path, data) == (None, None)
