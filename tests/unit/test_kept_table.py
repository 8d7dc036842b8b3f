"""A table that is on a disk already: known by labels and types, whatever its numbers."""

import dataclasses

import pytest

from installer.answers import LayoutKind
from installer.hardware import Disk, Partition
from installer.kept_table import found_layout, found_table, table_faults
from installer.layout import Role
from installer.quantity import GIB, MIB
from tests.unit.samples import DISK, installed


def changed(disk: Disk, label: str, **changes: object) -> Disk:
    parts = tuple(
        dataclasses.replace(part, **changes) if part.label == label else part  # type: ignore[arg-type]
        for part in disk.partitions
    )
    return dataclasses.replace(disk, partitions=parts)


def without(disk: Disk, label: str) -> Disk:
    parts = tuple(part for part in disk.partitions if part.label != label)
    return dataclasses.replace(disk, partitions=parts)


def plus(disk: Disk, **changes: object) -> Disk:
    part = Partition(path="/dev/vda9", number=9, start_bytes=15 * GIB, size_bytes=MIB)
    added = dataclasses.replace(part, **changes)  # type: ignore[arg-type]
    return dataclasses.replace(disk, partitions=(*disk.partitions, added))


@pytest.mark.parametrize("layout", list(LayoutKind))
@pytest.mark.parametrize("recovery", [True, False])
def test_what_was_made_is_found_again(layout: LayoutKind, recovery: bool) -> None:
    disk = installed(layout, recovery=recovery)
    table = found_table(disk)
    assert table.layout is found_layout(disk) is layout
    assert (table.find(Role.RECOVERY) is not None) is recovery
    assert table.disk_guid is None
    for part, spec in zip(disk.partitions, table.partitions, strict=True):
        assert (spec.label, spec.number, spec.guid) == (part.label, part.number, part.guid)
        assert (spec.start_bytes, spec.size_bytes) == (part.start_bytes, part.size_bytes)


def test_numbers_are_the_disk_s_and_partitions_of_others_are_left_out() -> None:
    disk = plus(installed(), label="games")
    parts = tuple(dataclasses.replace(part, number=part.number + 20) for part in disk.partitions)
    table = found_table(dataclasses.replace(disk, partitions=parts))
    assert table.part(Role.ESP).number == 22
    assert len(table.partitions) == 7


@pytest.mark.parametrize(
    ("disk", "faults"),
    [
        (DISK, ("it has no GPT",)),
        (dataclasses.replace(installed(), table="dos"), ("it has no GPT",)),
        (without(installed(), "atomos-bios"), ("atomos-bios is missing",)),
        (
            without(without(installed(), "atomos-b"), "atomos-data"),
            ("atomos-b is missing", "atomos-data is missing"),
        ),
        (without(installed(LayoutKind.ENCRYPTED), "atomos-boot"), ("atomos-boot is missing",)),
        (
            plus(without(installed(), "atomos-esp"), label=None, path="/dev/vda2"),
            ("what /dev/vda2 is could not be told",),
        ),
        (
            changed(installed(), "atomos-esp", type_guid=None),
            ("/dev/vda2 is called atomos-esp and is of another type",),
        ),
        (
            changed(installed(), "atomos-recovery", type_guid="else"),
            ("/dev/vda6 is called atomos-recovery and is of another type",),
        ),
        (
            plus(
                installed(),
                label="atomos-recovery",
                guid="x",
                type_guid="0fc63daf-8483-4772-8e79-3d69d8477de4",
            ),
            ("atomos-recovery is there 2 times",),
        ),
        (
            plus(installed(LayoutKind.ENCRYPTED), label="atomos-data"),
            ("atomos-data stands beside atomos-luks",),
        ),
    ],
)
def test_another_layout_is_told_with_all_that_is_wrong(disk: Disk, faults: tuple[str, ...]) -> None:
    assert table_faults(disk) == faults
    with pytest.raises(ValueError, match=faults[0]):
        found_table(disk)
