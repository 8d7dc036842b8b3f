"""Making a file system full, and giving its room back."""

import contextlib
import os
import struct
from array import array
from pathlib import Path
from typing import Final, Protocol

from backends.mounts import Mounts
from installer.quantity import GIB
from tests.faults.trace import FileSystem

FILLER: Final = ".fills-it-all"
SMALLEST: Final = 512
"""Bytes: with one piece of this size less than what is asked for, there is no room for a file."""
_FREE: Final = 0
_TAKEN: Final = 0x0FFFFFF7
"""A cluster that nobody may use, as FAT32 says it of a bad one."""
_PARAMETERS: Final = struct.Struct("<11x H B H B 2x 2x B 2x 2x 2x 4x I I")
"""The BIOS parameter block of FAT32 from its start: bytes a sector, sectors a cluster, reserved
sectors, FATs, media, sectors in all, sectors a FAT (Microsoft's FAT specification 1.03)."""
_SUMMARY: Final = 48
"""Offset of the number of the sector with the count of free clusters, FSInfo (the same)."""
_FREE_COUNT: Final = 488
"""Offset of that count in it."""
_FAT_MEDIUM: Final = 0xF8


class Filling(Protocol):
    """A file system that is full for a while."""

    def fill(self) -> None:
        """Leave no room in it."""
        ...

    def empty(self) -> None:
        """Give the room back; without `fill` before, nothing happens."""
        ...


def filling_of(file_system: FileSystem, mounts: Mounts) -> Filling:
    """For FAT without the kernel's driver, which not every kernel has; for others by mounting."""
    if file_system.kind == "vfat":
        return _Clusters(Path(file_system.device))
    return _Mounted(file_system, mounts)


class _Mounted:
    """By a file that has all the room, whatever pieces it comes in."""

    def __init__(self, file_system: FileSystem, mounts: Mounts) -> None:
        self._device, self._kind = file_system.device, file_system.kind
        self._mounts = mounts

    def fill(self) -> None:
        """See Filling."""
        with self._mounts.device(self._device, self._kind, read_only=False) as top:
            descriptor = os.open(top / FILLER, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                end, piece = 0, GIB
                while piece >= SMALLEST:
                    with contextlib.suppress(OSError):
                        os.posix_fallocate(descriptor, end, piece)
                        end += piece
                        continue
                    piece //= 2
                with contextlib.suppress(OSError):
                    while True:
                        end += os.pwrite(descriptor, bytes(SMALLEST), end)
            finally:
                os.close(descriptor)

    def empty(self) -> None:
        """See Filling."""
        with self._mounts.device(self._device, self._kind, read_only=False) as top:
            (top / FILLER).unlink(missing_ok=True)


class _Clusters:
    """By marking each free cluster in the table: half a MiB is written, not half a GiB."""

    def __init__(self, device: Path) -> None:
        self._device = device

    def fill(self) -> None:
        """See Filling."""
        self._replace(_FREE, _TAKEN)

    def empty(self) -> None:
        """See Filling."""
        self._replace(_TAKEN, _FREE)

    def _replace(self, old: int, new: int) -> None:
        with self._device.open("r+b", buffering=0) as device:
            start = device.read(512)
            sector, per_cluster, reserved, fats, _media, sectors, per_fat = _PARAMETERS.unpack_from(
                start
            )
            clusters = (sectors - reserved - fats * per_fat) // per_cluster
            for number in range(fats):
                place = (reserved + number * per_fat) * sector
                entries = array("I", os.pread(device.fileno(), (clusters + 2) * 4, place))
                changed = array("I", (new if each == old else each for each in entries))
                os.pwrite(device.fileno(), changed.tobytes(), place)
                free = len([each for each in changed[2:] if each == _FREE])
            # What it says itself of its room has to agree, or it is repaired.
            (summary,) = struct.unpack_from("<H", start, _SUMMARY)
            os.pwrite(device.fileno(), struct.pack("<I", free), summary * sector + _FREE_COUNT)
            os.fsync(device.fileno())
