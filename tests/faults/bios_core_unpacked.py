"""GRUB's core for BIOS machines unpacked: the UUID of /boot stands in it."""

import lzma
import struct
from typing import Final

SECTOR: Final = 512
_SIZES: Final = struct.Struct("<II")
_SIZES_AT: Final = SECTOR + 8
"""Packed and unpacked size, in the unpacking code behind the first sector (GRUB,
include/grub/offsets.h, GRUB_DECOMPRESSOR_I386_PC_COMPRESSED_SIZE)."""
_BLOCK_LIST: Final = slice(0x1F4, 0x200)
"""In the first sector: how long the rest is, as it is packed (GRUB, grub-core/boot/i386/pc/
diskboot.S)."""
_LARGEST: Final = 1 << 24
_LZMA: Final = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}
"""As grub-mkimage packs it (util/mkimage.c, compress_kernel_lzma)."""


def unpacked(core: bytes) -> bytes | None:
    """Its code, lengths left out, and GRUB's kernel with modules and files.

    None for anything that is no such core.
    """
    if len(core) < _SIZES_AT + _SIZES.size:
        return None
    packed, length = _SIZES.unpack_from(core, _SIZES_AT)
    if not (0 < packed < len(core) - SECTOR and packed < length < _LARGEST):
        return None
    try:
        decoder = lzma.LZMADecompressor(format=lzma.FORMAT_RAW, filters=[_LZMA])
        data = decoder.decompress(core[-packed:], max_length=length)
    except lzma.LZMAError:
        return None
    if len(data) != length:
        return None
    code = bytearray(core[:-packed])
    code[_BLOCK_LIST] = bytes(_BLOCK_LIST.stop - _BLOCK_LIST.start)
    _SIZES.pack_into(code, _SIZES_AT, 0, 0)
    return bytes(code) + data
