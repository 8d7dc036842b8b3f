"""The run directory: late readers, runs that die, one run at a time, earlier runs kept."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from installer.errors import Refused
from installer.events import (
    Event,
    Notice,
    OperationFinished,
    OperationStarted,
    PlanMade,
    RunFailed,
    RunFinished,
    from_line,
    to_line,
)
from installer.holder import Holder, Starter
from installer.journal import BEGIN_SECONDS, LOCK_SECONDS, RunDirectory, follow
from tests.unit.samples import IDENTIFIERS


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory(path=tmp_path / "atomos" / "run")


def notice(text: str) -> Notice:
    return Notice(time=1.0, text=text)


END = RunFinished(time=2.0, seconds=1.0)


def no_waiting(_seconds: float) -> None:
    raise AssertionError("nothing is to be waited for")


def test_a_late_reader_gets_everything_from_the_start(run: RunDirectory) -> None:
    events: list[Event] = [notice("one"), notice("two"), END]
    with run.hold() as journal:
        for event in events:
            journal.emit(event)
    assert list(follow(run, wait=no_waiting)) == events
    assert list(follow(run, wait=no_waiting)) == events


def test_a_reader_waits_for_what_is_to_come_and_no_longer(run: RunDirectory) -> None:
    to_come = iter([notice("two"), END])
    with run.hold() as journal:
        journal.emit(notice("one"))
        found = list(follow(run, wait=lambda _: journal.emit(next(to_come))))
    assert found == [notice("one"), notice("two"), END]


def test_half_a_line_is_not_read_before_its_end(run: RunDirectory) -> None:
    line = to_line(END).encode() + b"\n"
    halves = iter([line[:20], line[20:]])

    def write_more(_seconds: float) -> None:
        with run.events.open("ab") as file:
            file.write(next(halves))

    with run.hold():
        assert list(follow(run, wait=write_more)) == [END]


def test_events_of_a_later_version_are_passed_over(run: RunDirectory) -> None:
    with run.hold() as journal:
        with run.events.open("a") as file:
            file.write('{"v": 1, "event": "brand-new", "time": 1}\n')
        journal.emit(END)
    assert list(follow(run, wait=no_waiting)) == [END]


def test_a_run_that_died_is_told_to_have_died_in_its_operation(run: RunDirectory) -> None:
    with run.hold() as journal:
        journal.emit(OperationStarted(time=1.0, id="esp"))
        journal.emit(OperationFinished(time=1.0, id="esp", seconds=0.1, digest="d"))
        journal.emit(OperationStarted(time=1.0, id="slots", device="/dev/vda4"))
    last = list(follow(run, wait=no_waiting))[-1]
    assert isinstance(last, RunFailed)
    assert (last.id, last.device) == ("slots", "/dev/vda4")
    assert last.what == "The installation died without a word."
    assert str(run.output) in last.way_out


def test_a_run_has_time_to_say_its_first_word(run: RunDirectory) -> None:
    run.prepare()
    now = 0.0

    def wait(_seconds: float) -> None:
        nonlocal now
        now += BEGIN_SECONDS / 4

    (event,) = follow(run, wait=wait, clock=lambda: now)
    assert isinstance(event, RunFailed)
    assert now > BEGIN_SECONDS


def test_without_any_run_there_is_nothing_to_follow(run: RunDirectory) -> None:
    assert list(follow(run, wait=no_waiting)) == []


def test_only_one_run_at_a_time(run: RunDirectory) -> None:
    with run.hold() as journal:
        journal.emit(notice("one"))
        for attempt in (run.prepare, _hold(run)):
            with pytest.raises(Refused, match="Another installation is running"):
                attempt()
        assert from_line(journal.text()) == notice("one")
    run.prepare()


def _hold(run: RunDirectory) -> Callable[[], None]:
    def hold() -> None:
        with run.hold():
            pass

    return hold


def test_the_holder_is_the_process_of_the_run(run: RunDirectory) -> None:
    assert run.holder() is None
    with run.hold():
        holder = run.holder()
        assert holder is not None
        assert holder.pid == os.getpid()
    assert run.holder() is None


def test_a_lock_that_is_held_for_a_moment_names_no_earlier_process(run: RunDirectory) -> None:
    """Its process id may be another program's by now, and would be the one to be stopped."""
    one_run(run, "before")
    with contextlib.ExitStack() as stack:
        stack.enter_context(run.locked())
        assert run.holder() == Holder(pid=0)


def test_who_comes_second_is_told_who_was_first_since_when_and_how_to_watch(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 1_785_500_000.0)
    starter = Starter(command="atomos-install run", terminal="/dev/ttyS0")
    with run.hold(starter):
        with pytest.raises(Refused) as caught:
            run.prepare()
        (problem,) = caught.value.problems
    assert problem.what == (
        f"Another installation is running on this machine: process {os.getpid()} since 2026-07-31"
        " 12:13 UTC, started by `atomos-install run` on /dev/ttyS0."
    )
    assert "atomos-install attach" in problem.way_out


def test_one_that_nobody_s_terminal_has_started_is_told_too(run: RunDirectory) -> None:
    with run.hold(Starter(command="atomos-install", terminal="")):
        holder = run.holder()
        assert holder is not None
        assert holder.words().endswith("started by `atomos-install` on no terminal")


def test_half_a_signature_is_nobody_s(run: RunDirectory) -> None:
    with run.hold():
        signature = run.lock.read_bytes()
        for half in (b"", signature[:-3], b"[]", b"7", b"\xff"):
            run.lock.write_bytes(half)
            assert run.holder() == Holder(pid=0)
            with pytest.raises(Refused, match="Another installation is running on this machine\\."):
                run.prepare()


def test_a_child_that_works_for_the_holder_is_the_one_to_be_stopped(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with run.hold(Starter(command="atomos-install", terminal="/dev/tty1")) as journal:
        before = run.holder()
        assert before is not None
        monkeypatch.setattr("os.getpid", lambda: 7)
        journal.sign()
        assert run.holder() == replace(before, pid=7)


def test_a_run_that_has_said_its_last_word_is_waited_for_when_it_is_slow_to_go(
    run: RunDirectory,
) -> None:
    with contextlib.ExitStack() as stack:
        journal = stack.enter_context(run.hold())
        journal.emit(notice("one"))
        assert not run.is_over()
        journal.emit(END)
        assert run.is_over()
        timer = threading.Timer(LOCK_SECONDS * 2, stack.pop_all().close)
        timer.start()
        run.prepare()
        timer.join()
    assert not run.is_over()


def test_what_has_not_begun_is_not_over(run: RunDirectory) -> None:
    assert not run.is_over()
    run.prepare()
    assert not run.is_over()
    run.events.write_text('{"half a li')
    assert not run.is_over()


def test_the_lock_goes_with_the_run_that_fails(run: RunDirectory) -> None:
    with contextlib.suppress(RuntimeError), run.hold():
        raise RuntimeError
    assert run.holder() is None


def one_run(run: RunDirectory, text: str) -> None:
    run.prepare()
    with run.hold() as journal:
        journal.emit(notice(text))


def kept(run: RunDirectory) -> Iterator[tuple[str, str]]:
    for file in sorted(run.path.parent.glob("*/events.jsonl")):
        event = from_line(file.read_text())
        assert isinstance(event, Notice)
        yield file.parent.name, event.text


def test_a_new_run_moves_the_old_one_aside_and_keeps_three(run: RunDirectory) -> None:
    for number in range(1, 7):
        one_run(run, f"run {number}")
    run.crash.write_text("traceback")
    assert list(kept(run)) == [
        ("run", "run 6"),
        ("run-1", "run 5"),
        ("run-2", "run 4"),
        ("run-3", "run 3"),
    ]
    run.prepare()
    assert (run.path.parent / "run-1" / "crash.log").read_text() == "traceback"
    assert not run.crash.exists()


def test_only_root_reads_what_a_run_leaves(run: RunDirectory) -> None:
    one_run(run, "x")
    assert run.path.stat().st_mode & 0o777 == 0o700
    assert run.events.stat().st_mode & 0o777 == 0o600


def test_identifiers_come_back_from_the_journal_as_they_were() -> None:
    event = PlanMade(time=1.0, digest="d", identifiers=IDENTIFIERS)
    assert from_line(to_line(event)) == event


@pytest.mark.parametrize("line", ["{}x", '{"event": "finished"}', '{"event": "plan-made"}'])
def test_what_is_no_event_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match=r"event|JSON|Extra data"):
        from_line(line)


def test_mounts_are_those_of_the_run_that_the_lock_is_for(run: RunDirectory) -> None:
    assert RunDirectory().mounts == Path("/run/atomos/mnt")
    assert run.mounts.parent == run.path.parent
    assert RunDirectory(path=Path("run")).mounts.is_absolute()
