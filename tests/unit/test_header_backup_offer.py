"""Sticks that are offered for a copy of the LUKS header."""

from installer.hardware import Contents, Disk, Firmware, Machine, Medium, Partition, Transport
from installer.header_backup_offer import offered_places
from installer.quantity import GIB, MIB


def disk(
    letter: str,
    *,
    kind: str | None = "vfat",
    transport: Transport = Transport.USB,
    removable: bool = False,
    read_only: bool = False,
    uses: tuple[str, ...] = (),
) -> Disk:
    part = Partition(
        path=f"/dev/sd{letter}1",
        number=1,
        start_bytes=MIB,
        size_bytes=GIB,
        contents=Contents(kind=kind) if kind else None,
        uses=uses,
    )
    return Disk(
        path=f"/dev/sd{letter}",
        size_bytes=2 * GIB,
        transport=transport,
        removable=removable,
        read_only=read_only,
        partitions=(part,),
    )


def offered(*disks: Disk) -> list[str]:
    machine = Machine(
        architecture="x86-64",
        firmware=Firmware.UEFI,
        secure_boot=False,
        memory_bytes=GIB,
        disks=(disk("a"), disk("b"), *disks),
        medium=Medium(device="/dev/sdb", in_ram=False, is_recovery=False, length_bytes=None),
    )
    return [place.path for place in offered_places(machine, "/dev/sda")]


def test_neither_the_target_nor_the_medium_is_offered() -> None:
    assert offered() == []


def test_sticks_are_usb_or_removable_and_in_their_order() -> None:
    card = disk("d", transport=Transport.MMC, removable=True, kind="ext4")
    assert offered(disk("c"), card) == ["/dev/sdc1", "/dev/sdd1"]


def test_a_disk_inside_the_machine_is_no_stick() -> None:
    assert offered(disk("c", transport=Transport.ATA)) == []


def test_what_cannot_be_written_to_is_not_offered() -> None:
    no_places = (
        disk("c", kind="ntfs"),
        disk("d", kind=None),
        disk("e", read_only=True),
        disk("f", uses=("mounted on /mnt",)),
    )
    assert offered(*no_places) == []


def test_without_the_target_nothing_is_offered() -> None:
    machine = Machine(
        architecture="x86-64",
        firmware=Firmware.UEFI,
        secure_boot=False,
        memory_bytes=GIB,
        disks=(disk("c"),),
    )
    assert offered_places(machine, "/dev/sda") == ()
