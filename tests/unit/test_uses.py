"""What uses a disk, on machines whose /sys and /proc are laid out in a folder."""

from pathlib import Path

import pytest

from backends.hardware_live import LiveHardware
from backends.sysfs import Sysfs
from backends.uses import current_uses
from tests.unit.fake_tree import FakeTree
from tests.unit.test_hardware_live import ATA, Done, FakeTools, machine_of, only_disk


@pytest.fixture
def tree(tmp_path: Path) -> FakeTree:
    return FakeTree(tmp_path)


def uses_of(tree: FakeTree, name: str) -> tuple[str, ...]:
    return current_uses(Sysfs(tree.root)).of(name)


def test_every_mount_of_a_partition_is_told(tree: FakeTree) -> None:
    tree.block(ATA, sectors=2048000, number="8:0")
    tree.partition(f"{ATA}/sda1", start=2048, sectors=4096, number="8:1")
    tree.mounts(
        "8:1 / / ext4 /dev/root",
        "8:1 /home /srv/my\\040home ext4 /dev/root",
        "8:1 / / ext4 /dev/root",
        "0:5 / /dev devtmpfs dev",
    )
    disk = only_disk(tree)
    assert disk.uses == ()
    assert disk.all_uses == (
        "/dev/sda1 mounted on /",
        "/dev/sda1 mounted on /srv/my home",
    )
    assert disk.carries_system


def test_swap_is_told_and_a_swap_file_is_not(tree: FakeTree) -> None:
    tree.block(ATA, sectors=2048000, number="8:0")
    tree.partition(f"{ATA}/sda2", start=2048, sectors=4096, number="8:2")
    tree.file(
        "proc/swaps",
        "Filename\tType\tSize\tUsed\tPriority\n/dev/sda2 partition 8 0 -2\n/sda file 8 0 -3\n",
    )
    assert only_disk(tree).all_uses == ("/dev/sda2 swap",)


def test_holders_are_told_with_what_they_are_used_for(tree: FakeTree) -> None:
    for name, number in (("sda", "8:0"), ("sdb", "8:16")):
        tree.block(f"{ATA[:-3]}{name}", sectors=2048000, number=number)
    tree.block("virtual/block/dm-0", sectors=2048, number="254:0", dm__name="vg-root\n")
    tree.block("virtual/block/md127", sectors=2048, number="9:127")
    tree.partition("virtual/block/md127/md127p1", start=8, sectors=8, number="259:9")
    tree.hold("sda", "dm-0")
    tree.hold("sdb", "md127")
    tree.mounts("254:0 / / ext4 /dev/mapper/vg-root", "259:9 / /srv xfs /dev/md127p1")
    assert uses_of(tree, "sda") == ("vg-root (mounted on /)",)
    assert uses_of(tree, "sdb") == ("md127 (mounted on /srv)",)
    assert current_uses(Sysfs(tree.root)).carry_system("sda")
    assert not current_uses(Sysfs(tree.root)).carry_system("sdb")


def test_all_that_is_built_upon_a_disk_has_its_labels(tree: FakeTree) -> None:
    """A volume in an opened LUKS on a partition of it, and a partition of an array on it."""
    for name, number in (("sda", "8:0"), ("sdb", "8:16")):
        tree.block(f"{ATA[:-3]}{name}", sectors=2048000, number=number)
    tree.partition(f"{ATA}/sda1", start=2048, sectors=4096, number="8:1")
    for name in ("dm-0", "dm-1", "md127"):
        tree.block(f"virtual/block/{name}", sectors=2048, number=f"254:{name[-1]}")
    tree.partition("virtual/block/md127/md127p1", start=8, sectors=8, number="259:9")
    tree.hold("sda1", "dm-0")
    tree.hold("dm-0", "dm-1")
    tree.hold("sda", "md127")
    labels = {"dm-0": None, "dm-1": "MY\\x20DATA", "md127p1": "RAID", "sda1": "own", "sdb": "other"}
    tools = FakeTools(
        {
            f"/dev/{name}": Done(stdout=f"ID_FS_TYPE=ext4\nID_FS_LABEL_ENC={label or ''}\n")
            for name, label in labels.items()
        }
    )
    disks = {disk.path: disk.labels_above for disk in machine_of(tree, tools).disks}
    assert {path: set(found) for path, found in disks.items()} == {
        "/dev/sda": {"MY DATA", "RAID"},
        "/dev/sdb": set(),
    }


def test_where_a_disk_is_mounted_with_all_that_stands_upon_it(tree: FakeTree) -> None:
    """A partition, an array on another, and a stick upon the first of these mounts."""
    for name, number in (("sda", "8:0"), ("sdb", "8:16")):
        tree.block(f"{ATA[:-3]}{name}", sectors=2048000, number=number)
    tree.partition(f"{ATA}/sda1", start=2048, sectors=4096, number="8:1")
    tree.partition(f"{ATA}/sda2", start=8192, sectors=4096, number="8:2")
    tree.block("virtual/block/md127", sectors=2048, number="9:127")
    tree.hold("sda2", "md127")
    tree.file(
        "proc/self/mountinfo",
        "20 1 8:1 / /mnt/my\\040data rw - ext4 /dev/sda1 rw\n"
        "21 1 9:127 / /srv rw - ext4 /dev/md127 rw\n"
        "22 20 8:16 / /mnt/my\\040data/stick rw - vfat /dev/sdb rw\n",
    )
    disks = {disk.path: set(disk.places) for disk in machine_of(tree, FakeTools({})).disks}
    on_the_stick = {"/mnt/my data/stick"}
    assert disks == {"/dev/sda": {"/mnt/my data", "/srv", *on_the_stick}, "/dev/sdb": on_the_stick}


def test_an_idle_array_holds_its_disks_too(tree: FakeTree) -> None:
    tree.block(ATA, sectors=2048000, number="8:0")
    tree.block("virtual/block/md127", sectors=2048, number="9:127")
    tree.hold("sda", "md127")
    assert only_disk(tree).all_uses == ("/dev/sda md127",)


def test_a_loop_device_over_a_partition_holds_it(tree: FakeTree) -> None:
    tree.block(ATA, sectors=2048000, number="8:0")
    tree.partition(f"{ATA}/sda6", start=2048, sectors=4096, number="8:6")
    tree.block("virtual/block/loop3", sectors=8, number="7:3", loop__backing_file="/dev/sda6\n")
    tree.block("virtual/block/loop4", sectors=8, number="7:4", loop__backing_file="/srv/sda6\n")
    tree.mounts("7:3 / /run/iso iso9660 /dev/loop3")
    assert uses_of(tree, "sda6") == ("loop3 (mounted on /run/iso)",)


def test_what_lies_upon_a_mount_is_told_with_it(tree: FakeTree) -> None:
    tree.block(ATA, sectors=2048000, number="8:0")
    tree.partition(f"{ATA}/sda1", start=2048, sectors=4096, number="8:1")
    tree.block("virtual/block/loop3", sectors=8, number="7:3", loop__backing_file="/mnt/a.img\n")
    tree.file(
        "proc/self/mountinfo",
        "1 0 0:9 / / rw - tmpfs tmpfs rw\n"
        "2 1 8:1 / /mnt rw - ext4 /dev/sda1 rw\n"
        "3 2 0:4 / /mnt/proc rw - proc proc rw\n"
        "4 1 7:3 / /srv rw - ext4 /dev/loop3 rw\n",
    )
    tree.file("proc/swaps", "Filename Type Size Used Priority\n/mnt/swap file 8 0 -2\n")
    for path in ("mnt/a.img", "mnt/swap"):
        tree.file(path, "")
    words = "mounted on /mnt (mounted on /mnt/proc, loop3 (mounted on /srv), swap in /mnt/swap)"
    assert only_disk(tree).all_uses == (f"/dev/sda1 {words}",)


def test_a_file_that_cannot_be_asked_for_is_taken_for_there(tree: FakeTree) -> None:
    """As below a mount of FUSE whose process has died; here a name is too long to be looked up."""
    name = "a" * 300
    tree.block(ATA, sectors=2048000, number="8:0")
    tree.partition(f"{ATA}/sda1", start=2048, sectors=4096, number="8:1")
    tree.block("virtual/block/loop3", sectors=8, number="7:3", loop__backing_file=f"/mnt/{name}\n")
    tree.mounts("8:1 / /mnt ext4 /dev/sda1")
    tree.file("mnt/another", "")
    assert only_disk(tree).all_uses == ("/dev/sda1 mounted on /mnt (loop3)",)


def test_every_member_of_a_mounted_btrfs_is_in_use(tree: FakeTree) -> None:
    for name, number in (("sda", "8:0"), ("sdb", "8:16")):
        tree.block(f"{ATA[:-3]}{name}", sectors=2048000, number=number)
        tree.file(f"sys/fs/btrfs/0-1-2/devices/{name}", "")
    tree.mounts("0:41 /@home /home btrfs /dev/sda")
    assert uses_of(tree, "sda") == uses_of(tree, "sdb") == ("mounted on /home",)


def test_mounts_that_an_earlier_run_left_are_no_use(tree: FakeTree) -> None:
    tree.block(ATA, sectors=2048000, number="8:0")
    tree.partition(f"{ATA}/sda1", start=2048, sectors=4096, number="8:1")
    tree.mounts(
        "8:1 / /run/atomos/mnt/812-0 ext4 /dev/sda1",
        "8:1 / /run/atomos/mnt/812-0/var ext4 /dev/sda1",
        "8:1 / /run/atomos/mnt-else ext4 /dev/sda1",
    )
    hardware = LiveHardware(FakeTools(), tree.root, own_mounts=Path("/run/atomos/mnt"))
    (disk,) = hardware.machine().disks
    assert disk.all_uses == ("/dev/sda1 mounted on /run/atomos/mnt-else",)
