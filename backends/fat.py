"""Two files of a FAT32 folder change places, so that each name has one of both whole at any moment.

A rename over a name that is there takes that away first: between the two writes the firmware finds
nothing to start. Here nothing but first cluster and size in the folder's entries is written, in one
sector where both are in one, as in folders that the installer made (FAT specification 1.03,
"Directory Structure").
"""

import os
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from backends.block_device import opened, write_at
from backends.file_errors import file_errors
from installer.errors import InstallError
from installer.text import _

_HEAD: Final = struct.Struct("<11xHBHB")
_FAT_SECTORS: Final = struct.Struct("<32xII4xI")
_TABLE_ENTRY: Final = 4
_ENTRY: Final = 32
_NAME: Final = 11
_ATTRIBUTES: Final = 11
_VOLUME_ID: Final = 0x08
"""Set in the label's entry, and in the parts of a long name."""
_FOLDER: Final = 0x10
_HIGH: Final = slice(20, 22)
_LOW_AND_SIZE: Final = slice(26, 32)
_REMOVED: Final = 0xE5
_CLUSTER_MASK: Final = 0x0FFFFFFF
_LAST_CLUSTER: Final = 0x0FFFFFF8
_LONGEST_FOLDER: Final = 1024
"""Clusters that are followed of one: a circle comes to an end."""


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """An entry of a folder, and where it is on the device."""

    offset: int
    data: bytes

    @property
    def cluster(self) -> int:
        """The first one."""
        return int.from_bytes(self.data[_HIGH], "little") << 16 | int.from_bytes(
            self.data[_LOW_AND_SIZE][:2], "little"
        )

    def holding(self, other: "_Entry") -> bytes:
        """This name with what the other one holds."""
        data = bytearray(self.data)
        data[_HIGH] = other.data[_HIGH]
        data[_LOW_AND_SIZE] = other.data[_LOW_AND_SIZE]
        return bytes(data)


class Fat32:
    """An unmounted FAT32, opened for reading and writing; errors are about `device`."""

    def __init__(self, descriptor: int, device: str) -> None:
        self._descriptor = descriptor
        self._device = device
        head = os.pread(descriptor, 512, 0)
        self._sector, per_cluster, reserved, copies = (
            _HEAD.unpack_from(head) if len(head) == 512 else (0, 0, 0, 0)
        )
        sectors, fat_sectors, self._root = (
            _FAT_SECTORS.unpack_from(head) if len(head) == 512 else (0, 0, 0)
        )
        if head[-2:] != b"\x55\xaa" or head[82:87] != b"FAT32" or not self._sector * per_cluster:
            raise self._odd()
        self._table = reserved * self._sector
        self._data = self._table + copies * fat_sectors * self._sector
        self._cluster = per_cluster * self._sector
        self._clusters = (sectors * self._sector - self._data) // self._cluster

    def room(self, *, files: int) -> int:
        """Bytes that are free for something of `files` files and folders, each of which may leave
        nearly a cluster empty."""
        size = (self._clusters + 2) * _TABLE_ENTRY
        table = array("I", os.pread(self._descriptor, size, self._table))
        free = sum(not entry & _CLUSTER_MASK for entry in table[2:])
        return max(free - files, 0) * int(self._cluster)

    def exchange(self, folder: PurePosixPath, one: str, other: str) -> None:
        """Have `one` hold what `other` holds, and the other way round; both are short names.

        Killed at any point, `one` holds one of both whole. Where the entries are in two sectors,
        and power goes between their writes, the clusters of the other belong to no file for good.
        Raises InstallError where one of them is missing.
        """
        first, second = (self._found(folder, name) for name in (one, other))
        writes = [(first.offset, first.holding(second)), (second.offset, second.holding(first))]
        sectors = {offset // self._sector for offset, _data in writes}
        if len(sectors) == 1:
            start = sectors.pop() * self._sector
            whole = bytearray(os.pread(self._descriptor, self._sector, start))
            for offset, data in writes:
                whole[offset - start : offset - start + _ENTRY] = data
            self._write(start, bytes(whole))
            return
        # Never two names for the same clusters: who removes one would free the other's.
        self._write(second.offset, bytes((_REMOVED,)) + second.data[1:])
        for offset, data in writes:
            self._write(offset, data)

    def _write(self, offset: int, data: bytes) -> None:
        start = offset // self._sector * self._sector
        sector = bytearray(os.pread(self._descriptor, self._sector, start))
        sector[offset - start : offset - start + len(data)] = data
        write_at(self._descriptor, bytes(sector), start)
        os.fsync(self._descriptor)

    def _found(self, folder: PurePosixPath, name: str) -> _Entry:
        cluster = self._root
        for part in folder.parts[folder.is_absolute() :]:
            inside = self._entry(cluster, part)
            if inside is None or not inside.data[_ATTRIBUTES] & _FOLDER:
                raise self._odd()
            cluster = inside.cluster or self._root
        found = self._entry(cluster, name)
        if found is None or found.data[_ATTRIBUTES] & _FOLDER:
            raise self._odd()
        return found

    def _entry(self, cluster: int, name: str) -> _Entry | None:
        wanted = _short(name)
        for entry in self._entries(cluster):
            if entry.data[:_NAME] == wanted and not entry.data[_ATTRIBUTES] & _VOLUME_ID:
                return entry
        return None

    def _entries(self, cluster: int) -> Iterator[_Entry]:
        for _each in range(_LONGEST_FOLDER):
            start = self._data + (cluster - 2) * self._cluster
            data = os.pread(self._descriptor, self._cluster, start)
            for place in range(0, len(data), _ENTRY):
                if not data[place]:
                    return
                yield _Entry(offset=start + place, data=data[place : place + _ENTRY])
            cluster = self._next(cluster)
            if not 2 <= cluster < _LAST_CLUSTER:
                return

    def _next(self, cluster: int) -> int:
        data = os.pread(self._descriptor, _TABLE_ENTRY, self._table + _TABLE_ENTRY * cluster)
        return int.from_bytes(data, "little") & _CLUSTER_MASK

    def _odd(self) -> InstallError:
        return InstallError(
            _("the file system on {device} is not as the installer makes it").format(
                device=self._device
            ),
            device=self._device,
            way_out=_("Look at it with `fsck.fat -n`; an installation makes it anew."),
        )


def exchange(device: str, folder: PurePosixPath, one: str, other: str) -> None:
    """See Fat32.exchange; the device is in nobody else's hands. Raises InstallError."""
    with opened(device, os.O_RDWR | os.O_EXCL) as descriptor, file_errors(device):
        Fat32(descriptor, device).exchange(folder, one, other)


def room_on(device: str, *, files: int) -> int:
    """See Fat32.room. Raises InstallError."""
    with opened(device, os.O_RDONLY) as descriptor, file_errors(device):
        return Fat32(descriptor, device).room(files=files)


def _short(name: str) -> bytes:
    """A name of 8 and 3 characters, as it stands in an entry."""
    base, _dot, suffix = name.upper().partition(".")
    return base.encode("ascii").ljust(8)[:8] + suffix.encode("ascii").ljust(3)[:3]
