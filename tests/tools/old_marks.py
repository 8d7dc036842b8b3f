"""Marks of what was on a disk before, as the tools of their own write them or byte for byte."""

import os
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from installer.quantity import GIB, KIB, MIB
from tests import zfs_label

BTRFS_COPIES = (64 * KIB, 64 * MIB, 256 * GIB)
BTRFS_MAGIC = (0x40, b"_BHRfS_M")
_MD_MAGIC = 0xA92B4EFC


@dataclass(frozen=True)
class Place:
    """A part of a device, in bytes."""

    device: str
    start: int
    size: int

    def write(self, offset: int, data: bytes) -> None:
        with Path(self.device).open("r+b", buffering=0) as file:
            file.seek(self.start + offset)
            file.write(data)
            os.fsync(file.fileno())

    def read(self, offset: int, count: int) -> bytes:
        with Path(self.device).open("rb", buffering=0) as file:
            file.seek(self.start + offset)
            return file.read(count)


def put_btrfs(place: Place) -> None:
    """A file system with all copies of its superblock that fit."""
    _by_tool(place, "mkfs.btrfs", "--quiet")


def put_zfs(place: Place) -> None:
    """Four labels, each with what zpool searches for and 128 uberblocks (zfs, vdev_label.c)."""
    for offset in zfs_label.offsets(place.size):
        place.write(offset, zfs_label.label())


def put_md(place: Place, version: str) -> None:
    """A superblock of a RAID 1 of two that blkid and mdadm recognise (md_p.h)."""
    block = bytearray(4096)
    if version == "0.90":
        struct.pack_into("<4I", block, 0, _MD_MAGIC, 0, 90, 0)
        place.write(place.size // (64 * KIB) * 64 * KIB - 64 * KIB, bytes(block))
        return
    offset = {"1.0": place.size // 4096 * 4096 - 8 * KIB, "1.1": 0, "1.2": 4096}[version]
    struct.pack_into("<3I", block, 0, _MD_MAGIC, 1, 0)
    struct.pack_into("<4I", block, 72, 1, 0, 0, 0)  # level
    struct.pack_into("<I", block, 92, 2)  # raid_disks
    struct.pack_into("<Q", block, 144, offset // 512)  # super_offset
    total = sum(struct.unpack("<64I", block[:256]))
    struct.pack_into("<I", block, 216, (total & 0xFFFFFFFF) + (total >> 32) & 0xFFFFFFFF)
    place.write(offset, bytes(block))


def put_lvm(place: Place) -> None:
    """A physical volume, by pvcreate over a loop device of its own."""
    _by_tool(place, "pvcreate", "--force", "--force", "--yes", "--quiet")


def put_luks2(place: Place) -> None:
    """A header whose second copy lies as far inside as it can: 4 MiB."""
    sizes = ("--luks2-metadata-size", "4m", "--luks2-keyslots-size", "8m")
    cheap = ("--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000")
    argv = ("cryptsetup", "luksFormat", "--batch-mode", "--type", "luks2", "--key-file", "-")
    _by_tool(place, *argv, *sizes, *cheap, text="secret")


def _by_tool(place: Place, *argv: str, text: str = "") -> None:
    over = subprocess.run(
        [
            *("losetup", "--find", "--show", "--offset", str(place.start)),
            *("--sizelimit", str(place.size), place.device),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    try:
        subprocess.run([*argv, over], input=text, text=True, capture_output=True, check=True)
    finally:
        subprocess.run(["losetup", "--detach", over], check=True)
