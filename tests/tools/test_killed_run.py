"""What a run that was killed leaves mounted hinders neither the next plan nor the next run."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.file_systems import Makers
from backends.hardware_live import LiveHardware
from backends.mounts import Mounts, mount_points_below
from backends.runner import Runner
from installer.answers import DiskChoice
from installer.errors import ExitCode
from installer.handover import Handover
from installer.hardware import Disk
from installer.journal import RunDirectory
from installer.quantity import MIB
from tests.tools.conftest import LoopMaker
from tests.unit import samples

ROOT = Path(__file__).parents[2]
UUID = "12345678-9abc-4def-8123-456789abcdef"
RUN = """\
import sys, time
from pathlib import Path
from backends.mounts import Mounts
from backends.runner import Runner
with Mounts(Runner(), Path(sys.argv[1])).device(sys.argv[2], "ext4", read_only=False) as top:
    print(top, flush=True)
    time.sleep(600)
"""


def find(device: str, own_mounts: Path | None) -> Disk:
    hardware = LiveHardware(Runner(), include_loop=True, own_mounts=own_mounts)
    return next(disk for disk in hardware.machine().disks if disk.path == device)


@pytest.fixture
def device(loop: LoopMaker, runner: Runner, mounts: Mounts) -> str:
    made = loop(16 * MIB)
    Makers(runner, mounts).make_ext4(made, label="test", uuid=UUID)
    return made


@pytest.fixture
def base(runner: Runner, device: str, tmp_path: Path) -> Iterator[Path]:
    """Where a run mounted `device` and was killed, as an installation may be."""
    base = tmp_path / "killed" / "mnt"
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(base), device],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    yield base
    Mounts(runner, base).unmount_leftovers()


def test_after_a_kill_the_disk_is_free_again(device: str, runner: Runner, base: Path) -> None:
    (left,) = mount_points_below(base)
    assert find(device, None).all_uses == (f"{device} mounted on {left}",)
    assert find(device, base).all_uses == (), "a plan is made before anything is unmounted"
    Mounts(runner, base).unmount_leftovers()
    assert find(device, None).all_uses == ()
    assert mount_points_below(base) == []


def test_who_else_has_mounted_it_is_still_told(device: str, mounts: Mounts, base: Path) -> None:
    with mounts.device(device, "ext4", read_only=False) as other:
        assert find(device, base).all_uses == (f"{device} mounted on {other}",)


def test_the_process_that_installs_frees_the_disk_before_it_looks(device: str, base: Path) -> None:
    run = RunDirectory(path=base.with_name("run"))
    assert run.mounts == base
    nowhere = samples.answers(disk=DiskChoice(path="/dev/atomos-no-such-disk"))
    handover = Handover(
        answers=nowhere, identifiers=samples.IDENTIFIERS, digest="", unattended=True
    )
    argv = [sys.executable, "-m", "installer", "execute", "--run-dir", str(run.path)]
    done = subprocess.run(argv, input=handover.to_json(), cwd=ROOT, check=False)
    assert done.returncode == ExitCode.REFUSED
    assert mount_points_below(base) == []
    assert find(device, None).all_uses == ()
