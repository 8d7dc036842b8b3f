"""The dm-verity hash tree of an image, made of its bytes as they go by (Linux, verity.rst). Pure.

It is 0.8 % of an image, and nearly all of it is another one when anything in the image has moved:
so it is made here rather than fetched. Only its superblock has to be known, for the salt.
"""

import hashlib
import struct
from typing import Final

from installer.roothash import BLOCK

_SUPERBLOCK: Final = struct.Struct("<8sII16s32sIIQH6s256s")
_MAGIC: Final = b"verity\0\0"
_ALGORITHM: Final = b"sha256"
_DIGEST: Final = hashlib.sha256().digest_size
SUPERBLOCK_BYTES: Final = BLOCK
"""The tree begins in the block behind it."""


class HashTree:
    """Of data of `data_bytes`, which are to be whole blocks. It keeps 1/128 of them."""

    def __init__(self, superblock: bytes, data_bytes: int) -> None:
        """Raises ValueError where the superblock is not of such a tree."""
        fields = _SUPERBLOCK.unpack_from(superblock)
        magic, version, kind, _uuid, algorithm, *numbers, _pad, salt = fields
        data_block, hash_block, blocks, salt_length = numbers
        if (magic, version, kind) != (_MAGIC, 1, 1) or algorithm.rstrip(b"\0") != _ALGORITHM:
            raise ValueError("not a hash tree of SHA-256, format 1")
        if (data_block, hash_block, blocks * BLOCK) != (BLOCK, BLOCK, data_bytes):
            raise ValueError("not a hash tree of this image")
        self._salted = hashlib.sha256(salt[:salt_length])
        self._digests = bytearray()
        self._rest = bytearray()

    def update(self, data: bytes) -> None:
        """What follows of the data."""
        view = memoryview(data)
        if self._rest:
            missing = min(BLOCK - len(self._rest), len(view))
            self._rest += view[:missing]
            view = view[missing:]
            if len(self._rest) == BLOCK:
                self._digests += self._digest(self._rest)
                self._rest.clear()
        whole = len(view) // BLOCK * BLOCK
        for start in range(0, whole, BLOCK):
            self._digests += self._digest(view[start : start + BLOCK])
        self._rest += view[whole:]

    def finish(self) -> tuple[str, bytes]:
        """The root in lower-case hex, and the tree as it stands behind its superblock."""
        levels: list[bytes] = []
        digests = bytes(self._digests)
        while len(digests) > _DIGEST:
            level = digests + bytes(-len(digests) % BLOCK)
            levels.append(level)
            blocks = (level[start : start + BLOCK] for start in range(0, len(level), BLOCK))
            digests = b"".join(self._digest(block) for block in blocks)
        return digests.hex(), b"".join(reversed(levels))

    def _digest(self, block: bytes | bytearray | memoryview) -> bytes:
        salted = self._salted.copy()
        salted.update(block)
        return salted.digest()
