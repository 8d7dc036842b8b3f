"""A session and a real process of its own. The disk of the answers exists on no machine."""

import dataclasses
import time
from pathlib import Path

import pytest

from backends.runner import Runner
from installer.answers import Answers, DiskChoice
from installer.errors import Refused
from installer.events import RunRefused
from installer.hardware import Machine
from installer.inspection import Sources
from installer.journal import RunDirectory
from installer.session_local import LocalSession
from tests.unit import samples
from tests.unit.fake_machinery import FakeMachine
from tests.unit.fake_world import FakeBoots, FakeInstallations, FakeReleases, FakeSlots

ROOT = Path(__file__).parents[2]
NOWHERE = "/dev/atomos-no-such-disk"


class _OneDisk:
    """A machine with the disk that is nowhere."""

    def machine(self) -> Machine:
        return samples.machine(dataclasses.replace(samples.DISK, path=NOWHERE))


def answers(tmp_path: Path) -> Answers:
    source = samples.answers().source
    return samples.answers(
        disk=DiskChoice(path=NOWHERE),
        source=dataclasses.replace(source, url=(tmp_path / "none").as_uri()),
    )


def session_at(tmp_path: Path) -> LocalSession:
    run = RunDirectory(path=tmp_path / "run")
    return LocalSession(
        sources=Sources(
            hardware=_OneDisk(),
            installations=FakeInstallations(),
            boots=FakeBoots(machine=FakeMachine()),
            slots=FakeSlots(found=b""),
            memory=run.install_journal,
        ),
        releases=FakeReleases(),
        launcher=Runner(),
        unattended=True,
        run=run,
    )


def test_the_process_looks_for_itself_and_tells_in_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    session = session_at(tmp_path)
    wanted = answers(tmp_path)
    session.start(wanted, session.plan(wanted))
    (event,) = session.events()
    assert isinstance(event, RunRefused)
    assert event.problems[0] == f"There is no disk {NOWHERE}."
    assert not (tmp_path / "run" / "output.log").read_text()
    for file in (tmp_path / "run").iterdir():
        assert samples.SECRET not in file.read_text()


def test_events_right_after_the_start_are_the_new_run_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    session = session_at(tmp_path)
    session.refuse(Refused.because("The run before.", "Look."))
    wanted = answers(tmp_path)
    for _again in range(2):
        before = time.time()
        session.start(wanted, session.plan(wanted))
        # The new process is hardly there yet; its journal is, and it is empty.
        (event,) = session.events()
        assert isinstance(event, RunRefused)
        assert event.problems[0] == f"There is no disk {NOWHERE}."
        assert event.time > before
        wait_for_the_end(session)


def wait_for_the_end(session: LocalSession) -> None:
    deadline = time.monotonic() + 30
    while session.running():
        assert time.monotonic() < deadline, "the run holds its lock"
