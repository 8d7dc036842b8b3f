"""Freeing real loop devices from real mounts, swap and loop devices."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from backends.holders import DiskHolders
from backends.mounts import mount_points_below
from backends.runner import Runner
from installer.errors import InstallError
from installer.quantity import MIB
from tests.tools.conftest import LoopMaker

TABLE = "label: gpt\nsize=120MiB\nsize=120MiB\nsize=16MiB\n"


def run(*argv: str, text: str | None = None) -> str:
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def place(loop: LoopMaker, tmp_path: Path) -> Iterator[Path]:
    """Where the test mounts; afterwards nothing of it is left, whatever the test did."""
    folder = tmp_path / "mnt"
    folder.mkdir()
    yield folder
    unmount_all(folder / "inside")
    end_swap(tmp_path)
    unmount_all(folder)
    for device in devices_over(tmp_path):
        for over in devices_over(Path(f"{device}p2")):
            run("losetup", "--detach", over)


def unmount_all(folder: Path) -> None:
    """Unmount, and end what stands on files in what is mounted."""
    for each in reversed(mount_points_below(folder)):
        for device in devices_over(each):
            run("losetup", "--detach", device)
        run("umount", str(each))


def devices_over(folder: Path) -> list[str]:
    """Loop devices over files below a folder."""
    rows = run("losetup", "--list", "--noheadings", "--output", "NAME,BACK-FILE").splitlines()
    found = [row.split(maxsplit=1) for row in rows]
    return [name for name, file in found if Path(file).is_relative_to(folder)]


def end_swap(folder: Path) -> None:
    for row in Path("/proc/swaps").read_text().splitlines()[1:]:
        swap = row.split()[0].replace("\\040", " ")
        if any(swap.startswith(each) for each in (*devices_over(folder), str(folder))):
            run("swapoff", swap)


@pytest.fixture
def disk(loop: LoopMaker) -> str:
    """Two ext4 and one swap."""
    device = loop(260 * MIB)
    run("sfdisk", "--quiet", device, text=TABLE)
    if not Path(f"{device}p1").exists():
        run("partx", "--add", device)
    for number in (1, 2):
        run("mkfs.ext4", "-q", f"{device}p{number}")
    run("mkswap", f"{device}p3")
    return device


@pytest.fixture
def holders(runner: Runner) -> DiskHolders:
    return DiskHolders(runner)


def mounted(place: Path, *argv: str) -> Path:
    place.mkdir(exist_ok=True)
    run("mount", *argv, str(place))
    return place


def test_everything_that_uses_a_disk_is_ended(disk: str, holders: DiskHolders, place: Path) -> None:
    one = mounted(place / "one", f"{disk}p1")
    mounted(place / "bound", "--bind", str(one))
    mounted(one / "two", f"{disk}p2")
    mounted(one / "memory", "-t", "tmpfs", "tmpfs")
    run("swapon", f"{disk}p3")
    file = one / "inside.img"
    with file.open("wb") as stream:
        stream.truncate(32 * MIB)
    inside = run("losetup", "--find", "--show", str(file))
    run("mkfs.ext4", "-q", inside)
    mounted(place / "inside", inside)
    assert holders.uses(disk) == (
        f"{disk}p1 mounted on {one} (mounted on {one}/two, mounted on {one}/memory,"
        f" {Path(inside).name} (mounted on {place}/inside))",
        f"{disk}p1 mounted on {place}/bound",
        f"{disk}p2 mounted on {one}/two",
        f"{disk}p3 swap",
    )
    holders.release(disk)
    assert holders.uses(disk) == ()
    assert mount_points_below(place) == []
    assert disk not in Path("/proc/swaps").read_text()
    assert str(file) not in run("losetup", "--list")
    os.close(os.open(disk, os.O_RDONLY | os.O_EXCL))
    holders.release(disk)


def test_swap_in_a_file_and_a_loop_device_over_a_partition(
    disk: str, holders: DiskHolders, place: Path
) -> None:
    one = mounted(place / "one", f"{disk}p1")
    file = one / "swap file"
    file.write_bytes(bytes(16 * MIB))
    file.chmod(0o600)
    run("mkswap", str(file))
    run("swapon", str(file))
    over = run("losetup", "--find", "--show", f"{disk}p2")
    mounted(place / "two", over)
    assert holders.uses(disk) == (
        f"{disk}p1 mounted on {one} (swap in {file})",
        f"{disk}p2 {Path(over).name} (mounted on {place}/two)",
    )
    holders.release(disk)
    assert mount_points_below(place) == []
    assert over not in run("losetup", "--list")
    os.close(os.open(disk, os.O_RDONLY | os.O_EXCL))


def test_one_file_system_over_another_at_the_same_place(
    disk: str, holders: DiskHolders, place: Path
) -> None:
    for number in (1, 2, 1):
        mounted(place / "one", f"{disk}p{number}")
    holders.release(disk)
    assert mount_points_below(place) == []


def test_a_btrfs_over_two_disks_is_unmounted_for_either(
    loop: LoopMaker, holders: DiskHolders, place: Path
) -> None:
    first, second = loop(128 * MIB), loop(128 * MIB)
    run("mkfs.btrfs", "-q", first, second)
    run("btrfs", "device", "scan", first, second)
    try:
        top = mounted(place / "top", first)
        run("btrfs", "subvolume", "create", str(top / "@home"))
        mounted(place / "home", "-o", "subvol=@home", first)
        holders.release(second)
        assert mount_points_below(place) == []
        assert holders.uses(first) == ()
    finally:
        run("btrfs", "device", "scan", "--forget", first)


def test_whoever_keeps_a_mount_busy_is_named(disk: str, runner: Runner, place: Path) -> None:
    one = mounted(place / "one", f"{disk}p1")
    with ExitStack() as undo:
        sleeper = undo.enter_context(subprocess.Popen(["sleep", "600"], cwd=one))
        undo.callback(sleeper.kill)
        with pytest.raises(InstallError) as caught:
            DiskHolders(runner, busy_seconds=0).release(disk)
        assert str(caught.value) == (
            f"{disk} stays in use: mounted on {one}, which is held by sleep ({sleeper.pid})"
        )
        assert "busy" in caught.value.tool_words
        assert mount_points_below(place) == [one]


def test_whoever_holds_the_disk_itself_is_named(disk: str, runner: Runner) -> None:
    file = os.open(f"{disk}p1", os.O_RDONLY | os.O_EXCL)
    try:
        holders = DiskHolders(runner, busy_seconds=0)
        assert holders.uses(disk) == (f"{disk} held by another program",)
        name = Path("/proc/self/comm").read_text().strip()
        with pytest.raises(InstallError) as caught:
            holders.release(disk)
        assert str(caught.value) == f"{disk} is held by {name} ({os.getpid()})"
    finally:
        os.close(file)


def test_a_mount_in_another_namespace_is_named(disk: str, runner: Runner, place: Path) -> None:
    script = f"mount {disk}p1 {place} && echo mounted && exec sleep 600"
    argv = ["unshare", "--mount", "sh", "-c", script]
    with ExitStack() as undo:
        other = undo.enter_context(subprocess.Popen(argv, stdout=subprocess.PIPE, text=True))
        undo.callback(other.kill)
        assert other.stdout is not None
        assert other.stdout.readline() == "mounted\n"
        with pytest.raises(InstallError, match=r"is held by (sh|sleep) \(\d+\)$"):
            DiskHolders(runner, busy_seconds=0).release(disk)
