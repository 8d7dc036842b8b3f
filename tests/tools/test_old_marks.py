"""Nothing of what was on a disk before is recognised after a new table was written."""

import errno
import fcntl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from backends.luks_header import read_headers
from backends.partition_table import Sfdisk
from backends.runner import Runner
from installer.answers import LayoutKind
from installer.layout import PartitionTable, partition_path
from installer.quantity import GIB, KIB, MIB
from tests.tools.conftest import LoopMaker
from tests.tools.old_marks import (
    BTRFS_COPIES,
    BTRFS_MAGIC,
    Place,
    put_btrfs,
    put_luks2,
    put_lvm,
    put_md,
    put_zfs,
)
from tests.tools.test_partition_table import as_written, table_for
from tests.waiting import until

LOOP_CTL_REMOVE = 0x4C81


def loop70_is_removed() -> bool:
    """Not while udev, or anybody, has it open for a look."""
    try:
        with Path("/dev/loop-control").open("rb") as control:
            fcntl.ioctl(control, LOOP_CTL_REMOVE, 70)
    except OSError as error:
        return error.errno != errno.EBUSY
    return True


"""linux/loop.h"""
SIZE = 300 * GIB
"""So that the third copy of a BTRFS is there."""
PUT: dict[str, Callable[[Place], None]] = {
    "btrfs": put_btrfs,
    "zfs": put_zfs,
    "md-0.90": lambda place: put_md(place, "0.90"),
    "md-1.0": lambda place: put_md(place, "1.0"),
    "md-1.1": lambda place: put_md(place, "1.1"),
    "md-1.2": lambda place: put_md(place, "1.2"),
    "lvm": put_lvm,
    "luks2": put_luks2,
}
OLD_TABLE = "label: gpt\nsize=5GiB\nsize=7GiB\nsize=+\n"


def said(*argv: str) -> str:
    """What a tool recognises; it ends badly where that is nothing."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def recognised(*devices: str) -> str:
    """What any of the tools sees on them that would bring something old back to life, by lines."""
    pvs = said("pvs", "--noheadings", "--all", "--options", "pv_name,pv_fmt", *devices)
    arrays = said("mdadm", "--examine", "--brief", *devices)
    found = [
        *said(
            "wipefs", "--no-act", "--noheadings", "--output", "DEVICE,TYPE", *devices
        ).splitlines(),
        *(line for line in pvs.splitlines() if "lvm2" in line),
        *(line for line in arrays.splitlines() if line.startswith("ARRAY")),
    ]
    for each in devices:
        # Given several devices, it stops at the first on which there is nothing.
        found += said("blkid", "-p", "-s", "TYPE", each).splitlines()
        found += [f"{each}: LUKS2"] if any(read_headers(each)) else []
    return "\n".join(found)


def require_clean(disk: str, table: PartitionTable) -> None:
    nodes = [partition_path(disk, part.number) for part in table.partitions]
    assert recognised(*nodes) == ""
    for node, part in zip(nodes, table.partitions, strict=True):
        place = Place(node, 0, part.size_bytes)
        for offset in BTRFS_COPIES:
            if offset < part.size_bytes:
                assert place.read(offset + BTRFS_MAGIC[0], 8) != BTRFS_MAGIC[1], part.label
        for offset in (0, 256 * KIB, part.size_bytes - 512 * KIB, part.size_bytes - 256 * KIB):
            count = min(256 * KIB, part.size_bytes - offset)
            assert not any(place.read(offset, count)), part.label
    assert said("blkid", "-p", "-o", "value", "-s", "PTTYPE", disk) == "gpt"
    assert said("blkid", "-p", "-o", "value", "-s", "TYPE", disk) == ""


@pytest.mark.parametrize(("kind", "sector"), [*((kind, 512) for kind in PUT), ("zfs", 4096)])
def test_the_whole_disk_was_a_member(
    loop: LoopMaker, runner: Runner, kind: str, sector: int
) -> None:
    disk = loop(SIZE, sector=sector)
    PUT[kind](Place(disk, 0, SIZE))
    assert recognised(disk)
    table = table_for(disk, SIZE)
    Sfdisk(runner).write(disk, table)
    require_clean(disk, table)
    assert Sfdisk(runner).read(disk) == as_written(table)


@pytest.mark.parametrize(
    "kinds",
    [("zfs", "md-0.90", "btrfs"), ("luks2", "md-1.0", "lvm"), ("md-1.1", "btrfs", "md-1.2")],
    ids="-".join,
)
def test_old_partitions_were_members(
    loop: LoopMaker, runner: Runner, kinds: tuple[str, ...]
) -> None:
    """Under the old table are the partitions of a new one that came to lie somewhere else."""
    disk = loop(SIZE)
    subprocess.run(["sfdisk", "--quiet", disk], input=OLD_TABLE, text=True, check=True)
    subprocess.run(["partx", "--add", disk], check=False, capture_output=True)
    olds = [Path(f"{disk}p{number}") for number in (1, 2, 3)]
    for old, kind in zip(olds, kinds, strict=True):
        size = int(Path(f"/sys/class/block/{old.name}/size").read_text()) * 512
        PUT[kind](Place(str(old), 0, size))
        assert recognised(str(old))

    table = table_for(disk, SIZE, LayoutKind.ENCRYPTED)
    Sfdisk(runner).write(disk, table)

    require_clean(disk, table)
    # What an old partition held is not found either by whoever restores the old table.
    subprocess.run(["partx", "--delete", disk], check=True)
    subprocess.run(["sfdisk", "--quiet", disk], input=OLD_TABLE, text=True, check=True)
    subprocess.run(["partx", "--add", disk], check=False, capture_output=True)
    assert recognised(*map(str, olds)) == ""


@pytest.mark.parametrize("first", [2, 6])
def test_marks_where_the_new_partitions_come_to_lie(
    loop: LoopMaker, runner: Runner, first: int
) -> None:
    """Of a table that is gone, so that no old partition can be wiped for itself.

    Each kind somewhere, and first of all a BTRFS, with its third copy, in the last place.
    """
    disk = loop(SIZE)
    table = table_for(disk, SIZE)
    kinds = tuple(PUT)
    for number, part in enumerate(table.partitions, start=first):
        kind = kinds[number % len(kinds)]
        if part.size_bytes > MIB or kind.startswith("md"):
            PUT[kind](Place(disk, part.start_bytes, part.size_bytes))
    Sfdisk(runner).write(disk, table)
    require_clean(disk, table)


def test_neither_header_of_the_old_table_is_left(loop: LoopMaker, runner: Runner) -> None:
    disk = loop(16 * GIB)
    table = table_for(disk, 16 * GIB)
    subprocess.run(["sfdisk", "--quiet", disk], input=OLD_TABLE, text=True, check=True)
    old_guid = said("sfdisk", "--disk-id", disk)
    # The first one is damaged: tools then believe the second.
    Place(disk, 0, 0).write(512, bytes(512))
    Sfdisk(runner).write(disk, table)
    backup = Place(disk, 0, 0).read(16 * GIB - 512, 512)
    assert backup[:8] == b"EFI PART"
    assert said("sfdisk", "--disk-id", disk).lower() == table.disk_guid
    subprocess.run(["wipefs", "--all", "--quiet", disk], check=True)
    assert said("sfdisk", "--disk-id", disk) == ""
    assert old_guid.lower() != table.disk_guid


def test_a_disk_whose_name_begins_alike_keeps_what_it_has(runner: Runner, tmp_path: Path) -> None:
    """As sda and sdaa, nvme0n1 and nvme0n10, here loop7 and loop70."""
    devices = ["/dev/loop7", "/dev/loop70"]
    if not Path(devices[1]).exists():
        subprocess.run(["mknod", devices[1], "b", "7", "70"], check=True)
    if any(Path(f"/sys/class/block/{each[5:]}/loop").exists() for each in devices):
        pytest.skip("somebody uses these")
    attached: list[str] = []
    try:
        for device in devices:
            file = tmp_path / f"{Path(device).name}.img"
            with file.open("wb") as made:
                made.truncate(16 * GIB)
            if subprocess.run(["losetup", device, str(file)], check=False).returncode != 0:
                pytest.skip("somebody has taken it meanwhile")
            attached.append(device)
        Sfdisk(runner).write(devices[1], table_for(devices[1], 16 * GIB))
        other = partition_path(devices[1], 2)
        subprocess.run(["mkfs.ext4", "-q", other], check=True)
        Sfdisk(runner).write(devices[0], table_for(devices[0], 16 * GIB))
        assert said("blkid", "-p", "-o", "value", "-s", "TYPE", other) == "ext4"
    finally:
        for device in attached:
            subprocess.run(["partx", "--delete", device], check=False, capture_output=True)
            subprocess.run(["losetup", "--detach", device], check=False, capture_output=True)
        until(loop70_is_removed, "nobody to look at loop70")
