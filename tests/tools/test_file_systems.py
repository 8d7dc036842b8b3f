"""File systems by their own tools, looked at by blkid, mtools, GRUB's reader and mounts."""

import os
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest

from backends.file_systems import Makers
from backends.mounts import Mounts
from backends.runner import Runner
from installer.errors import InstallError, ToolFailed
from installer.hardware import Contents
from installer.quantity import MIB
from tests.tools.conftest import LoopMaker

UUID = str(uuid.uuid4())


@pytest.fixture
def makers(runner: Runner, mounts: Mounts) -> Makers:
    return Makers(runner, mounts)


@pytest.mark.parametrize("sector", [512, 4096])
def test_fat32(loop: LoopMaker, makers: Makers, sector: int) -> None:
    device = loop(512 * MIB, sector=sector)
    makers.make_fat32(device, label="ATOMOS-ESP", volume_id="1234ABCD")
    assert makers.contents(device) == Contents(kind="vfat", label="ATOMOS-ESP", uuid="1234-ABCD")


@pytest.mark.parametrize("sector", [512, 4096])
def test_ext4_can_be_read_by_grub(
    loop: LoopMaker, makers: Makers, mounts: Mounts, sector: int
) -> None:
    device = loop(128 * MIB, sector=sector)
    makers.make_ext4(device, label="atomos-boot", uuid=UUID)
    assert makers.contents(device) == Contents(kind="ext4", label="atomos-boot", uuid=UUID)
    with mounts.device(device, "ext4", read_only=False) as top:
        (top / "hello").write_text("from the file system\n")
    if shutil.which("grub-fstest") is None:
        pytest.skip("grub-fstest is not installed")
    argv = ["grub-fstest", device, "cat", "/hello"]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    assert done.stdout == "from the file system\n"


@pytest.mark.parametrize("size", [96 * MIB, 512 * MIB], ids=["blocks of 1 KiB", "of 4 KiB"])
@pytest.mark.parametrize("half", [0, 512])
def test_ext4_of_whose_superblock_a_half_was_written_is_mounted(
    loop: LoopMaker, makers: Makers, mounts: Mounts, size: int, half: int
) -> None:
    """The power goes while it is mounted: a superblock has two sectors of 512 bytes."""
    device = loop(size)
    makers.make_ext4(device, label="atomos-boot", uuid=UUID)
    with Path(device).open("r+b", buffering=0) as disk:
        with mounts.device(device, "ext4", read_only=False) as top:
            (top / "file").write_bytes(bytes(100_000))
        before = os.pread(disk.fileno(), 1024, 1024)
        with mounts.device(device, "ext4", read_only=False) as top:
            (top / "file").unlink()
            os.sync()
            during = os.pread(disk.fileno(), 1024, 1024)
        assert before[:512] != during[:512]
        os.pwrite(disk.fileno(), during[half : half + 512], 1024 + half)
        os.fsync(disk.fileno())
    with mounts.device(device, "ext4", read_only=False) as top:
        assert not (top / "file").exists()
    subprocess.run(["e2fsck", "-f", "-n", device], check=True, capture_output=True)


@pytest.mark.parametrize("sector", [512, 4096])
def test_btrfs_with_its_subvolumes_over_an_older_file_system(
    loop: LoopMaker, makers: Makers, sector: int
) -> None:
    device = loop(256 * MIB, sector=sector)
    names = ("@home", "@var", "@nix", "@snapshots")
    makers.make_ext4(device, label="older", uuid=UUID)
    for _again in range(2):
        makers.make_btrfs(device, label="atomos-data", uuid=UUID, subvolumes=names)
        assert makers.contents(device) == Contents(kind="btrfs", label="atomos-data", uuid=UUID)
        assert makers.subvolumes(device) == tuple(sorted(names))


def test_an_empty_device_holds_nothing(loop: LoopMaker, makers: Makers) -> None:
    assert makers.contents(loop(16 * MIB)) is None


def test_too_small_a_device_is_named_with_the_tools_words(loop: LoopMaker, makers: Makers) -> None:
    device = loop(4 * MIB)
    with pytest.raises(ToolFailed, match=r"mkfs\.btrfs ended with status") as caught:
        makers.make_btrfs(device, label="atomos-data", uuid=UUID, subvolumes=())
    assert caught.value.device == device
    assert "too small" in caught.value.tool_words


def test_a_regular_file_is_refused(tmp_path: Path, makers: Makers) -> None:
    file = tmp_path / "vda1"
    file.write_bytes(bytes(MIB))
    with pytest.raises(InstallError, match="not a block device"):
        makers.make_fat32(str(file), label="ATOMOS-ESP", volume_id="1234ABCD")
    assert file.read_bytes() == bytes(MIB)


def test_ext4_and_fat_of_a_missing_device(makers: Makers, tmp_path: Path) -> None:
    with pytest.raises(InstallError, match="is not there"):
        makers.make_ext4(str(tmp_path / "no"), label="x", uuid=UUID)
    assert not (tmp_path / "no").exists()
