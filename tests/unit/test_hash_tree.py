"""The hash tree of an image, made of its bytes as they go by; the tool's own are in tests/tools."""

import hashlib
import struct

import pytest

from installer.hash_tree import HashTree
from installer.roothash import BLOCK

SALT = bytes(range(32))


def superblock(data_blocks: int, **changed: int | bytes) -> bytes:
    """As veritysetup(8) writes it, with other values in some fields."""
    fields: dict[str, int | bytes] = {
        "magic": b"verity\0\0",
        "version": 1,
        "kind": 1,
        "uuid": bytes(16),
        "algorithm": b"sha256",
        "data_block": BLOCK,
        "hash_block": BLOCK,
        "blocks": data_blocks,
        "salt_length": len(SALT),
        "pad": b"",
        "salt": SALT,
    }
    packed = struct.pack("<8sII16s32sIIQH6s256s", *{**fields, **changed}.values())
    return packed.ljust(BLOCK, b"\0")


def digest(block: bytes) -> bytes:
    return hashlib.sha256(SALT + block).digest()


def test_a_single_block_is_its_own_root() -> None:
    tree = HashTree(superblock(1), BLOCK)
    tree.update(b"x" * BLOCK)
    assert tree.finish() == (digest(b"x" * BLOCK).hex(), b"")


@pytest.mark.parametrize("piece", [1, 1000, BLOCK, BLOCK + 1, 100 * BLOCK])
def test_two_levels_whatever_pieces_come(piece: int) -> None:
    """129 blocks have two blocks of digests, and those have one above them."""
    count = BLOCK // 32 + 1
    data = b"".join(struct.pack("<I", number) * (BLOCK // 4) for number in range(count))
    tree = HashTree(superblock(count), len(data))
    for start in range(0, len(data), piece):
        tree.update(data[start : start + piece])
    leaves = [digest(data[start : start + BLOCK]) for start in range(0, len(data), BLOCK)]
    lower = b"".join(leaves[:128]), leaves[128].ljust(BLOCK, b"\0")
    upper = b"".join(map(digest, lower)).ljust(BLOCK, b"\0")
    assert tree.finish() == (digest(upper).hex(), upper + b"".join(lower))


@pytest.mark.parametrize(
    "changed",
    [
        {"magic": b"hsqs"},
        {"version": 2},
        {"kind": 0},
        {"algorithm": b"sha512"},
        {"data_block": 512},
        {"hash_block": 512},
        {"blocks": 2},
    ],
)
def test_another_tree_is_not_made(changed: dict[str, int | bytes]) -> None:
    with pytest.raises(ValueError, match="hash tree"):
        HashTree(superblock(1, **changed), BLOCK)
