"""The command line: what each subcommand prints, and the status it ends with (DESIGN §6)."""

import dataclasses
import json
from pathlib import Path

import pytest

from installer import cli
from installer.__main__ import LiveParts
from installer.answers import Answers
from installer.command_line import parse
from installer.errors import (
    AnswersError,
    AnswersInvalid,
    InstallError,
    Problem,
    Refused,
    ToolFailed,
)
from installer.events import (
    RunRefused,
    from_line,
)
from installer.run_place import DEFAULT_RUN
from installer.session import Plan
from installer.unfinished import Done
from tests.unit import samples
from tests.unit.fake_parts import RUN, FakeParts, FakeSession
from tests.unit.test_unfinished import unfinished


@pytest.fixture
def parts() -> FakeParts:
    return FakeParts()


def test_without_a_subcommand_the_screens_are_shown_to_a_person(parts: FakeParts) -> None:
    assert cli.main([], parts) == 0
    assert parts.done == ["screens"]
    assert parts.attended == [True]


def test_no_word_at_all_means_the_same_as_one_option_that_is_as_ever() -> None:
    said = vars(parse(["--run-dir", str(DEFAULT_RUN)]))
    assert vars(parse([])) == said
    assert said["command"] is None


def test_plain_mode_is_an_option(parts: FakeParts) -> None:
    assert cli.main(["--plain"], parts) == 0
    assert parts.done == ["plain"]
    assert cli.main(["--plain", "--answers", "half.yaml"], parts) == 0
    assert parts.done == ["plain", "plain by half.yaml"]


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


def test_what_others_said_steers_no_terminal(
    parts: FakeParts, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = dataclasses.replace(samples.DISK, model="\x1b[2JACME")
    monkeypatch.setattr(parts.fake, "plan", lambda _, **__: samples.plan(at=samples.machine(disk)))
    assert cli.main(["check", "--answers", "a.yaml"], parts) == 0
    assert "?[2JACME (/dev/vda)" in capsys.readouterr().out
    parts.fake = FakeSession(refused=Refused.because("\x1b[2JNo.", "Ask."))
    assert cli.main(["plan", "--answers", "a.yaml"], parts) == 3
    assert "  ! ?[2JNo.\n    Ask.\n" in capsys.readouterr().err


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


@pytest.mark.parametrize("place", ["ftp://example.org/answers.yaml", "file:///answers.yaml"])
def test_answers_are_a_path_or_an_address_of_the_web(
    capsys: pytest.CaptureFixture[str], place: str
) -> None:
    """The kernel's "No such file or directory" did not say what would be one."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["check", "--answers", place], LiveParts())
    assert ended.value.code == 2
    right = "answers are a path, or an http:// or https:// address"
    assert capsys.readouterr().err == f"{place}: the answers cannot be read: {right}\n"


def status_of(parts: FakeParts, *argv: str) -> int:
    try:
        return cli.main(argv, parts)
    except SystemExit as error:
        return int(error.code or 0)


@pytest.mark.parametrize("argv", [["run"], ["dance"], ["run", "--answers"], ["--nonsense"]])
def test_wrong_usage(parts: FakeParts, argv: list[str]) -> None:
    assert status_of(parts, *argv) == 2


@pytest.mark.parametrize(
    "command",
    ["run", "attach", "log", "plan", "check", "unfinished", "schema", "disks", "record-machine"],
)
def test_help_gives_an_example_and_fits(
    parts: FakeParts,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert status_of(parts, command, "--help") == 0
    printed = capsys.readouterr().out
    assert f"example: atomos-install {command}" in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_the_first_help_names_every_subcommand_for_people(
    parts: FakeParts, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(parts, "--help") == 0
    printed = capsys.readouterr().out
    for command in ("run", "attach", "log", "plan", "check", "unfinished", "schema", "disks"):
        assert command in printed
    assert "execute" not in printed
    assert "find-release" not in printed


def test_plan_is_for_a_person(parts: FakeParts, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["plan", "--answers", "a.yaml"], parts) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("UNSIGNED")
    assert "- everything on QEMU HARDDISK (/dev/vda), 16 GiB\n" in printed
    assert "/dev/vda4           2 GiB  SquashFS  atomos-a         Root A, the system\n" in printed
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


@pytest.mark.parametrize("command", ["run", "plan", "check"])
@pytest.mark.parametrize("over", [False, True])
def test_to_start_over_is_an_option(parts: FakeParts, command: str, over: bool) -> None:
    option = ["--start-over"] if over else []
    assert cli.main([command, "--answers", "a.yaml", *option], parts) == 0
    assert parts.fake.over == [over]


def resuming() -> Plan:
    """A plan of which the first two steps are done."""
    plan = samples.plan()
    done = tuple(Done(id=each.id, deed=each.deed(), at=1.0) for each in plan.operations[:2])
    return dataclasses.replace(plan, resumes=unfinished(done=done))


def test_a_plan_marks_what_is_done(
    parts: FakeParts, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts.fake, "plan", lambda _, **__: resuming())
    assert cli.main(["plan", "--answers", "a.yaml"], parts) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "1. Write a new partition table to /dev/vda (done, will be looked at again)" in words
    assert words.count("will be looked at again") == 2
    assert cli.main(["check", "--answers", "a.yaml"], parts) == 0
    assert "The unfinished installation onto QEMU HARDDISK (/dev/vda) would be resumed" in (
        capsys.readouterr().out
    )


def test_unfinished_ones_are_listed(
    parts: FakeParts, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["unfinished"], parts) == 0
    assert "No unfinished installation" in capsys.readouterr().out
    parts.fake.begun = (unfinished(),)
    assert cli.main(["unfinished"], parts) == 0
    assert "1 of 4 steps are done" in capsys.readouterr().out
    monkeypatch.setattr(parts.fake, "running", lambda: True)
    assert cli.main(["unfinished"], parts) == 0
    assert "atomos-install attach" in capsys.readouterr().out


def test_unfinished_ones_are_read_as_root(
    parts: FakeParts, capsys: pytest.CaptureFixture[str]
) -> None:
    parts.fake.now = samples.machine(root=False)
    assert cli.main(["unfinished"], parts) == 3
    assert "start it with sudo" in capsys.readouterr().err
