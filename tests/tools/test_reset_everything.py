"""What a reset of everything does to a machine: image into memory, old keys away, answers begun."""

import dataclasses
import os
import subprocess
import uuid
from pathlib import Path

import pytest

from backends.block_device import discarded
from backends.boot_state_blocks import BootStateBlocks
from backends.file_systems import Makers
from backends.image_source import ImageSource
from backends.images import DirectImages
from backends.mounts import Mounts
from backends.patience import Patience
from backends.reset_request import ResetRequests, asked_in
from backends.runner import Runner
from backends.target_journal import TargetJournalsOnDisk
from installer.__main__ import LiveParts
from installer.answers import LayoutKind
from installer.answers_file import read_incomplete
from installer.boot_state import BootState, SlotState
from installer.errors import InstallError, Refused
from installer.journal import RunDirectory
from installer.quantity import MIB
from installer.upkeep.reset import KEPT, REQUEST
from installer.upkeep.system import Level
from tests.tools.boot_disk import DISK_SIZE, ROOT, BootDisk, make_boot_disk
from tests.tools.conftest import LoopMaker, random_image

ASKED = ROOT / "live/medium/usr/lib/atomos/live/asked-reset"
GOOD = BootState(a=SlotState(good=True))
SECRET = b"of the old owner"


def told(_done: int, _whole: int) -> None:
    pass


@pytest.fixture
def images() -> DirectImages:
    return DirectImages(ImageSource(patience=Patience(first_pause=0.01)))


def test_the_image_comes_into_memory_and_is_written_from_there(
    images: DirectImages, tmp_path: Path, loop: LoopMaker
) -> None:
    image = random_image(tmp_path / "image", 5 * MIB + 4096)
    file = tmp_path / "new/fetched"
    images.fetch(image, file, told)
    images.verify_fetched(image, file)
    assert file.read_bytes() == (tmp_path / "image").read_bytes()
    (tmp_path / "image").unlink()
    target = loop(8 * MIB)
    images.write(dataclasses.replace(image, url=file.as_uri()), (target,), told)
    images.verify(image, target, told)


def test_an_image_that_is_not_the_release_s_is_not_there(
    images: DirectImages, tmp_path: Path
) -> None:
    image = random_image(tmp_path / "image", 3 * MIB)
    file = tmp_path / "fetched"
    images.fetch(image, file, told)
    for wrong in (
        dataclasses.replace(image, sha256="0" * 64),
        dataclasses.replace(image, size_bytes=image.size_bytes + 1),
    ):
        with pytest.raises(InstallError):
            images.fetch(wrong, file, told)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["image"]


def test_memory_that_holds_another_image_is_found(images: DirectImages, tmp_path: Path) -> None:
    image = random_image(tmp_path / "image", MIB)
    file = tmp_path / "fetched"
    images.fetch(image, file, told)
    with file.open("r+b") as opened:
        opened.seek(4711)
        opened.write(b"\0\1")
    with pytest.raises(InstallError, match="is not the image"):
        images.verify_fetched(image, file)


def test_memory_that_is_full_leaves_nothing(images: DirectImages, tmp_path: Path) -> None:
    image = random_image(tmp_path / "image", 3 * MIB)
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small], check=True)
    try:
        with pytest.raises(InstallError, match=r"full|room|space"):
            images.fetch(image, small / "fetched", told)
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_discard_takes_the_bytes_away(loop: LoopMaker) -> None:
    device = loop(32 * MIB)
    with Path(device).open("r+b") as opened:
        opened.seek(20 * MIB)
        opened.write(SECRET)
        os.fsync(opened.fileno())
    assert discarded(device)
    subprocess.run(["blockdev", "--flushbufs", device], check=True)
    assert SECRET not in Path(device).read_bytes()


def test_a_device_in_use_is_not_discarded(loop: LoopMaker, runner: Runner, mounts: Mounts) -> None:
    device = loop(64 * MIB)
    Makers(runner, mounts).make_ext4(device, label="used", uuid=str(uuid.uuid4()))
    with (
        mounts.device(device, "ext4", read_only=True),
        pytest.raises(InstallError, match="in use"),
    ):
        discarded(device)


@pytest.fixture
def disk(loop: LoopMaker, runner: Runner, mounts: Mounts) -> BootDisk:
    made = make_boot_disk(loop(DISK_SIZE), Makers(runner, mounts), mounts)
    made.put((GOOD.to_block(), GOOD.to_block()))
    return made


def test_the_word_is_found_by_whoever_looks_for_traces(
    disk: BootDisk, runner: Runner, mounts: Mounts
) -> None:
    boots, requests = TargetJournalsOnDisk(runner, mounts), ResetRequests(mounts)
    assert not boots.look(disk.boot).resets_everything
    requests.ask(Level.SETTINGS, boot=disk.boot)
    assert not boots.look(disk.boot).resets_everything
    requests.ask(Level.EVERYTHING, boot=disk.boot, source="https://example.org/r")
    content = boots.look(disk.boot)
    assert (content.resets_everything, content.was_started) == (True, True)
    blocks = BootStateBlocks(mounts)
    for slot in ("a", "b"):
        blocks.close(boot=disk.boot, slot=slot)
    # What a reset leaves while it goes on is nobody's start.
    assert not boots.look(disk.boot).was_started
    boots.put(disk.boot, "{}\n").remove()
    assert not boots.look(disk.boot).resets_everything


def test_recovery_leaves_word_for_the_next_start(
    disk: BootDisk, mounts: Mounts, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    for level in (Level.SETTINGS, None):
        LiveParts().look_before_reset(run, disk.boot, "Disk")
        LiveParts().ask_reset(run, level, disk.boot, "Disk")
        with mounts.device(disk.boot, "ext4", read_only=True) as top:
            assert asked_in(top) is level
    with RunDirectory(path=run).locked(), pytest.raises(Refused):
        LiveParts().ask_reset(run, Level.SYSTEM, disk.boot, "Disk")


@pytest.mark.parametrize("level", [None, Level.SETTINGS, Level.EVERYTHING])
def test_a_reset_that_goes_on_keeps_its_word_and_the_only_image(
    level: Level | None, disk: BootDisk, mounts: Mounts, tmp_path: Path
) -> None:
    ResetRequests(mounts).ask(Level.EVERYTHING, boot=disk.boot, source="https://example.org/r")
    with mounts.device(disk.boot, "ext4", read_only=False) as top:
        (top / KEPT).write_bytes(SECRET)
    TargetJournalsOnDisk(Runner(), mounts).put(disk.boot, "{}\n")
    run = tmp_path / "run"
    words = "onto Disk, or a reset, is not at its end"
    with pytest.raises(Refused, match=words):
        LiveParts().look_before_reset(run, disk.boot, "Disk")
    with pytest.raises(Refused, match=words):
        LiveParts().ask_reset(run, level, disk.boot, "Disk")
    with mounts.device(disk.boot, "ext4", read_only=True) as top:
        assert "source=https://example.org/r" in (top / REQUEST).read_text()
        assert (top / KEPT).read_bytes() == SECRET


def begin(disk: BootDisk, folder: Path, *, recovery: str = "yes") -> Path:
    """What Recovery's console does before the installer; the disk's own third partition is it."""
    run = folder / "run/atomos"
    run.mkdir(parents=True, exist_ok=True)
    (run / "medium").write_text(f"DEVICE={disk.container}\nIN_RAM=yes\nRECOVERY={recovery}\n")
    done = subprocess.run(
        [ASKED],
        env={**os.environ, "ATOMOS_ROOT": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return run / "answers/answers.yaml"


def test_recovery_begins_with_the_disk_and_the_release(
    disk: BootDisk, mounts: Mounts, tmp_path: Path
) -> None:
    assert not begin(disk, tmp_path).exists()
    requests = ResetRequests(mounts)
    requests.ask(Level.SYSTEM, boot=disk.boot)
    assert not begin(disk, tmp_path).exists()
    requests.ask(Level.EVERYTHING, boot=disk.boot, source="https://example.org/r")
    assert not begin(disk, tmp_path, recovery="no").exists()
    file = begin(disk, tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    answers = read_incomplete(file.read_bytes(), file.name, file.parent)
    assert (answers.disk.path, answers.reinstall, answers.wipe) == (disk.device, True, True)
    assert (answers.layout, answers.passphrase) == (LayoutKind.ENCRYPTED, None)
    assert answers.source.url == "https://example.org/r"
    assert answers.user is None
    assert sorted(path.name for path in file.parent.iterdir()) == ["answers.yaml"]
    file.unlink()
    TargetJournalsOnDisk(Runner(), mounts).put(disk.boot, "{}\n")
    # What has begun has answers of its own.
    assert not begin(disk, tmp_path).exists()


@pytest.mark.parametrize("source", [None, 'https://x/"\nwipe: false', "https://x/$(id)"])
def test_instead_of_an_address_that_is_none_it_is_the_system_on_the_disk(
    disk: BootDisk, mounts: Mounts, tmp_path: Path, source: str | None
) -> None:
    ResetRequests(mounts).ask(Level.EVERYTHING, boot=disk.boot, source=source)
    file = begin(disk, tmp_path)
    text = file.read_text()
    assert "$" not in text
    assert "false" not in text
    answers = read_incomplete(file.read_bytes(), file.name, file.parent)
    assert answers.source.is_slot
    file.unlink()
    own = tmp_path / "usr/lib/atomos/source"
    own.parent.mkdir(parents=True)
    own.write_text("https://example.org/r\n")
    # Recovery begins with its own.
    assert "source" not in begin(disk, tmp_path).read_text()
