"""The command line: what each subcommand prints, and the status it ends with (DESIGN §6)."""

import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from installer import cli
from installer.answers import Afterwards, Answers
from installer.errors import (
    AnswersError,
    AnswersInvalid,
    ExitCode,
    InstallError,
    Problem,
    Refused,
    ToolFailed,
)
from installer.events import (
    Event,
    Notice,
    OperationFinished,
    OperationStarted,
    Progress,
    RunFailed,
    RunFinished,
    RunInterrupted,
    RunRefused,
    RunStarted,
    Step,
    from_line,
)
from installer.hardware import Machine
from installer.session import Plan, Session
from tests.unit import samples

STARTED = RunStarted(
    time=100.0, disk="QEMU", steps=(Step(id="slots", sentence="Write slots", writes_bytes=9),)
)
WHOLE: tuple[Event, ...] = (
    STARTED,
    Notice(time=100.0, text="UNSIGNED"),
    OperationStarted(time=100.0, id="slots"),
    Progress(time=101.0, id="slots", done_bytes=1 << 20, total_bytes=4 << 20, rate=1e6),
    Progress(time=106.0, id="slots", done_bytes=2 << 20, total_bytes=4 << 20, rate=float(1 << 20)),
    OperationFinished(time=110.0, id="slots", seconds=10.0, digest="d"),
    RunFinished(time=111.0, seconds=11.0),
)
FAILED = RunFailed(
    time=1.0,
    id="slots",
    what="dd ended with status 1",
    device="/dev/vda4",
    tool_words="$ dd of=/dev/vda4\n\x1b[31mno space",
    way_out="Try another disk.",
)


@dataclass(kw_only=True)
class FakeSession:
    """A session whose run says `told`; an exception among the events is a signal to itself."""

    refused: Refused | None = None
    told: tuple[Event | signal.Signals, ...] = WHOLE
    stops: int = 0
    started: int = 0
    left: list[Refused] = field(default_factory=list)

    def machine(self) -> Machine:
        return samples.machine()

    def default_source(self) -> str | None:
        return None

    def plan(self, answers: Answers) -> Plan:
        if self.refused is not None:
            raise self.refused
        return samples.plan(wanted=answers)

    def start(self, answers: Answers, plan: Plan) -> None:
        self.started += 1

    def running(self) -> bool:
        return False

    def has_run(self) -> bool:
        return False

    def refuse(self, refusal: Refused) -> None:
        self.left.append(refusal)

    def events(self) -> Iterator[Event]:
        for each in self.told:
            if isinstance(each, signal.Signals):
                signal.raise_signal(each)
            else:
                yield each

    def stop(self) -> None:
        self.stops += 1


@dataclass(kw_only=True)
class FakeParts:
    """Parts around a fake session; remembers what was asked of it."""

    fake: FakeSession = field(default_factory=FakeSession)
    answered: Answers | Exception = field(default_factory=samples.answers)
    attended: list[bool] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def session(self, run: Path, *, unattended: bool) -> Session:
        self.attended.append(not unattended)
        return self.fake

    def show_screens(self, session: Session) -> ExitCode:
        self.done.append("screens")
        return ExitCode.DONE

    def execute(self, run: Path, document: bytes) -> ExitCode:
        raise AssertionError("no test of the command line installs")

    def answers(self, place: str) -> Answers:
        if isinstance(self.answered, Exception):
            raise self.answered
        return self.answered

    def schema(self) -> str:
        return '{"title": "answers"}'

    def recorded(self, machine: Machine) -> str:
        return f"{machine.architecture}\n"

    def reboot(self) -> None:
        self.done.append("reboot")

    def poweroff(self) -> None:
        self.done.append("poweroff")


@pytest.fixture
def parts() -> FakeParts:
    return FakeParts()


RUN = ["run", "--answers", "a.yaml"]


def test_without_a_subcommand_the_screens_are_shown_to_a_person(parts: FakeParts) -> None:
    assert cli.main([], parts) == 0
    assert parts.done == ["screens"]
    assert parts.attended == [True]


def test_a_run_is_told_calmly(parts: FakeParts, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(RUN, parts) == 0
    assert parts.attended == [False]
    assert capsys.readouterr().out == (
        "Installing onto QEMU.\n"
        "Note: UNSIGNED\n"
        "[1/1] Write slots\n"
        "     50 %  2 MiB / 4 MiB, 1 MiB/s\n"
        "    done after 10.0 s\n"
        "AtomOS is installed, after 11 s.\n"
    )


@pytest.mark.parametrize(
    ("last", "code", "words"),
    [
        (FAILED, 4, "    Try another disk.\n"),
        (RunInterrupted(time=1.0, id="slots"), 5, "Stopped, as asked."),
        (
            RunRefused(time=1.0, problems=("Too small.",), ways_out=("Buy.",), questions=("",)),
            3,
            "  ! Too small.",
        ),
    ],
)
def test_the_final_event_is_the_status(
    parts: FakeParts, capsys: pytest.CaptureFixture[str], last: Event, code: int, words: str
) -> None:
    parts.fake.told = (STARTED, last)
    assert cli.main(RUN, parts) == code
    assert words in capsys.readouterr().out
    assert parts.done == []


def test_a_failure_names_everything_and_steers_no_terminal(
    parts: FakeParts, capsys: pytest.CaptureFixture[str]
) -> None:
    parts.fake.told = (STARTED, FAILED)
    cli.main(RUN, parts)
    assert capsys.readouterr().out.splitlines()[1:] == [
        "FAILED: Write slots",
        "    dd ended with status 1",
        "    Device: /dev/vda4",
        "    $ dd of=/dev/vda4",
        "    ?[31mno space",
        "    Try another disk.",
    ]


@pytest.mark.parametrize(
    ("afterwards", "done"),
    [
        (Afterwards.STAY, []),
        (Afterwards.REBOOT, ["reboot"]),
        (Afterwards.POWEROFF, ["poweroff"]),
    ],
)
def test_what_to_do_at_the_end(parts: FakeParts, afterwards: Afterwards, done: list[str]) -> None:
    parts.answered = samples.answers(afterwards=afterwards)
    assert cli.main(RUN, parts) == 0
    assert parts.done == done


def test_a_failed_run_does_not_restart_the_machine(parts: FakeParts) -> None:
    parts.answered = samples.answers(afterwards=Afterwards.REBOOT)
    parts.fake.told = (STARTED, FAILED)
    assert cli.main(RUN, parts) == 4
    assert parts.done == []


def test_events_are_json_lines_and_nothing_else(
    parts: FakeParts, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*RUN, "--events", "-"], parts) == 0
    assert tuple(map(from_line, capsys.readouterr().out.splitlines())) == WHOLE


def test_events_in_a_file_leave_the_log_on_the_terminal(
    parts: FakeParts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "events.jsonl"
    assert cli.main([*RUN, "--events", str(file)], parts) == 0
    assert tuple(map(from_line, file.read_text().splitlines())) == WHOLE
    assert "AtomOS is installed" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["run", "plan", "check"])
def test_a_refusal_names_every_reason(
    parts: FakeParts, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    parts.fake.refused = Refused(
        (
            Problem(what="The disk is too small.", way_out="Choose another."),
            Problem(what="Not root.", way_out="Use sudo."),
        )
    )
    assert cli.main([command, "--answers", "a.yaml"], parts) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "Refused, for 2 reasons. Nothing was written.\n"
        "  ! The disk is too small.\n"
        "    Choose another.\n"
        "  ! Not root.\n"
        "    Use sudo.\n"
    )
    assert parts.fake.started == 0
    assert parts.fake.left == ([parts.fake.refused] if command == "run" else [])


def test_a_refusal_is_an_event_too(parts: FakeParts, capsys: pytest.CaptureFixture[str]) -> None:
    parts.fake.refused = Refused.because("Too small.", "Buy.")
    assert cli.main([*RUN, "--events", "-"], parts) == 3
    event = from_line(capsys.readouterr().out)
    assert isinstance(event, RunRefused)
    assert event.problems == ("Too small.",)


@pytest.mark.parametrize("command", ["run", "plan", "check"])
def test_wrong_answers_are_told_by_their_place(
    parts: FakeParts, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    parts.answered = AnswersInvalid(
        (
            AnswersError(file="a.yaml", line=3, column=1, what="no key wip", right="write wipe"),
            AnswersError(file="a.yaml", line=9, column=5, what="no disk", right="name one"),
        )
    )
    assert cli.main([command, "--answers", "a.yaml"], parts) == 2
    assert capsys.readouterr().err == (
        "a.yaml:3:1: no key wip, write wipe\na.yaml:9:5: no disk, name one\n"
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(2, "No such file or directory"), "a.yaml: the answers cannot be read"),
        (InstallError("the server does not answer"), "the server does not answer"),
    ],
)
def test_answers_that_cannot_be_had(
    parts: FakeParts, capsys: pytest.CaptureFixture[str], error: Exception, words: str
) -> None:
    parts.answered = error
    assert status_of(parts, *RUN) == 2
    assert words in capsys.readouterr().err


def status_of(parts: FakeParts, *argv: str) -> int:
    try:
        return cli.main(argv, parts)
    except SystemExit as error:
        return int(error.code or 0)


@pytest.mark.parametrize("argv", [["run"], ["dance"], ["run", "--answers"], ["--nonsense"]])
def test_wrong_usage(parts: FakeParts, argv: list[str]) -> None:
    assert status_of(parts, *argv) == 2


@pytest.mark.parametrize(
    "command", ["run", "attach", "plan", "check", "schema", "disks", "record-machine"]
)
def test_help_gives_an_example(
    parts: FakeParts, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert status_of(parts, command, "--help") == 0
    assert f"example: atomos-install {command}" in capsys.readouterr().out


def test_the_first_help_names_every_subcommand_for_people(
    parts: FakeParts, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(parts, "--help") == 0
    printed = capsys.readouterr().out
    for command in ("run", "attach", "plan", "check", "schema", "disks", "record-machine"):
        assert command in printed
    assert "execute" not in printed


def test_plan_is_for_a_person(parts: FakeParts, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["plan", "--answers", "a.yaml"], parts) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("UNSIGNED")
    assert "- everything on QEMU HARDDISK (/dev/vda), 16 GiB\n" in printed
    assert "/dev/vda4          2 GiB  SquashFS  atomos-a         Root A, the system\n" in printed
    assert "AtomOS Debian 0.1.0 for x86-64 will be installed.\n" in printed
    assert " 1. Write a new partition table to /dev/vda\n" in printed
    assert f"Bytes that will be written: {2280 << 20} (2.2 GiB)." in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_check_of_what_nothing_is_in_the_way_of(
    parts: FakeParts, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", "--answers", "a.yaml"], parts) == 0
    assert "QEMU HARDDISK (/dev/vda)" in capsys.readouterr().out
    assert parts.fake.started == 0


def test_schema_and_disks(parts: FakeParts, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["schema"], parts) == 0
    assert json.loads(capsys.readouterr().out) == {"title": "answers"}
    assert cli.main(["disks"], parts) == 0
    printed = capsys.readouterr().out
    assert "/dev/sda  USB Stick  4 GiB, usb, this live system's medium\n" in printed
    assert "  /dev/disk/by-id/virtio-atomos-target\n" in printed


def test_a_machine_is_recorded(
    parts: FakeParts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["record-machine"], parts) == 0
    assert capsys.readouterr().out == "x86-64\n"
    assert cli.main(["record-machine", "--to", str(tmp_path / "m.json")], parts) == 0
    assert (tmp_path / "m.json").read_text() == "x86-64\n"
    assert cli.main(["record-machine", "--to", str(tmp_path / "none" / "m.json")], parts) == 2


def test_attach_tells_the_whole_run(
    parts: FakeParts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "events.jsonl").touch()
    assert cli.main(["attach", "--run-dir", str(tmp_path)], parts) == 0
    assert "AtomOS is installed" in capsys.readouterr().out
    assert parts.fake.started == 0


def test_attach_without_a_run(
    parts: FakeParts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["attach", "--run-dir", str(tmp_path)], parts) == 2
    assert "No installation was started" in capsys.readouterr().err


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_the_run_to_stop(
    parts: FakeParts, capsys: pytest.CaptureFixture[str], name: signal.Signals
) -> None:
    before = signal.getsignal(name)
    parts.fake.told = (STARTED, name, RunInterrupted(time=1.0, id="slots"))
    assert cli.main(RUN, parts) == 5
    assert parts.fake.stops == 1
    assert "Stopped, as asked." in capsys.readouterr().out
    assert signal.getsignal(name) is before


def test_the_second_signal_ends_only_the_watching(parts: FakeParts) -> None:
    parts.fake.told = (STARTED, signal.SIGINT, signal.SIGINT, *WHOLE)
    assert cli.main(RUN, parts) == 5
    assert parts.fake.stops == 1


def test_leaving_an_attached_run_does_not_stop_it(parts: FakeParts, tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").touch()
    parts.fake.told = (STARTED, signal.SIGINT, *WHOLE)
    assert cli.main(["attach", "--run-dir", str(tmp_path)], parts) == 5
    assert parts.fake.stops == 0


def test_a_tool_that_fails_before_the_run_is_told_in_its_own_words(
    parts: FakeParts, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(answers: Answers, plan: Plan) -> None:
        raise ToolFailed(("python3", "-m"), "did not start", "no memory")

    monkeypatch.setattr(parts.fake, "start", fail)
    assert cli.main(RUN, parts) == 4
    assert capsys.readouterr().err == "python3 did not start\nno memory\n"


def test_an_unexpected_error_names_a_file_and_shows_no_traceback(
    parts: FakeParts,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    parts.answered = RuntimeError("a bug")
    assert cli.main(RUN, parts) == 4
    printed = capsys.readouterr().err
    (log,) = tmp_path.iterdir()
    assert str(log) in printed
    assert "Traceback" not in printed
    assert "a bug" in log.read_text()
