"""The partition table that an installation makes (DESIGN §2), as pure arithmetic."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from installer.answers import LayoutKind
from installer.hardware import Disk
from installer.quantity import GIB, MIB, align_up

ALIGNMENT: Final = MIB
GPT_TAIL: Final = MIB
"""Room left for the backup GPT: 33 sectors are needed (of 4096 bytes: 132 KiB); one alignment."""

BIOS_SIZE: Final = MIB
ESP_SIZE: Final = 512 * MIB
BOOT_SIZE: Final = GIB
SLOT_SIZE: Final = 2 * GIB
RECOVERY_SIZE: Final = 2 * GIB
DATA_MINIMUM: Final = 2 * GIB
"""Smallest data partition worth having: the image's /var, a home, room for BTRFS to breathe."""
LUKS_HEADER_SIZE: Final = 16 * MIB
"""What ``cryptsetup luksFormat --type luks2`` leaves before the data (cryptsetup(8))."""
EXTENT: Final = 4 * MIB
"""Unit of logical volumes: LVM's own default (lvm.conf, allocation/physical_extent_size)."""
VOLUME_GROUP: Final = "atomos"
"""Name of the volume group, and of the opened LUKS device below it."""
SLOT_GROWTH: Final = 1.25
"""A slot has a quarter more room than the image of today, for the image of next year."""


class Role(StrEnum):
    """What a partition is for; the value is its GPT label."""

    BIOS = "atomos-bios"
    ESP = "atomos-esp"
    BOOT = "atomos-boot"
    SLOT_A = "atomos-a"
    SLOT_B = "atomos-b"
    RECOVERY = "atomos-recovery"
    DATA = "atomos-data"
    LUKS = "atomos-luks"


LINUX_DATA: Final = "0fc63daf-8483-4772-8e79-3d69d8477de4"
LINUX_ROOT_X86_64: Final = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"
TYPE_GUIDS: Final = {
    Role.BIOS: "21686148-6449-6e6f-744e-656564454649",
    Role.ESP: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
    Role.BOOT: LINUX_DATA,
    Role.SLOT_A: LINUX_ROOT_X86_64,
    Role.SLOT_B: LINUX_ROOT_X86_64,
    Role.RECOVERY: LINUX_DATA,
    Role.DATA: LINUX_DATA,
    Role.LUKS: "ca7d7ccb-63ed-4c53-861c-1742536059cc",
}
READ_ONLY_BIT: Final = 60
NO_AUTO_BIT: Final = 63
SLOTS: Final = (Role.SLOT_A, Role.SLOT_B)
VOLUMES: Final = {Role.SLOT_A: "a", Role.SLOT_B: "b", Role.DATA: "data"}
"""Roles that are logical volumes where the disk is encrypted, and the volumes' names."""
FILE_SYSTEM_LABELS: Final = {
    Role.ESP: "ATOMOS-ESP",
    Role.BOOT: "atomos-boot",
    Role.DATA: "atomos-data",
}


@dataclass(frozen=True, kw_only=True)
class PartitionSpec:
    """One partition to be made; offset and size in bytes, both multiples of `ALIGNMENT`."""

    role: Role
    number: int
    start_bytes: int
    size_bytes: int
    guid: str

    @property
    def label(self) -> str:
        """GPT label."""
        return self.role.value

    @property
    def type_guid(self) -> str:
        """GPT type GUID, in lower case."""
        return TYPE_GUIDS[self.role]

    @property
    def attribute_bits(self) -> tuple[int, ...]:
        """GPT attribute bits: slots are read-only and never mounted by themselves."""
        return (READ_ONLY_BIT, NO_AUTO_BIT) if self.role in SLOTS else ()


@dataclass(frozen=True, kw_only=True)
class PartitionTable:
    """A whole GPT."""

    disk_guid: str | None
    """None where the disk's own stays as it is."""
    partitions: tuple[PartitionSpec, ...]

    @property
    def layout(self) -> LayoutKind:
        """Which layout it is."""
        return LayoutKind.PLAIN if self.find(Role.LUKS) is None else LayoutKind.ENCRYPTED

    def find(self, role: Role) -> PartitionSpec | None:
        """The partition of a role; None when the table has none."""
        return next((part for part in self.partitions if part.role is role), None)

    def part(self, role: Role) -> PartitionSpec:
        """The partition of a role that every table has. Raises KeyError for another."""
        found = self.find(role)
        if found is None:
            raise KeyError(role)
        return found


def partition_path(disk_path: str, number: int) -> str:
    """Device node of a partition: the kernel puts a ``p`` between when the disk ends in a digit."""
    return f"{disk_path}p{number}" if disk_path[-1].isdigit() else f"{disk_path}{number}"


def volume_path(role: Role) -> str:
    """Device node of the logical volume of a role. Raises KeyError for one that is none."""
    return f"/dev/{VOLUME_GROUP}/{VOLUMES[role]}"


def slot_size_for(image_bytes: int, contract_minimum: int) -> int:
    """Slot size in bytes for an image when the answers do not say one."""
    grown = align_up(int(image_bytes * SLOT_GROWTH), ALIGNMENT)
    return max(SLOT_SIZE, align_up(contract_minimum, ALIGNMENT), grown)


def smallest_disk(layout: LayoutKind, slot_bytes: int, recovery_bytes: int) -> int:
    """Bytes of the smallest disk that this layout fits on."""
    fixed = sum(size for _, size in _fixed_sizes(layout, slot_bytes, recovery_bytes))
    return ALIGNMENT + fixed + _smallest_rest(layout, slot_bytes) + GPT_TAIL


def new_table(
    disk: Disk,
    layout: LayoutKind,
    *,
    slot_bytes: int,
    recovery_bytes: int,
    disk_guid: str,
    guids: dict[Role, str],
) -> PartitionTable:
    """The table of a layout on `disk`; `recovery_bytes` 0 means no recovery partition.

    Raises ValueError when the disk is smaller than `smallest_disk`.
    """
    if disk.size_bytes < smallest_disk(layout, slot_bytes, recovery_bytes):
        raise ValueError("the disk is too small")
    start = ALIGNMENT
    specs: list[PartitionSpec] = []
    sizes = _fixed_sizes(layout, slot_bytes, recovery_bytes)
    for number, (role, size) in enumerate(sizes, start=1):
        specs.append(_spec(role, number, start, size, guids))
        start += size
    rest = (disk.size_bytes - GPT_TAIL - start) // ALIGNMENT * ALIGNMENT
    last = Role.LUKS if layout is LayoutKind.ENCRYPTED else Role.DATA
    specs.append(_spec(last, len(specs) + 1, start, rest, guids))
    return PartitionTable(disk_guid=disk_guid, partitions=tuple(specs))


def _fixed_sizes(
    layout: LayoutKind, slot_bytes: int, recovery_bytes: int
) -> tuple[tuple[Role, int], ...]:
    """Everything before the last partition, in the order on the disk."""
    sizes = [(Role.BIOS, BIOS_SIZE), (Role.ESP, ESP_SIZE), (Role.BOOT, BOOT_SIZE)]
    if layout is LayoutKind.PLAIN:
        sizes += [(Role.SLOT_A, slot_bytes), (Role.SLOT_B, slot_bytes)]
    if recovery_bytes:
        sizes.append((Role.RECOVERY, recovery_bytes))
    return tuple(sizes)


def _smallest_rest(layout: LayoutKind, slot_bytes: int) -> int:
    """Bytes of the smallest last partition: the data, and in LUKS both slots before them."""
    if layout is LayoutKind.PLAIN:
        return DATA_MINIMUM
    return smallest_luks(slot_bytes)


def smallest_luks(slot_bytes: int) -> int:
    """Bytes of the smallest partition that LUKS with both slots and the data fits into."""
    volumes = 2 * align_up(slot_bytes, EXTENT) + align_up(DATA_MINIMUM, EXTENT)
    # One extent for LVM's own metadata, which takes 1 MiB at the front and none at the end.
    return LUKS_HEADER_SIZE + EXTENT + volumes


def largest_slot(luks_bytes: int) -> int:
    """Bytes of each slot that LUKS in so many bytes has room for beside the data; 0 at least."""
    return max(0, luks_bytes - smallest_luks(0)) // 2 // EXTENT * EXTENT


def _spec(role: Role, number: int, start: int, size: int, guids: dict[Role, str]) -> PartitionSpec:
    return PartitionSpec(
        role=role, number=number, start_bytes=start, size_bytes=size, guid=guids[role]
    )
