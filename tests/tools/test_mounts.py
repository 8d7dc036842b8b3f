"""Mounts come apart again whatever happened inside them."""

import os
import uuid
from pathlib import Path
from typing import IO

import pytest

import backends.mounts
from backends.file_systems import Makers
from backends.mounts import Mounts, mount_points_below
from backends.runner import Runner
from installer.errors import InstallError, Interrupted, ToolFailed
from installer.quantity import MIB
from tests.tools.conftest import LoopMaker

UUID = str(uuid.uuid4())


@pytest.fixture
def ext4(loop: LoopMaker, runner: Runner, mounts: Mounts) -> str:
    device = loop(16 * MIB)
    Makers(runner, mounts).make_ext4(device, label="test", uuid=UUID)
    return device


def test_unmounted_in_reverse_after_an_error(mounts: Mounts, ext4: str, tmp_path: Path) -> None:
    seen: list[Path] = []

    def fail_inside() -> None:
        with mounts.device(ext4, "ext4", read_only=False) as top:
            (top / "run").mkdir()
            with mounts.kernel_at(top / "run", "tmpfs", device=ext4):
                seen.extend(mount_points_below(tmp_path))
                raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        fail_inside()
    top = seen[0]
    assert seen == [top, top / "run"]
    assert mount_points_below(tmp_path) == []
    assert not top.exists()


def test_unmounted_when_the_run_is_to_stop(ext4: str, tmp_path: Path) -> None:
    asked: list[bool] = []

    def stop() -> None:
        if asked:
            raise Interrupted

    runner = Runner(pulse=stop)
    base = tmp_path / "mnt"

    def stop_inside() -> None:
        with Mounts(runner, base).device(ext4, "ext4", read_only=False):
            asked.append(True)
            runner.run(["sleep", "600"], timeout=30)

    with pytest.raises(Interrupted):
        stop_inside()
    assert mount_points_below(base) == []
    assert not list(base.iterdir())


def test_stopped_while_mounting(ext4: str, tmp_path: Path) -> None:
    base = tmp_path / "mnt"

    def stop() -> None:
        if mount_points_below(base):
            raise Interrupted

    with (
        pytest.raises(Interrupted),
        Mounts(Runner(pulse=stop), base).device(ext4, "ext4", read_only=False),
    ):
        pytest.fail("the run went on")
    assert mount_points_below(base) == []
    assert not list(base.iterdir())


def test_read_only_is_read_only(mounts: Mounts, ext4: str) -> None:
    with mounts.device(ext4, "ext4", read_only=True) as top, pytest.raises(OSError, match="Read-"):
        (top / "file").write_text("")


def test_a_mount_that_fails_names_the_device(
    mounts: Mounts, loop: LoopMaker, tmp_path: Path
) -> None:
    empty = loop(16 * MIB)
    with (
        pytest.raises(ToolFailed, match="mount ended") as caught,
        mounts.device(empty, "ext4", read_only=True),
    ):
        pytest.fail("it was mounted")
    assert caught.value.device == empty
    assert mount_points_below(tmp_path) == []
    assert not list((tmp_path / "mnt").iterdir())


def test_a_busy_mount_says_who_holds_it(
    mounts: Mounts, ext4: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends.mounts, "BUSY_SECONDS", 0.0)
    with (
        pytest.raises(InstallError, match=rf"it is used by .*\({os.getpid()}\)") as caught,
        mounts.device(ext4, "ext4", read_only=False) as top,
    ):
        held = (top / "held").open("w")
    held.close()
    mounts.unmount_leftovers()
    assert caught.value.device == ext4


def test_an_error_inside_is_not_hidden_by_a_busy_unmount(
    mounts: Mounts, ext4: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends.mounts, "BUSY_SECONDS", 0.0)
    held: list[IO[str]] = []

    def fail_inside() -> None:
        with mounts.device(ext4, "ext4", read_only=False) as top:
            held.append((top / "held").open("w"))
            raise RuntimeError("first")

    with pytest.raises(RuntimeError, match="first") as caught:
        fail_inside()
    held[0].close()
    mounts.unmount_leftovers()
    assert "cannot be unmounted" in caught.value.__notes__[0]


def test_leftovers_of_a_killed_run(runner: Runner, ext4: str, tmp_path: Path) -> None:
    base = tmp_path / "with blank"
    top = base / "1-0"
    top.mkdir(parents=True)
    runner.run(["mount", ext4, str(top)], timeout=10)
    (top / "sub").mkdir()
    runner.run(["mount", "-t", "tmpfs", "tmpfs", str(top / "sub")], timeout=10)
    assert len(mount_points_below(base)) == 2
    Mounts(runner, base).unmount_leftovers()
    assert mount_points_below(base) == []
    assert not list(base.iterdir())


def test_mounts_of_a_living_process_stay(runner: Runner, ext4: str, tmp_path: Path) -> None:
    base = tmp_path / "mnt"
    gone = base / "99999999-0"
    gone.mkdir(parents=True)
    mounts = Mounts(runner, base)
    runner.run(["mount", "-t", "tmpfs", "tmpfs", str(gone)], timeout=10)
    with mounts.device(ext4, "ext4", read_only=True) as top:
        mounts.unmount_abandoned()
        assert mount_points_below(base) == [top]
        assert not gone.exists()
    mounts.unmount_abandoned()
    assert not list(base.iterdir())


def test_what_has_no_device_of_its_own_is_about_the_disk(mounts: Mounts, ext4: str) -> None:
    with mounts.device(ext4, "ext4", read_only=False) as top:
        with (
            pytest.raises(ToolFailed) as caught,
            mounts.overlay_at(top, lower=top, upper=top / "no", work=top / "no", device=ext4),
        ):
            pytest.fail("there is no upper directory")
        assert caught.value.device == ext4
        with (
            pytest.raises(ToolFailed) as caught,
            mounts.kernel_at(top / "no", "tmpfs", device=ext4),
        ):
            pytest.fail("there is no place for it")
        assert caught.value.device == ext4
