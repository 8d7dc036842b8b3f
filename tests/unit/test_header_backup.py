"""Where a copy of the LUKS header may go."""

import dataclasses

import pytest

from installer.hardware import Contents, Disk
from installer.header_backup import backup_places, why_no_place
from tests.unit.samples import DISK, STICK, machine, stick_partition

OTHER = dataclasses.replace(STICK, path="/dev/sdb", ids=(), serial="S2")


def stick(kind: str | None = "vfat", **changes: object) -> Disk:
    part = stick_partition("/dev/sdb1", kind, **changes)
    return dataclasses.replace(OTHER, partitions=(part,))


@pytest.mark.parametrize("kind", ["vfat", "ext4"])
def test_a_stick_is_a_good_place(kind: str) -> None:
    at = machine(DISK, stick(kind))
    assert why_no_place("/dev/sdb1", at, DISK) == ""
    (place,) = backup_places(at, DISK)
    assert (place.path, place.disk.path) == ("/dev/sdb1", "/dev/sdb")


def test_a_stick_without_partitions_is_one_too() -> None:
    bare = dataclasses.replace(OTHER, contents=Contents(kind="vfat"))
    at = machine(DISK, bare)
    assert [place.path for place in backup_places(at, DISK)] == ["/dev/sdb"]


@pytest.mark.parametrize(
    ("path", "disk", "reason"),
    [
        ("/dev/sdz1", stick(), "there is no such device"),
        (
            "/dev/disk/by-label/COPY",
            stick(),
            "a place is named as the kernel names it, like /dev/sdb1",
        ),
        ("/dev/sdb", stick(), "it is a whole disk, not a partition"),
        ("/dev/sdb1", stick("ntfs"), "it has ntfs"),
        ("/dev/sdb1", stick("btrfs"), "it has btrfs"),
        ("/dev/sdb1", stick(None), "it has no file system"),
        ("/dev/sdb1", stick(uses=("mounted on /mnt",)), "it is in use (mounted on /mnt)"),
        ("/dev/sdb1", dataclasses.replace(stick(), read_only=True), "it is read-only"),
    ],
)
def test_what_is_no_place_for_it(path: str, disk: Disk, reason: str) -> None:
    at = machine(DISK, disk)
    assert why_no_place(path, at, DISK) == reason
    assert backup_places(at, DISK) == () or path != "/dev/sdb1"


def test_neither_the_target_nor_the_medium_is_a_place() -> None:
    target = dataclasses.replace(DISK, partitions=(stick_partition("/dev/vda1"),))
    live = dataclasses.replace(STICK, partitions=(stick_partition("/dev/sda2"),))
    at = machine(disks=(live, target))
    assert why_no_place("/dev/vda1", at, target) == "it is on the disk that AtomOS goes onto"
    assert why_no_place("/dev/sda2", at, target) == "the live system was started from it"
    assert backup_places(at, target) == ()
