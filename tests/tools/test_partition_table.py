"""Partition tables on real loop devices: what was planned is what is read back."""

import dataclasses
import os
import subprocess
from pathlib import Path

import pytest

from backends.block_device import are_ends_readable
from backends.file_systems import Makers
from backends.mounts import Mounts
from backends.partition_table import Sfdisk
from backends.runner import Runner
from installer.answers import LayoutKind
from installer.errors import InstallError
from installer.hardware import Disk
from installer.layout import PartitionTable, Role, new_table, partition_path
from installer.machinery import WrittenPartition, WrittenTable
from installer.quantity import GIB, MIB
from tests.tools.conftest import LoopMaker

DISK_GUID = "11111111-2222-4333-8444-555555555555"
GUIDS = {role: f"aaaaaaaa-0000-4000-8000-{number:012x}" for number, role in enumerate(Role)}


def table_for(path: str, size: int, layout: LayoutKind = LayoutKind.PLAIN) -> PartitionTable:
    return new_table(
        Disk(path=path, size_bytes=size),
        layout,
        slot_bytes=2 * GIB,
        recovery_bytes=2 * GIB,
        disk_guid=DISK_GUID,
        guids=GUIDS,
    )


def as_written(table: PartitionTable) -> WrittenTable:
    return WrittenTable(
        disk_guid=DISK_GUID,
        partitions=tuple(
            WrittenPartition(
                number=part.number,
                start_bytes=part.start_bytes,
                size_bytes=part.size_bytes,
                type_guid=part.type_guid,
                label=part.label,
                guid=part.guid,
                attribute_bits=part.attribute_bits,
            )
            for part in table.partitions
        ),
    )


@pytest.mark.parametrize("layout", LayoutKind)
@pytest.mark.parametrize("sector", [512, 4096])
@pytest.mark.parametrize("size", [16 * GIB, 3 * 1024 * GIB])
def test_reads_back_as_planned(
    loop: LoopMaker, runner: Runner, sector: int, layout: LayoutKind, size: int
) -> None:
    """3 TiB are more than 32 bits of 512-byte sectors."""
    disk = loop(size, sector=sector)
    table = table_for(disk, size, layout)
    Sfdisk(runner).write(disk, table)
    written = Sfdisk(runner).read(disk)
    assert written == as_written(table)
    bits = {part.label: part.attribute_bits for part in written.partitions}
    assert bits.get("atomos-a") == ((60, 63) if layout is LayoutKind.PLAIN else None)
    assert sum(part.size_bytes for part in written.partitions) > size - 3 * MIB


def test_nodes_are_block_devices_of_the_planned_size(loop: LoopMaker, runner: Runner) -> None:
    disk = loop(16 * GIB)
    table = table_for(disk, 16 * GIB)
    Sfdisk(runner).write(disk, table)
    for part in table.partitions:
        node = Path(partition_path(disk, part.number))
        assert node.is_block_device()
        with node.open("rb") as file:
            assert file.seek(0, os.SEEK_END) == part.size_bytes


def test_writing_again_replaces_the_nodes_of_another_table(loop: LoopMaker, runner: Runner) -> None:
    disk = loop(20 * GIB)
    first = table_for(disk, 20 * GIB)
    second = new_table(
        Disk(path=disk, size_bytes=20 * GIB),
        LayoutKind.PLAIN,
        slot_bytes=3 * GIB,
        recovery_bytes=0,
        disk_guid=DISK_GUID,
        guids=GUIDS,
    )
    Sfdisk(runner).write(disk, first)
    Sfdisk(runner).write(disk, second)
    assert Sfdisk(runner).read(disk) == as_written(second)
    assert not Path(partition_path(disk, len(first.partitions))).exists()


def test_a_disk_in_use_is_left_alone(loop: LoopMaker, runner: Runner, mounts: Mounts) -> None:
    disk = loop(16 * GIB)
    table = table_for(disk, 16 * GIB)
    Sfdisk(runner).write(disk, table)
    boot = partition_path(disk, table.part(Role.BOOT).number)
    makers = Makers(runner, mounts)
    makers.make_ext4(boot, label="atomos-boot", uuid=DISK_GUID)
    esp = partition_path(disk, table.part(Role.ESP).number)
    makers.make_fat32(esp, label="ATOMOS-ESP", volume_id="12345678")
    other = dataclasses.replace(table, disk_guid=GUIDS[Role.ESP])
    with (
        mounts.device(boot, "ext4", read_only=True),
        pytest.raises(InstallError, match=f"{disk} is in use by something else"),
    ):
        Sfdisk(runner).write(disk, other)
    assert Sfdisk(runner).read(disk) == as_written(table)
    assert makers.contents(esp) is not None


def test_a_missing_disk_is_not_made_as_a_file(runner: Runner, tmp_path: Path) -> None:
    missing = tmp_path / "vda"
    with pytest.raises(InstallError, match="is not there"):
        Sfdisk(runner).write(str(missing), table_for(str(missing), 16 * GIB))
    assert not missing.exists()


def test_a_disk_without_a_table_is_said_to_have_none(loop: LoopMaker, runner: Runner) -> None:
    with pytest.raises(InstallError) as caught:
        Sfdisk(runner).read(loop(64 * MIB))
    assert caught.value.device is not None


def test_a_disk_that_fails_is_said_to_fail(loop: LoopMaker, runner: Runner, tmp_path: Path) -> None:
    """Writes go to a full file system, reads to an end that was cut off: both EIO, as of a disk."""
    memory = tmp_path / "memory"
    memory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", memory], check=True)
    try:
        file = memory / "disk.img"
        with file.open("wb") as made:
            made.truncate(16 * GIB)
        disk = loop(file=file)
        assert are_ends_readable(disk)
        with pytest.raises(InstallError, match=f"{disk} reports an input/output error") as caught:
            Sfdisk(runner).write(disk, table_for(disk, 16 * GIB))
        assert "likely failing" in caught.value.way_out
        os.truncate(file, 8 * GIB)
        assert not are_ends_readable(disk)
        with pytest.raises(InstallError, match=f"{disk} reports an input/output error") as caught:
            Sfdisk(runner).read(disk)
        assert "sfdisk" in caught.value.tool_words
        os.truncate(file, 0)
        assert not are_ends_readable(disk)
    finally:
        subprocess.run(["umount", "--lazy", memory], check=True)
