"""Answers saved onto a real stick: they are on it afterwards, and it is full or read-only in words."""

import uuid
from pathlib import Path

import pytest

from backends.answers_store import AnswersOnDisk
from backends.file_systems import Makers
from backends.mounts import Mounts, mount_points_below
from backends.runner import Runner
from installer.answers_store import AlreadyThere, SavePlace
from installer.errors import InstallError
from installer.quantity import MIB
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


def test_on_a_full_stick_the_file_that_was_there_stays(
    stick: SavePlace, mounts: Mounts, tmp_path: Path
) -> None:
    store = AnswersOnDisk(mounts)
    store.save(stick, "version: 1\n", replaces=False)
    assert stick.device is not None
    with (
        mounts.device(stick.device, "ext4", read_only=False) as top,
        (top / "big").open("wb") as big,
        pytest.raises(OSError, match="No space left"),
    ):
        while True:
            big.write(bytes(MIB))
            big.flush()
    with pytest.raises(InstallError, match="cannot be written to .*: No space left on device"):
        store.save(stick, "#" * MIB, replaces=True)
    with mounts.device(stick.device, "ext4", read_only=True) as top:
        assert (top / "answers.yaml").read_text() == "version: 1\n"
        assert not (top / ".answers.yaml.new").exists()
    assert mount_points_below(tmp_path) == []


def test_a_stick_that_was_pulled_out_is_told_in_the_tools_words(mounts: Mounts) -> None:
    gone = SavePlace(device="/dev/no-such-stick", kind="ext4", words="/dev/no-such-stick")
    with pytest.raises(InstallError) as caught:
        AnswersOnDisk(mounts).save(gone, "version: 1\n", replaces=False)
    assert "mount" in str(caught.value)
    assert "no-such-stick" in caught.value.tool_words
