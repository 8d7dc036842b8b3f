"""Machines in tests/machines, and what a recording leaves out."""

import dataclasses
import json
from pathlib import Path

import pytest

from backends.hardware_recorded import RecordedHardware, record, to_json
from installer.hardware import (
    Contents,
    Disk,
    Firmware,
    Interface,
    Machine,
    Medium,
    Partition,
    Transport,
)

MACHINES = Path(__file__).parent.parent / "machines"
NAMES = (
    "atomos-already",
    "disk-4k",
    "emmc",
    "md-raid",
    "no-disk",
    "two-nvme-alike",
    "usb-live-medium",
    "virtio-one",
    "windows",
)


def recorded(name: str) -> Machine:
    return RecordedHardware(MACHINES / f"{name}.json").machine()


def test_these_machines_are_there() -> None:
    assert tuple(sorted(each.stem for each in MACHINES.glob("*.json"))) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_machine_holds_together(name: str, tmp_path: Path) -> None:
    machine = recorded(name)
    for disk in machine.disks:
        assert disk.size_bytes % disk.logical_sector_bytes == 0
        end = 0
        for part in disk.partitions:
            assert part.path.startswith(disk.path)
            assert part.path.removeprefix(disk.path).lstrip("p") == str(part.number)
            assert part.start_bytes >= end
            end = part.start_bytes + part.size_bytes
        assert end <= disk.size_bytes
    again = tmp_path / "again.json"
    again.write_text(to_json(machine), encoding="utf-8")
    assert RecordedHardware(again).machine() == machine


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_machine_has_nothing_left_to_scrub_but_counts(name: str) -> None:
    """Recording a recording keeps all facts that a plan reads, and how many things are distinct."""
    machine = recorded(name)
    again = json.loads(record(machine))
    assert [each["model"] for each in again["disks"]] == [each.model for each in machine.disks]
    for disk, copy in zip(machine.disks, again["disks"], strict=True):
        assert [each["size_bytes"] for each in copy["partitions"]] == [
            each.size_bytes for each in disk.partitions
        ]
        assert [each["type_guid"] for each in copy["partitions"]] == [
            each.type_guid for each in disk.partitions
        ]
    serials = [each["serial"] for each in again["disks"]]
    assert len(set(serials)) == len(serials)


def test_what_each_machine_is_for() -> None:
    first, second = recorded("two-nvme-alike").disks
    assert (first.model, first.size_bytes) == (second.model, second.size_bytes)
    assert first.serial != second.serial
    stick = recorded("usb-live-medium")
    assert stick.medium is not None
    assert stick.medium.device == stick.disks[0].path
    assert stick.disks[0].transport is Transport.USB
    emmc = recorded("emmc").disks
    assert [each.path for each in emmc] == ["/dev/mmcblk0", "/dev/sda"]
    assert recorded("disk-4k").disks[0].logical_sector_bytes == 4096
    windows = recorded("windows").disks[0]
    kinds = [part.contents.kind if part.contents else None for part in windows.partitions]
    assert kinds == ["vfat", None, "ntfs", "ntfs"]
    labels = [part.label for part in recorded("atomos-already").disks[0].partitions]
    assert labels[0] == "atomos-bios"
    assert labels[-1] == "atomos-data"
    assert [each.all_uses for each in recorded("md-raid").disks] == [
        ("/dev/sda2 md127",),
        ("/dev/sdb2 md127",),
    ]
    assert recorded("no-disk").disks == ()


PRIVATE = Machine(
    architecture="x86-64",
    firmware=Firmware.UEFI,
    secure_boot=False,
    memory_bytes=1 << 30,
    disks=(
        Disk(
            path="/dev/sda",
            ids=("ata-ACME_1TB_ZX81-QL", "wwn-0x5000c500a1b2c3d4", "ata-ACME_1TB_ZX81-QL-dup"),
            serial="ZX81-QL",
            model="ACME 1TB",
            size_bytes=1 << 30,
            held=True,
            damaged=True,
            labels_above=("novel",),
            places=("/srv/novel", "/"),
            partitions=(
                Partition(
                    path="/dev/sda1",
                    number=1,
                    start_bytes=0,
                    size_bytes=512,
                    type_guid="0fc63daf-8483-4772-8e79-3d69d8477de4",
                    label="ada-diary",
                    guid="a1b2c3d4-e5f6-4711-8123-0123456789ab",
                    contents=Contents(kind="ext4", label="ada-diary", uuid="DEAD-BEEF"),
                    uses=(
                        "mounted on /home/ada (loop3 (mounted on /ada), swap in /home/ada/swap)",
                        "md127 (enigma-vg-home (mounted on /home/ada))",
                    ),
                ),
                Partition(
                    path="/dev/sda2",
                    number=2,
                    start_bytes=512,
                    size_bytes=512,
                    label="EFI System Partition",
                    guid="a1b2c3d4-e5f6-4711-8123-0123456789ac",
                    contents=Contents(kind="vfat", label="atomos-data", uuid="DEAD-BEEF"),
                    uses=("mounted on /boot/efi", "swap"),
                ),
            ),
        ),
    ),
    interfaces=(
        Interface(name="enx00c0ffee1234", up=True, addresses=("203.0.113.77", "2a02:8108::77")),
        Interface(name="eth0", up=False),
    ),
    medium=Medium(
        device="/dev/sdb", in_ram=True, is_recovery=False, length_bytes=None, uuid="2026-11-28"
    ),
)


def started_from(machine: Machine) -> Medium:
    assert machine.medium is not None
    return machine.medium


def test_a_recording_does_not_tell_whose_machine_it_is() -> None:
    text = record(PRIVATE)
    for private in (
        "ZX81", "5000c500a1b2c3d4", "ada", "enigma", "a1b2c3d4", "0123456789a", "DEAD", "BEEF",
        "2026", "novel",
        "00c0ffee1234", "203.0.113.77", "8108",
    ):  # fmt: skip
        assert private not in text


def test_a_recording_keeps_what_a_plan_reads(tmp_path: Path) -> None:
    file = tmp_path / "machine.json"
    file.write_text(record(PRIVATE), encoding="utf-8")
    machine = RecordedHardware(file).machine()
    (disk,) = machine.disks
    assert disk.serial == "SERIAL1"
    assert disk.ids == ("ata-ACME_1TB_SERIAL1", "wwn-scrubbed-1", "ata-ACME_1TB_SERIAL1-dup")
    first, second = disk.partitions
    assert first.contents is not None
    assert second.contents is not None
    assert first.label == first.contents.label == "label-1"
    assert first.type_guid == "0fc63daf-8483-4772-8e79-3d69d8477de4"
    assert first.contents.uuid == second.contents.uuid == "0000-0002"
    assert (first.guid, second.guid) == (
        "00000000-0000-0000-0000-000000000001",
        "00000000-0000-0000-0000-000000000003",
    )
    assert first.uses == (
        "mounted on /place-1 (loop3 (mounted on /place-2), swap in /place-3)",
        "md127 (volume-1 (mounted on /place-1))",
    )
    assert (second.label, second.contents.label) == ("EFI System Partition", "atomos-data")
    assert second.uses == ("mounted on /boot/efi", "swap")
    assert (disk.held, disk.damaged) == (True, True)
    assert machine.interfaces[0].name == "enx000000000004"
    assert machine.interfaces[0].addresses == ("192.0.2.1", "2001:db8::2")
    assert machine.medium == dataclasses.replace(started_from(PRIVATE), uuid="0000-00-05")
    assert dataclasses.replace(
        machine, disks=(), interfaces=(), medium=PRIVATE.medium
    ) == dataclasses.replace(PRIVATE, disks=(), interfaces=())


@pytest.mark.parametrize(
    ("old", "new"),
    [('"root": true', '"root": "yes"'), ('"root": true', '"rooot": true'), ('"uefi"', '"efi"')],
)
def test_a_recording_that_is_not_one_is_refused(old: str, new: str, tmp_path: Path) -> None:
    text = to_json(recorded("virtio-one"))
    assert old in text
    file = tmp_path / "machine.json"
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match="Machine"):
        RecordedHardware(file).machine()
