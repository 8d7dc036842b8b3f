"""Plans and disks as a person reads them, on machines that exist."""

from dataclasses import replace

import pytest

from installer.answers import DiskChoice
from installer.describe import describe_disks, describe_plan
from installer.hardware import Contents, Machine, Medium, Partition
from tests.unit import samples
from tests.unit.test_hardware_recorded import NAMES, recorded

PLANNED = {
    "virtio-one": "/dev/vda",
    "windows": "/dev/nvme0n1",
    "two-nvme-alike": "/dev/nvme1n1",
    "usb-live-medium": "/dev/sdb",
    "disk-4k": "/dev/sda",
    "emmc": "/dev/mmcblk0",
}


def plan_text(machine: Machine, disk: str) -> str:
    return describe_plan(
        samples.plan(wanted=samples.answers(disk=DiskChoice(path=disk)), at=machine)
    )


@pytest.mark.parametrize(("name", "disk"), PLANNED.items())
def test_a_plan_fits_into_80_columns(name: str, disk: str) -> None:
    text = plan_text(recorded(name), disk)
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("UNSIGNED: ")
    assert "\nAtomOS Debian 0.1.0 for x86-64 will be installed.\n" in text


def test_what_does_not_fit_into_a_line_goes_on_below_its_beginning() -> None:
    text = plan_text(recorded("windows"), "/dev/nvme0n1")
    assert (
        "   5. Write the system image to Root A (/dev/nvme0n1p4) and Root B\n"
        "      (/dev/nvme0n1p5)\n"
    ) in text
    assert "  11. Set host name atomos, locale C.UTF-8, keyboard us, time zone UTC\n" in text


def test_the_columns_of_the_partitions_have_names() -> None:
    lines = plan_text(recorded("emmc"), "/dev/mmcblk0").splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("Will be on"))
    assert lines[place + 1 : place + 4] == [
        "  partition            size  format    label            for",
        "  /dev/mmcblk0p1      1 MiB  -         atomos-bios      GRUB for BIOS machines",
        "  /dev/mmcblk0p2    512 MiB  FAT32     ATOMOS-ESP       what the firmware starts",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_disks_of_every_machine_fit_into_80_columns(name: str) -> None:
    assert max(map(len, describe_disks(recorded(name)).splitlines())) <= 80


def test_a_partition_is_called_alike_in_the_list_of_disks_and_in_the_plan() -> None:
    machine = recorded("windows")
    told = '/dev/nvme0n1p3 476 GiB ntfs "OS"'
    assert f"  {told}\n" in describe_disks(machine)
    assert f"  - {told}\n" in plan_text(machine, "/dev/nvme0n1")


def test_the_medium_is_not_another_disk_with_a_longer_name() -> None:
    disk = replace(samples.DISK, path="/dev/sdaa", contents=Contents(kind="ext4"))
    medium = Medium(device="/dev/sdaa", in_ram=False, is_recovery=False, length_bytes=None)
    text = describe_disks(samples.machine(disk, medium=medium))
    assert text.count("this live system's medium") == 1
    assert "/dev/sdaa  QEMU HARDDISK  16 GiB, virtio, this live system's medium" in text


def test_a_disk_that_cannot_be_used_is_listed_with_the_reason() -> None:
    disk = replace(samples.DISK, damaged=True, held=True)
    text = describe_disks(samples.machine(disk))
    assert "16 GiB, virtio, damaged: its start or its end cannot be read\n" in text
    assert "  held by a program that cannot be named" in text


def test_what_a_disk_says_of_itself_steers_no_terminal() -> None:
    """Its model name, serial number and labels are whatever its maker or its owner put there."""
    part = Partition(
        path="/dev/vda1",
        number=1,
        start_bytes=1 << 20,
        size_bytes=1 << 30,
        label="two\nlines",
        contents=Contents(kind="ext4", label="\x1b]0;mine\x07"),
    )
    disk = replace(samples.DISK, model="\x1b[2JACME", serial="\x9b1", partitions=(part,))
    machine = samples.machine(disk)
    for text in (describe_disks(machine), plan_text(machine, "/dev/vda")):
        assert "?[2JACME" in text
        assert '/dev/vda1 1 GiB ext4 "?]0;mine?"' in text
        assert all(each.isprintable() or each == "\n" for each in text)
