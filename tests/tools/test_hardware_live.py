"""LiveHardware on a real loop device, with the real lsblk and blkid."""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from backends.hardware_live import LiveHardware
from backends.runner import Runner
from installer.hardware import Disk
from tests.waiting import until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root for loop devices")

TABLE = """\
label: gpt
size=20MiB, type=c12a7328-f81f-11d2-ba4b-00a0c93ec93b, name="my büro"
size=20MiB, uuid=11111111-2222-3333-4444-555555555555, name="atomos-boot", attrs="GUID:60"
size=8MiB
"""


def run(*argv: str, text: str | None = None) -> str:
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    file = tmp_path / "disk.img"
    with file.open("wb") as stream:
        stream.truncate(64 * 1024 * 1024)
    run("sfdisk", "--quiet", str(file), text=TABLE)
    return file


@pytest.fixture
def device(image: Path) -> Iterator[str]:
    with ExitStack() as undo:
        node = run("losetup", "--find", "--show", str(image))
        undo.callback(run, "losetup", "--detach", node)
        if not Path(f"{node}p1").exists():
            # A kernel without a GPT parser has to be told.
            run("partx", "--add", node)
        undo.callback(forget_partitions, node)
        run("mkfs.vfat", "-n", "ATOMOS-ESP", "-i", "12345678", f"{node}p1")
        run(
            "mkfs.ext4", "-q", "-L", "a 'b' $c\\d", "-U", "66666666-7777-8888-9999-aaaaaaaaaaaa",
            f"{node}p2",
        )  # fmt: skip
        run("sync")
        yield node


def forget_partitions(node: str) -> None:
    """Where somebody else on this machine looks at all its disks just now, one of them is in use:
    what is left then is the next test's, which cannot add its own."""

    def gone() -> bool:
        subprocess.run(["partx", "--delete", node], stderr=subprocess.DEVNULL, check=False)
        return not list(Path("/sys/class/block").glob(f"{Path(node).name}p*"))

    until(gone, f"the partitions of {node} to be free")


def find(device: str) -> Disk:
    machine = LiveHardware(Runner(), include_loop=True).machine()
    return next(disk for disk in machine.disks if disk.path == device)


def test_a_disk_is_read_and_not_changed(device: str, image: Path) -> None:
    before = hashlib.sha256(image.read_bytes()).hexdigest()
    disk = find(device)
    assert disk.size_bytes == 64 * 1024 * 1024
    assert disk.table == "gpt"
    assert disk.all_uses == ()
    first, second, third = disk.partitions
    assert (first.path, first.number) == (f"{device}p1", 1)
    assert (first.start_bytes, first.size_bytes) == (1024 * 1024, 20 * 1024 * 1024)
    assert first.type_guid == "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
    assert first.label == "my büro"
    assert first.contents is not None
    assert (first.contents.kind, first.contents.label) == ("vfat", "ATOMOS-ESP")
    assert first.contents.uuid == "1234-5678"
    assert (second.label, second.guid) == ("atomos-boot", "11111111-2222-3333-4444-555555555555")
    assert second.contents is not None
    assert (second.contents.kind, second.contents.label) == ("ext4", "a 'b' $c\\d")
    assert second.contents.uuid == "66666666-7777-8888-9999-aaaaaaaaaaaa"
    assert (third.label, third.contents) == (None, None)
    run("sync")
    assert hashlib.sha256(image.read_bytes()).hexdigest() == before


def test_mounts_and_swap_are_seen(device: str, tmp_path: Path) -> None:
    run("mkswap", f"{device}p3")
    with ExitStack() as undo:
        for place, argv in (
            (tmp_path / "one", (f"{device}p2",)),
            (tmp_path / "two", ("--bind", str(tmp_path / "one"))),
        ):
            place.mkdir()
            run("mount", *argv, str(place))
            undo.callback(run, "umount", str(place))
        run("swapon", f"{device}p3")
        undo.callback(run, "swapoff", f"{device}p3")
        assert find(device).all_uses == (
            f"{device}p2 mounted on {tmp_path / 'one'}",
            f"{device}p2 mounted on {tmp_path / 'two'}",
            f"{device}p3 swap",
        )
    assert find(device).all_uses == ()


def test_a_loop_device_over_a_partition_is_seen(device: str) -> None:
    upper = run("losetup", "--find", "--show", f"{device}p3")
    try:
        assert find(device).all_uses == (f"{device}p3 {upper.removeprefix('/dev/')}",)
    finally:
        run("losetup", "--detach", upper)


def test_a_program_that_holds_the_disk_is_seen(device: str) -> None:
    file = os.open(device, os.O_RDONLY | os.O_EXCL)
    try:
        disk = find(device)
        assert (disk.all_uses, disk.held) == ((), True)
    finally:
        os.close(file)
    assert not find(device).held


def test_a_mounted_disk_is_not_held_by_somebody_unknown(device: str, tmp_path: Path) -> None:
    run("mount", f"{device}p2", str(tmp_path))
    try:
        assert not find(device).held
        hardware = LiveHardware(Runner(), include_loop=True, own_mounts=tmp_path)
        (disk,) = (each for each in hardware.machine().disks if each.path == device)
        assert (disk.all_uses, disk.held) == ((), False)
    finally:
        run("umount", str(tmp_path))


@pytest.mark.parametrize("length", [63, 1, 0])
def test_a_disk_whose_ends_cannot_be_read_is_damaged(device: str, image: Path, length: int) -> None:
    """What a loop device's file has lost reads as an input/output error."""
    assert not find(device).damaged
    os.truncate(image, length * 1024 * 1024)
    assert find(device).damaged
