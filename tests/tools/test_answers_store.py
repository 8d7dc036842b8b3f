"""Answers saved onto a real file system; where that is full, what was there stays."""

import contextlib
import uuid
from pathlib import Path

import pytest

from backends.answers_store import AnswersOnDisk
from backends.file_systems import Makers
from backends.mounts import Mounts, mount_points_below
from backends.runner import Runner
from installer.errors import InstallError
from installer.quantity import MIB
from installer.save_place import AlreadyThere, SavePlace
from tests.tools.conftest import LoopMaker


@pytest.fixture
def stick(loop: LoopMaker, runner: Runner, mounts: Mounts) -> SavePlace:
    device = loop(16 * MIB)
    Makers(runner, mounts).make_ext4(device, label="keys", uuid=str(uuid.uuid4()))
    return SavePlace(device=device, kind="ext4", words=f"{device} KEYS")


def test_they_are_on_the_stick_and_it_is_let_go(
    stick: SavePlace, mounts: Mounts, tmp_path: Path
) -> None:
    store = AnswersOnDisk(mounts)
    store.save(stick, "version: 1\n", replaces=False)
    with pytest.raises(AlreadyThere, match="KEYS has a file"):
        store.save(stick, "version: 2\n", replaces=False)
    assert mount_points_below(tmp_path) == []
    assert stick.device is not None
    with mounts.device(stick.device, "ext4", read_only=True) as top:
        assert (top / "answers.yaml").read_text() == "version: 1\n"
        assert (top / "answers.yaml").stat().st_mode & 0o777 == 0o600


def fill_up(file: Path) -> None:
    """Until no block is left."""
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as big:
        while True:
            big.write(bytes(4096))


def test_on_a_full_stick_the_file_that_was_there_stays(
    stick: SavePlace, mounts: Mounts, tmp_path: Path
) -> None:
    store = AnswersOnDisk(mounts)
    store.save(stick, "version: 1\n", replaces=False)
    assert stick.device is not None
    with mounts.device(stick.device, "ext4", read_only=False) as top:
        fill_up(top / "big")
    with pytest.raises(InstallError, match="No space left on device"):
        store.save(stick, "#" * MIB, replaces=True)
    with mounts.device(stick.device, "ext4", read_only=True) as top:
        assert (top / "answers.yaml").read_text() == "version: 1\n"
        assert not (top / ".answers.yaml.new").exists()
    assert mount_points_below(tmp_path) == []


def test_a_stick_that_was_pulled_out_is_told(mounts: Mounts) -> None:
    gone = SavePlace(device="/dev/no-such-stick", kind="ext4", words="/dev/no-such-stick")
    with pytest.raises(InstallError) as caught:
        AnswersOnDisk(mounts).save(gone, "version: 1\n", replaces=False)
    assert str(caught.value) == "/dev/no-such-stick is not there"
