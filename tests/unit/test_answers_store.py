"""Answers in a folder: for root alone, whole, and never over another file unasked."""

from pathlib import Path

import pytest

from backends.answers_store import AnswersOnDisk
from backends.mounts import Mounts
from backends.runner import Runner
from installer.answers_rules import PASSWORD_HASH
from installer.errors import InstallError
from installer.save_place import AlreadyThere, SavePlace, save_places
from installer.secret import Secret
from tests.unit import samples

MEMORY = SavePlace(device=None, kind="", words="memory")


@pytest.fixture
def store(tmp_path: Path) -> AnswersOnDisk:
    return AnswersOnDisk(Mounts(Runner(), tmp_path / "mounts"), tmp_path / "saved")


def test_the_file_is_there_whole_and_for_its_owner_alone(
    store: AnswersOnDisk, tmp_path: Path
) -> None:
    store.save(MEMORY, "version: 1\n", replaces=False)
    file = tmp_path / "saved" / "answers.yaml"
    assert file.read_text() == "version: 1\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert list(file.parent.iterdir()) == [file]


def test_a_file_that_is_there_stays_unless_it_is_to_be_replaced(
    store: AnswersOnDisk, tmp_path: Path
) -> None:
    file = tmp_path / "saved" / "answers.yaml"
    store.save(MEMORY, "first\n", replaces=False)
    with pytest.raises(AlreadyThere, match="memory has a file answers"):
        store.save(MEMORY, "second\n", replaces=False)
    assert file.read_text() == "first\n"
    store.save(MEMORY, "second\n", replaces=True)
    assert file.read_text() == "second\n"


def test_a_link_is_not_written_through(store: AnswersOnDisk, tmp_path: Path) -> None:
    folder, other = tmp_path / "saved", tmp_path / "other"
    folder.mkdir()
    other.write_text("of somebody else")
    (folder / "answers.yaml").symlink_to(other)
    with pytest.raises(AlreadyThere):
        store.save(MEMORY, "mine\n", replaces=False)
    store.save(MEMORY, "mine\n", replaces=True)
    assert other.read_text() == "of somebody else"
    assert (folder / "answers.yaml").read_text() == "mine\n"


def test_what_cannot_be_written_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "saved").write_text("no folder")
    store = AnswersOnDisk(Mounts(Runner(), tmp_path / "mounts"), tmp_path / "saved")
    with pytest.raises(InstallError, match="saved cannot be made: File exists"):
        store.save(MEMORY, "text\n", replaces=False)


def test_the_hash_is_yescrypt_with_another_salt_each_time(store: AnswersOnDisk) -> None:
    hashes = [store.hashed(Secret("correct horse")) for _ in range(2)]
    texts = [each.reveal() if each else "" for each in hashes]
    assert all(PASSWORD_HASH.allows(text) and text.startswith("$y$") for text in texts)
    assert texts[0] != texts[1]


def test_the_hash_opens_with_the_password_alone(store: AnswersOnDisk) -> None:
    """Judged by Python's own crypt, which is the same library by another way."""
    crypt = pytest.importorskip("crypt", reason="Python 3.13 has none any more")
    made = store.hashed(Secret("correct hörse"))
    assert made is not None
    assert crypt.crypt("correct hörse", made.reveal()) == made.reveal()
    assert crypt.crypt("wrong", made.reveal()) != made.reveal()


def test_sticks_are_offered_first_and_never_the_disk_itself() -> None:
    part = samples.stick_partition("/dev/sdb1", label=None)
    stick = samples.STICK.__class__(
        path="/dev/sdb", removable=True, size_bytes=1 << 30, partitions=(part,)
    )
    places = save_places(samples.machine(samples.DISK, stick), samples.DISK.path)
    assert [each.device for each in places] == ["/dev/sdb1", None]
    assert places[0].kind == "vfat"
    assert "MY STICK" in places[0].words
    assert places[1].file("answers.yaml") == "/run/atomos/saved/answers.yaml"
