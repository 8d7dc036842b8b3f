"""Partition tables on real loop devices: what was planned is what is read back."""

import dataclasses
import os
import subprocess
from pathlib import Path

import pytest

from backends.file_systems import Makers
from backends.mounts import Mounts
from backends.partition_table import Sfdisk
from backends.runner import Runner
from installer.errors import InstallError, ToolFailed
from installer.hardware import Disk
from installer.layout import PartitionTable, Role, partition_path, plain_table
from installer.machinery import WrittenPartition, WrittenTable
from installer.quantity import GIB, MIB
from tests.tools.conftest import LoopMaker

DISK_GUID = "11111111-2222-4333-8444-555555555555"
GUIDS = {role: f"aaaaaaaa-0000-4000-8000-{number:012x}" for number, role in enumerate(Role)}


def table_for(path: str, size: int) -> PartitionTable:
    return plain_table(
        Disk(path=path, size_bytes=size),
        slot_bytes=2 * GIB,
        recovery_bytes=2 * GIB,
        disk_guid=DISK_GUID,
        guids=GUIDS,
    )


def as_written(table: PartitionTable) -> WrittenTable:
    return WrittenTable(
        disk_guid=table.disk_guid,
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


@pytest.mark.parametrize("sector", [512, 4096])
def test_reads_back_as_planned(loop: LoopMaker, runner: Runner, sector: int) -> None:
    disk = loop(16 * GIB, sector=sector)
    table = table_for(disk, 16 * GIB)
    Sfdisk(runner).write(disk, table)
    written = Sfdisk(runner).read(disk)
    assert written == as_written(table)
    assert [part.attribute_bits for part in written.partitions if part.label == "atomos-a"] == [
        (60, 63)
    ]


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
    second = plain_table(
        Disk(path=disk, size_bytes=20 * GIB),
        slot_bytes=3 * GIB,
        recovery_bytes=0,
        disk_guid=DISK_GUID,
        guids=GUIDS,
    )
    Sfdisk(runner).write(disk, first)
    Sfdisk(runner).write(disk, second)
    assert Sfdisk(runner).read(disk) == as_written(second)
    assert not Path(partition_path(disk, len(first.partitions))).exists()


def dirty(disk: str, table: PartitionTable) -> None:
    """Old marks where the new partitions will lie, and a RAID's at the very end of the disk."""
    marks = {
        Role.ESP: ["mkfs.ext4", "-q", "-F"],
        Role.BOOT: ["mkfs.btrfs", "-q", "-f"],
        Role.SLOT_A: ["mkswap"],
        Role.DATA: ["mkfs.vfat", "-F", "32"],
    }
    for role, tool in marks.items():
        subprocess.run(
            [*tool, partition_path(disk, table.part(role).number)], check=True, capture_output=True
        )
    lvm = b"LABELONE" + (1).to_bytes(8, "little") + bytes(4) + (32).to_bytes(4, "little")
    lvm += b"LVM2 001" + b"A" * 32
    md = (0xA92B4EFC).to_bytes(4, "little") + bytes([0, 0, 0, 0, 90, 0, 0, 0]) + bytes(500)
    with Path(disk).open("r+b", buffering=0) as file:
        file.seek(table.part(Role.SLOT_B).start_bytes + 512)
        file.write(lvm)
        size = file.seek(0, os.SEEK_END)
        file.seek(size // 65536 * 65536 - 65536)
        file.write(md)
        os.fsync(file.fileno())


def test_nothing_old_is_recognised_on_a_dirty_disk(
    loop: LoopMaker, runner: Runner, mounts: Mounts
) -> None:
    disk = loop(16 * GIB)
    table = table_for(disk, 16 * GIB)
    makers = Makers(runner, mounts)
    Sfdisk(runner).write(disk, table)
    dirty(disk, table)
    esp = partition_path(disk, table.part(Role.ESP).number)
    assert makers.contents(esp) is not None
    subprocess.run(["wipefs", "--all", "--types", "gpt,PMBR", "--force", disk], check=True)
    subprocess.run(["partx", "--delete", disk], check=True)

    Sfdisk(runner).write(disk, table)

    for part in table.partitions:
        assert makers.contents(partition_path(disk, part.number)) is None, part.label
    on_disk = makers.contents(disk)
    assert on_disk is not None
    assert on_disk.kind == "gpt"


def test_a_disk_in_use_is_left_alone(loop: LoopMaker, runner: Runner, mounts: Mounts) -> None:
    disk = loop(16 * GIB)
    table = table_for(disk, 16 * GIB)
    Sfdisk(runner).write(disk, table)
    boot = partition_path(disk, table.part(Role.BOOT).number)
    Makers(runner, mounts).make_ext4(boot, label="atomos-boot", uuid=DISK_GUID)
    other = dataclasses.replace(table, disk_guid=GUIDS[Role.ESP])
    with mounts.device(boot, "ext4", read_only=True), pytest.raises(ToolFailed, match="wipefs"):
        Sfdisk(runner).write(disk, other)
    assert Sfdisk(runner).read(disk) == as_written(table)


def test_a_missing_disk_is_not_made_as_a_file(runner: Runner, tmp_path: Path) -> None:
    missing = tmp_path / "vda"
    with pytest.raises(InstallError, match="is not there"):
        Sfdisk(runner).write(str(missing), table_for(str(missing), 16 * GIB))
    assert not missing.exists()


def test_a_disk_without_a_table_is_said_to_have_none(loop: LoopMaker, runner: Runner) -> None:
    with pytest.raises(InstallError) as caught:
        Sfdisk(runner).read(loop(64 * MIB))
    assert caught.value.device is not None
