"""What is known of the live medium, and how long the ISO on it is."""

import struct
from pathlib import Path

import pytest

from backends.live_medium import iso_length, live_medium
from backends.sysfs import Sysfs
from tests.unit.fake_tree import FakeTree

USB = "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host4/target4:0:0/4:0:0:0/block/sdb"


@pytest.fixture
def tree(tmp_path: Path) -> FakeTree:
    return FakeTree(tmp_path)


def gpt(alternate: int) -> bytes:
    """The first sectors of a hybrid ISO."""
    header = struct.pack("<8sIIIIQQ", b"EFI PART", 0x10000, 92, 0, 0, 1, alternate)
    return bytes(512) + header.ljust(512, b"\0")


def medium_tree(tree: FakeTree, note: str) -> FakeTree:
    tree.block(USB, sectors=60088320, number="8:16")
    tree.partition(f"{USB}/sdb1", start=64, sectors=4096, number="8:17")
    tree.file("dev/sdb", gpt(1433599))
    tree.file("dev/sdb1", bytes(1024))
    tree.file("run/atomos/medium", note)
    return tree


def test_no_note_no_medium(tree: FakeTree) -> None:
    assert live_medium(Sysfs(tree.root)) is None


@pytest.mark.parametrize("device", ["/dev/sdb", "/dev/sdb1", "/dev/disk/by-label/ATOMOS_LIVE"])
def test_the_stick_is_the_medium_however_it_was_found(tree: FakeTree, device: str) -> None:
    medium_tree(tree, f"DEVICE='{device}'\nIN_RAM=yes\nRECOVERY=no\nLABEL='ATOMOS LIVE'\n")
    tree.link("dev/disk/by-label/ATOMOS_LIVE", "../../sdb1")
    medium = live_medium(Sysfs(tree.root))
    assert medium is not None
    assert (medium.device, medium.in_ram, medium.is_recovery) == ("/dev/sdb", True, False)
    assert medium.length_bytes == 1433600 * 512


@pytest.mark.parametrize(
    ("line", "uuid"),
    [("UUID=2026-11-28-02-53-01-00\n", "2026-11-28-02-53-01-00"), ("UUID=\n", None)],
)
def test_its_file_system_is_known_where_it_was_noted(
    tree: FakeTree, line: str, uuid: str | None
) -> None:
    medium_tree(tree, f"DEVICE=/dev/sdb\nIN_RAM=yes\nRECOVERY=no\n{line}")
    medium = live_medium(Sysfs(tree.root))
    assert medium is not None
    assert medium.uuid == uuid


def test_a_recovery_partition_holds_a_gpt_of_its_own(tree: FakeTree) -> None:
    medium_tree(tree, "DEVICE=/dev/sdb1\nIN_RAM=no\nRECOVERY=yes\n")
    tree.file("dev/sdb1", gpt(999))
    medium = live_medium(Sysfs(tree.root))
    assert medium is not None
    assert (medium.device, medium.in_ram, medium.is_recovery) == ("/dev/sdb1", False, True)
    assert medium.length_bytes == 512_000


def test_a_loop_device_over_the_recovery_partition_is_seen_through(tree: FakeTree) -> None:
    medium_tree(tree, "DEVICE=/dev/loop0\nIN_RAM=no\nRECOVERY=yes\n")
    tree.block("virtual/block/loop0", sectors=8, number="7:0", loop__backing_file="/dev/sdb1\n")
    medium = live_medium(Sysfs(tree.root))
    assert medium is not None
    assert medium.device == "/dev/sdb1"


def test_a_medium_that_was_pulled_out_has_no_length(tree: FakeTree) -> None:
    tree.file("run/atomos/medium", "DEVICE=/dev/sdz\nIN_RAM=yes\nRECOVERY=no\n")
    medium = live_medium(Sysfs(tree.root))
    assert medium is not None
    assert (medium.device, medium.length_bytes) == ("/dev/sdz", None)


@pytest.mark.parametrize("content", [b"", bytes(1024), gpt(7)[:600]])
def test_a_device_without_a_whole_gpt_header_has_no_length(tree: FakeTree, content: bytes) -> None:
    tree.file("dev/sdx", content)
    assert iso_length(tree.root / "dev/sdx") is None
