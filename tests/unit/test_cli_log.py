"""`atomos-install log`: a run told afterwards, or as far as it is, with what the tools printed."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer import cli
from installer.events import (
    Event,
    Notice,
    OperationStarted,
    OutputLine,
    RunFinished,
    from_line,
)
from installer.journal import Journal, RunDirectory
from tests.unit.fake_parts import FAILED, STARTED, WHOLE, FakeParts

BEGIN = OperationStarted(time=3_700.0, id="slots", device="/dev/vda4")
SAYS = OutputLine(time=3_701.0, tool="dd", line="\x1b[31mno space")


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory(path=tmp_path / "atomos" / "run")


def one_run(run: RunDirectory, *events: Event) -> None:
    with run.hold() as journal:
        tell(journal, *events)


def tell(journal: Journal, *events: Event) -> None:
    for event in events:
        journal.emit(event)


def log(run: RunDirectory, *options: str) -> int:
    return cli.main(["log", "--run-dir", str(run.path), *options], FakeParts())


def test_a_run_that_is_over_is_told_with_times_and_tools(
    run: RunDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    one_run(run, STARTED, BEGIN, SAYS, FAILED)
    assert log(run) == 0, "that it failed is no failure of the one who reads it"
    assert capsys.readouterr().out.splitlines() == [
        "00:01:40  Begun 1970-01-01 00:01 UTC by the clock of then",
        "00:01:40  Installing onto QEMU.",
        "01:01:40  [1/1] Write slots",
        "01:01:41      dd: ?[31mno space",
        "00:00:01  FAILED: Write slots",
        "00:00:01      dd ended with status 1",
        "00:00:01      Device: /dev/vda4",
        "00:00:01      $ dd of=/dev/vda4",
        "00:00:01      ?[31mno space",
        "00:00:01      Try another disk.",
    ]


def test_one_that_is_running_is_told_so_far_and_not_waited_for(
    run: RunDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    with run.hold() as journal:
        tell(journal, STARTED, BEGIN)
        assert log(run) == 0
    printed = capsys.readouterr()
    assert printed.out.endswith("[1/1] Write slots\n")
    assert printed.err == "It is still running; --follow goes on until its end.\n"


def test_one_that_died_is_told_to_have_died(
    run: RunDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    one_run(run, STARTED, BEGIN)
    assert log(run) == 0
    printed = capsys.readouterr()
    assert "FAILED: Write slots" in printed.out
    assert "The installation died without a word." in printed.out
    assert printed.err == ""


def test_whoever_stops_following_stops_nothing_else(
    run: RunDirectory, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def until_ctrl_c(_run: RunDirectory) -> Iterator[Event]:
        yield STARTED
        raise KeyboardInterrupt

    one_run(run, STARTED)
    monkeypatch.setattr("installer.journal.follow", until_ctrl_c)
    assert log(run, "--follow") == 5
    said = capsys.readouterr().err
    assert said == "Only the watching ends; what is written goes on.\nInterrupted.\n"


def test_following_goes_on_to_its_end(
    run: RunDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    with run.hold() as journal:
        tell(journal, STARTED, BEGIN)
        end = RunFinished(time=3_702.0, seconds=2.0)
        later = threading.Timer(0.2, lambda: tell(journal, SAYS, end))
        later.start()
        assert log(run, "--follow") == 0
        later.join()
    printed = capsys.readouterr()
    assert "01:01:42  AtomOS is installed, after 2 s.\n" in printed.out
    assert printed.err == ""


def test_earlier_runs_are_told_too(run: RunDirectory, capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("oldest", "before", "latest"):
        one_run(run, Notice(time=1.0, text=text), RunFinished(time=2.0, seconds=1.0))
    assert log(run, "--earlier", "2") == 0
    assert "Note: oldest" in capsys.readouterr().out
    assert log(run, "--earlier", "1") == 0
    assert "Note: before" in capsys.readouterr().out
    assert log(run) == 0
    assert "Note: latest" in capsys.readouterr().out
    assert log(run, "--earlier", "3") == 2
    assert "There were not so many installations" in capsys.readouterr().err


def test_events_are_json_lines(run: RunDirectory, capsys: pytest.CaptureFixture[str]) -> None:
    one_run(run, *WHOLE)
    assert log(run, "--events", "-") == 0
    assert tuple(map(from_line, capsys.readouterr().out.splitlines())) == WHOLE


@pytest.mark.parametrize("options", [(), ("--earlier", "1"), ("--follow",)])
def test_without_any_run_it_says_so(
    run: RunDirectory, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    assert log(run, *options) == 2
    assert "No installation was started" in capsys.readouterr().err


def test_whoever_may_not_read_it_is_told_how(
    run: RunDirectory, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one_run(run, *WHOLE)

    def refuse(_file: Path) -> os.stat_result:
        raise PermissionError(13, "Permission denied", str(run.events))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "stat", refuse)
        assert log(run) == 3
    assert "is root's: start atomos-install with sudo." in capsys.readouterr().err
