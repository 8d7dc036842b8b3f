"""The log as one file: what is in it, what is not, and that nothing is written over."""

import tarfile
from pathlib import Path

import pytest

from backends.log_store import LogsOnDisk
from backends.mounts import Mounts
from backends.runner import Runner
from backends.saved_files import SavedFiles
from installer.save_place import AlreadyThere, SavePlace

MEMORY = SavePlace(device=None, kind="", words="memory")
NAME = "atomos-install-20260301-120000.tar.gz"
NOON = 1772366400.0
MOST = 8 * 2**20


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    latest = tmp_path / "atomos/run"
    for folder, said in ((latest, "second"), (latest.with_name("run-1"), "first")):
        folder.mkdir(parents=True)
        (folder / "events.jsonl").write_text(f"{said}\n")
    (latest / "lock").write_text("somebody")
    (latest / "elsewhere").symlink_to("/etc/shadow")
    latest.with_name("install.journal").write_text("header\n")
    answers = latest.with_name("answers")
    answers.mkdir()
    (answers / "password").write_text("correct horse")
    return latest


@pytest.fixture
def logs(runs: Path, tmp_path: Path) -> LogsOnDisk:
    files = SavedFiles(Mounts(Runner(), tmp_path / "mounts"), tmp_path / "saved")
    return LogsOnDisk(files, Runner(), runs, lambda: NOON)


def content(packed: Path) -> dict[str, bytes]:
    with tarfile.open(packed) as archive:
        members = [each for each in archive.getmembers() if each.isfile()]
        opened = {each.name: archive.extractfile(each) for each in members}
        return {name: file.read() for name, file in opened.items() if file is not None}


def test_all_runs_are_in_it_and_what_the_machine_said(logs: LogsOnDisk, tmp_path: Path) -> None:
    assert logs.save(MEMORY) == NAME
    file = tmp_path / "saved" / NAME
    assert file.stat().st_mode & 0o777 == 0o600
    found = content(file)
    assert found["atomos-install/run/events.jsonl"] == b"second\n"
    assert found["atomos-install/run-1/events.jsonl"] == b"first\n"
    assert found["atomos-install/install.journal"] == b"header\n"
    assert b"blockdevices" in found["atomos-install/disks.json"]
    assert {"atomos-install/kernel.log", "atomos-install/journal.log"} <= found.keys()


def test_answers_the_lock_and_links_are_not(logs: LogsOnDisk, tmp_path: Path) -> None:
    logs.save(MEMORY)
    found = content(tmp_path / "saved" / NAME)
    assert not [name for name in found if "answers" in name or "lock" in name or "else" in name]
    assert not [name for name, data in found.items() if b"correct horse" in data]


def test_of_a_long_file_the_end_is_taken(logs: LogsOnDisk, runs: Path, tmp_path: Path) -> None:
    (runs / "output.log").write_bytes(b"early" + bytes(MOST) + b"late")
    logs.save(MEMORY)
    kept = content(tmp_path / "saved" / NAME)["atomos-install/run/output.log"]
    assert len(kept) == MOST
    assert kept.endswith(b"late")


def test_before_the_first_run_there_is_something_too(tmp_path: Path) -> None:
    files = SavedFiles(Mounts(Runner(), tmp_path / "mounts"), tmp_path / "saved")
    LogsOnDisk(files, Runner(), tmp_path / "none/run", lambda: NOON).save(MEMORY)
    assert "atomos-install/disks.json" in content(tmp_path / "saved" / NAME)


def test_nothing_is_written_over(logs: LogsOnDisk, tmp_path: Path) -> None:
    logs.save(MEMORY)
    before = (tmp_path / "saved" / NAME).read_bytes()
    with pytest.raises(AlreadyThere):
        logs.save(MEMORY)
    assert (tmp_path / "saved" / NAME).read_bytes() == before
