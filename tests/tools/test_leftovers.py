"""After a run that ended early nothing stays mounted or open on the disk."""

import subprocess
from pathlib import Path

import pytest

from backends.file_systems import Makers
from backends.holders import DiskHolders
from backends.leftovers import Leftovers
from backends.mounts import Mounts, mount_points_below
from backends.runner import Runner
from installer.errors import InstallError
from installer.quantity import MIB
from tests.tools.conftest import LoopMaker

UUID = "12345678-9abc-4def-8123-456789abcdef"


@pytest.fixture
def disk(loop: LoopMaker, runner: Runner, mounts: Mounts) -> str:
    made = loop(16 * MIB)
    Makers(runner, mounts).make_ext4(made, label="atomos-boot", uuid=UUID)
    return made


def test_mounts_and_devices_over_the_disk_are_gone(
    disk: str, runner: Runner, tmp_path: Path
) -> None:
    base = tmp_path / "killed"
    (base / "1-0").mkdir(parents=True)
    subprocess.run(["mount", disk, str(base / "1-0")], check=True)
    argv = ["losetup", "--read-only", "--find", "--show", disk]
    upper = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()
    Leftovers(runner, base).leave(disk)
    assert mount_points_below(base) == []
    assert DiskHolders(runner).uses(disk) == ()
    assert not Path("/sys/class/block", Path(upper).name, "loop").exists()
    Leftovers(runner, base).leave(disk)


def test_a_mount_that_somebody_works_in_is_told(disk: str, runner: Runner, tmp_path: Path) -> None:
    base = tmp_path / "killed"
    (base / "1-0").mkdir(parents=True)
    subprocess.run(["mount", disk, str(base / "1-0")], check=True)
    with subprocess.Popen(["sleep", "600"], cwd=base / "1-0") as sleeper:
        try:
            with pytest.raises(InstallError, match=r"used by sleep"):
                Leftovers(runner, base).clear()
        finally:
            sleeper.kill()
    Leftovers(runner, base).clear()
    assert mount_points_below(base) == []


def test_a_disk_that_is_gone_is_told(runner: Runner, tmp_path: Path) -> None:
    with pytest.raises(InstallError, match="is not there"):
        Leftovers(runner, tmp_path / "mnt").leave("/dev/atomos-no-such-disk")
