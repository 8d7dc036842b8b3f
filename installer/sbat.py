"""Which loaders of UEFI machines are older than others, by what they say of themselves. Pure.

A loader says in its section ``.sbat`` which generation it is of each part; what has a hole that was
found gets the next one, and shim starts nothing below the generations that are in force
(rhboot/shim, SBAT.md).
"""

import struct
from collections.abc import Mapping
from typing import Final

_PE_AT: Final = 0x3C
_SECTIONS: Final = struct.Struct("<4x2xH12xH")
_SECTION: Final = struct.Struct("<8sI4xII")
_SECTION_BYTES: Final = 40
_FILE_HEADER: Final = 24


def generations_in(program: bytes) -> dict[str, int]:
    """Of a program for UEFI: each part with its generation; nothing where it does not say."""
    section = _section(program, b".sbat")
    return generations(section.rstrip(b"\0"))


def generations(text: bytes) -> dict[str, int]:
    """Of lines ``part,generation,…``; others are passed over."""
    found = {}
    for line in text.decode("utf-8", "replace").splitlines():
        name, _comma, rest = line.partition(",")
        number = rest.partition(",")[0]
        if number.isascii() and number.isdigit():
            found[name] = int(number)
    return found


def falls_below(offered: Mapping[str, int], floor: Mapping[str, int]) -> bool:
    """Whether a part of what is offered has a lower generation than `floor` has."""
    return any(offered[name] < floor[name] for name in offered.keys() & floor.keys())


def _section(program: bytes, name: bytes) -> bytes:
    """The bytes of a section of a PE file; none where it has none, or is no such file."""
    try:
        (start,) = struct.unpack_from("<I", program, _PE_AT)
        count, optional = _SECTIONS.unpack_from(program, start)
        if program[start : start + 4] != b"PE\0\0":
            return b""
        for number in range(count):
            place = start + _FILE_HEADER + optional + _SECTION_BYTES * number
            found, used, stored, offset = _SECTION.unpack_from(program, place)
            if found.rstrip(b"\0") == name:
                return program[offset : offset + min(used or stored, stored)]
    except struct.error:
        pass
    return b""
