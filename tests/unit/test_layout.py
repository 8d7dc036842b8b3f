"""The arithmetic of the table: the smallest disk works, and one MiB less does not."""

import dataclasses

import pytest

from installer.answers import LayoutKind
from installer.layout import (
    DATA_MINIMUM,
    EXTENT,
    GPT_TAIL,
    LUKS_HEADER_SIZE,
    PartitionTable,
    Role,
    new_table,
    slot_size_for,
    smallest_disk,
    volume_path,
)
from installer.quantity import GIB, MIB, TIB, align_up
from tests.unit.samples import DISK, IDENTIFIERS

PV_START = MIB
"""pvcreate(8) leaves so much before the first extent (lvm.conf, devices/default_data_alignment)."""


def table(size: int, layout: LayoutKind, slot: int, recovery: int) -> PartitionTable:
    return new_table(
        dataclasses.replace(DISK, size_bytes=size),
        layout,
        slot_bytes=slot,
        recovery_bytes=recovery,
        disk_guid=IDENTIFIERS.disk_guid,
        guids=IDENTIFIERS.partition_guids,
    )


CASES = [
    (layout, slot, recovery)
    for layout in LayoutKind
    for slot in (2 * GIB, 2 * GIB + MIB, 3 * GIB + 7 * MIB)
    for recovery in (0, 2 * GIB)
]


@pytest.mark.parametrize(("layout", "slot", "recovery"), CASES)
def test_the_smallest_disk_has_room_for_the_data_and_one_mib_less_is_refused(
    layout: LayoutKind, slot: int, recovery: int
) -> None:
    smallest = smallest_disk(layout, slot, recovery)
    last = table(smallest, layout, slot, recovery).partitions[-1]
    assert last.start_bytes + last.size_bytes + GPT_TAIL == smallest
    if layout is LayoutKind.PLAIN:
        assert last.size_bytes == DATA_MINIMUM
    else:
        extents = (last.size_bytes - LUKS_HEADER_SIZE - PV_START) // EXTENT
        data = extents * EXTENT - 2 * align_up(slot, EXTENT)
        assert data == DATA_MINIMUM
    with pytest.raises(ValueError, match="too small"):
        table(smallest - MIB, layout, slot, recovery)


@pytest.mark.parametrize(("layout", "slot", "recovery"), CASES)
def test_partitions_are_aligned_and_follow_each_other(
    layout: LayoutKind, slot: int, recovery: int
) -> None:
    found = table(5 * TIB + 4096, layout, slot, recovery)
    place = MIB
    for number, part in enumerate(found.partitions, start=1):
        assert (part.number, part.start_bytes) == (number, place)
        assert part.size_bytes % MIB == 0
        place += part.size_bytes
    assert found.layout is layout
    assert found.partitions[-1].size_bytes > 4 * TIB


def test_the_encrypted_layout_is_that_of_the_design() -> None:
    found = table(16 * GIB, LayoutKind.ENCRYPTED, 2 * GIB, 2 * GIB)
    assert [part.label for part in found.partitions] == [
        "atomos-bios",
        "atomos-esp",
        "atomos-boot",
        "atomos-recovery",
        "atomos-luks",
    ]
    assert found.part(Role.LUKS).type_guid == "ca7d7ccb-63ed-4c53-861c-1742536059cc"
    assert [volume_path(role) for role in (Role.SLOT_A, Role.SLOT_B, Role.DATA)] == [
        "/dev/atomos/a",
        "/dev/atomos/b",
        "/dev/atomos/data",
    ]


@pytest.mark.parametrize(
    ("image", "minimum", "slot"),
    [
        (100 * MIB, 0, 2 * GIB),
        (1600 * MIB, 0, 2 * GIB),
        (1700 * MIB, 0, 2125 * MIB),
        (100 * MIB, 3 * GIB + 1, 3 * GIB + MIB),
        (4 * GIB, 3 * GIB, 5 * GIB),
    ],
)
def test_a_slot_follows_image_and_contract_with_room_to_grow(
    image: int, minimum: int, slot: int
) -> None:
    assert slot_size_for(image, minimum) == slot
