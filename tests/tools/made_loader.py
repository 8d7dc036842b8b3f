"""A program for UEFI that starts nothing, but says which generation it is of."""

import struct

_START = 0x40
_HEADER = 24 + 40


def made_loader(sbat: str | None, more: bytes = b"") -> bytes:
    """A PE file with one section, and `more` at its end; None: it has no ``.sbat``."""
    text = (sbat or "nothing").encode()
    name = b".text" if sbat is None else b".sbat"
    head = bytearray(_START)
    head[:2] = b"MZ"
    struct.pack_into("<I", head, 0x3C, _START)
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 0, 0x22)
    place = _START + _HEADER
    section = struct.pack(
        "<8sIIIIIIHHI", name, len(text), 0x1000, len(text), place, 0, 0, 0, 0, 0x40
    )
    return bytes(head) + coff + section + text + more
