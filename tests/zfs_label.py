"""Labels of a ZFS pool, as blkid recognises them, without ZFS: ``python3 zfs_label.py DEVICE``.

Four of them, two at either end, each with an nvlist at 16 KiB and 128 uberblocks from 128 KiB on
(OpenZFS, vdev_impl.h and uberblock_impl.h; nvlists are in XDR). libblkid before 2.41 counts the
uberblocks, later ones read the nvlist.
"""

import struct
import sys
from pathlib import Path

LABEL = 256 << 10
_UINT64, _STRING = 8, 9


def _text(word: bytes) -> bytes:
    return struct.pack(">I", len(word)) + word + bytes(-len(word) % 4)


def _pair(name: bytes, kind: int, value: bytes) -> bytes:
    body = _text(name) + struct.pack(">II", kind, 1) + value
    return struct.pack(">II", len(body) + 8, len(body) + 8) + body


def label() -> bytes:
    """One label of a member of the pool ``tank``."""
    numbers = {b"version": 5000, b"state": 0, b"txg": 4, b"pool_guid": 1234567, b"guid": 7654321}
    pairs = _pair(b"name", _STRING, _text(b"tank"))
    for name, number in numbers.items():
        pairs += _pair(name, _UINT64, struct.pack(">Q", number))
    nvlist = b"\1\1\0\0" + struct.pack(">II", 0, 1) + pairs
    made = bytearray(LABEL)
    made[16 << 10 : (16 << 10) + len(nvlist)] = nvlist
    for number in range(128):
        struct.pack_into("<5Q", made, (128 + number) << 10, 0xBAB10C, 5000, number + 1, 1, 1)
    return bytes(made)


def offsets(size: int) -> tuple[int, ...]:
    """Where the labels are on a device of `size` bytes."""
    end = size // LABEL * LABEL
    return (0, LABEL, end - 2 * LABEL, end - LABEL)


if __name__ == "__main__":
    with Path(sys.argv[1]).open("r+b") as device:
        for offset in offsets(device.seek(0, 2)):
            device.seek(offset)
            device.write(label())
