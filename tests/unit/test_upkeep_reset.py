"""``atomos reset``: what is asked for, in which words, and when it is refused."""

import dataclasses
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from installer.boot_state import BootState
from installer.errors import InstallError
from installer.events import OperationStarted
from installer.grub_menu import RESETS
from installer.journal import RunDirectory
from installer.run_words import UPDATE
from installer.upkeep.reset import (
    GOES,
    STAYS,
    Request,
    Step,
    describe_level,
    parse_request,
    request_text,
)
from installer.upkeep.source import known_source
from installer.upkeep.system import Level
from tests.unit import upkeep_samples
from tests.unit.test_upkeep_cli import World
from tests.unit.upkeep_samples import GOOD


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "run")


@pytest.mark.parametrize("level", list(Level))
def test_what_is_written_is_what_is_read(level: Level) -> None:
    text = request_text(level)
    assert text == f"atomos_reset=1\nlevel={level.value}\nstep=asked\n"
    request = parse_request(text)
    assert request == Request(level=level, step=Step.ASKED, begun=False)
    assert request.asks is level
    assert parse_request(request_text(level, begun=True)) == replace(request, begun=True)


@pytest.mark.parametrize(
    ("step", "asks", "renamed"),
    [
        (Step.SWAP, Level.SYSTEM, True),
        (Step.REMOVE, Level.SYSTEM, True),
        (Step.DROP, None, False),
    ],
)
def test_what_starts_have_made_of_it(step: Step, asks: Level | None, renamed: bool) -> None:
    # An older image counts no starts.
    for text in (request_text(Level.SYSTEM, step=step), f"{request_text(Level.SYSTEM)}starts=2\n"):
        request = parse_request(text)
        assert request is not None
        assert request.begun
    request = parse_request(request_text(Level.SYSTEM, step=step))
    assert request is not None
    assert (request.asks, request.has_renamed) == (asks, renamed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "level=settings\nstep=asked\n",
        "atomos_reset=2\nlevel=settings\nstep=asked\n",
        "\0" * 90,
        "atomos_reset=1\nlevel=all\nstep=asked\n",
        "atomos_reset=1\nlevel=settings\nstep=x\n",
    ],
)
def test_what_nobody_of_us_writes_asks_for_nothing(text: str) -> None:
    assert parse_request(text) is None


@pytest.mark.parametrize("level", list(Level))
def test_what_goes_and_what_stays_is_said_in_lines_of_a_console(level: Level) -> None:
    assert level in GOES
    assert level in STAYS
    lines = describe_level(level).splitlines()
    assert lines[0] == f"A reset of {level.value}."
    assert all(len(line) <= 80 for line in lines)
    # What Recovery does cannot be chosen in the menu of a slot.
    assert (level.value in RESETS) is (level is not Level.EVERYTHING)


@pytest.mark.parametrize("level", ["settings", "system"])
def test_by_an_option_where_nobody_sits(
    world: World, capsys: pytest.CaptureFixture[str], level: str
) -> None:
    assert world.run("reset", level, f"--yes={level}") == 0
    said = capsys.readouterr()
    assert "It is done by the next start." in said.out
    assert "People" in said.err or "people" in said.err
    assert world.run("status", "--json") == 0
    assert json.loads(capsys.readouterr().out)["reset"] == level
    assert world.run("status") == 0
    assert f"The next start resets: {level}" in capsys.readouterr().out
    assert world.run("reset", "cancel", "--json") == 0
    assert json.loads(capsys.readouterr().out)["reset"] is None


@pytest.mark.parametrize("word", ["no", "system", "", "Settings", "settings2"])
def test_another_word_asks_for_nothing(
    world: World, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    assert world.run("reset", "settings", "--yes", word) == 3
    assert "nothing is reset" in capsys.readouterr().err
    assert world.systems.now.reset is None


@pytest.mark.parametrize(("typed", "status"), [("settings", 0), (" settings ", 0), ("n", 3)])
def test_typed_at_a_terminal(
    world: World,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    status: int,
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda: typed)
    assert world.run("reset", "settings", "--json") == status
    said = capsys.readouterr()
    assert "Type settings if this is meant: " in said.err
    if status == 0:
        assert json.loads(said.out)["reset"] == "settings"


def test_everything_is_recovery_s_and_its_word_is_the_disk_s_name(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert world.run("reset", "everything", "--yes=everything") == 3
    assert world.systems.now.reset is None
    assert world.run("reset", "everything", "--yes=vda", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["reset"], said["next"], said["once"]) == ("everything", "recovery", "recovery")
    assert world.run("status") == 0
    assert "The next start resets: everything" in capsys.readouterr().out
    # Recovery was started, and left again.
    now = world.systems.now
    world.systems.now = dataclasses.replace(now, state=now.state.forgotten())
    assert world.run("status") == 0
    assert "Recovery resets everything once it is started" in capsys.readouterr().out
    world.systems.now = now
    assert world.run("reset", "cancel", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["reset"], said["next"], said["once"]) == (None, "a", None)


def test_everything_stays_asked_for_whatever_is_put_first(world: World) -> None:
    world.systems.now = upkeep_samples.system(state=BootState(a=GOOD, b=GOOD))
    assert world.run("reset", "everything", "--yes=vda") == 0
    assert world.run("rollback") == 0
    state = world.systems.now.state
    assert (state.once, state.order) == ("recovery", ("b", "a"))


def test_everything_where_there_is_no_recovery(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.systems.now = upkeep_samples.system(recovery=None)
    assert world.run("reset", "everything", "--yes=vda") == 3
    assert "There is no Recovery" in capsys.readouterr().err
    assert world.systems.now.reset is None


def test_what_somebody_wants_to_start_once_is_not_taken_back_by_cancel(world: World) -> None:
    assert world.run("boot-next", "b") == 0
    assert world.run("reset", "settings", "--yes=settings") == 0
    assert world.run("reset", "cancel") == 0
    assert world.systems.now.state.once == "b"


def test_the_address_that_is_written_down_goes_with_the_word(tmp_path: Path) -> None:
    file = tmp_path / "source"
    for text, expected in (
        ("https://example.org/r\n", "https://example.org/r"),
        ("https://example.org/r\nlevel=settings\n", None),
        ("", None),
        ("a b", None),
        # Nothing on the boot partition is encrypted.
        ("https://ada:secret@example.org/r", None),
        ("https://example.org/r?token=secret", None),
    ):
        file.write_text(text)
        assert known_source((file,)) == expected
    text = request_text(Level.EVERYTHING, "https://example.org/r")
    assert text.endswith("step=asked\nsource=https://example.org/r\n")
    request = parse_request(text)
    assert request is not None
    assert request.asks is Level.EVERYTHING


def test_the_end_of_input_is_no_consent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def ends() -> str:
        raise EOFError

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", ends)
    assert world.run("reset", "system") == 3
    assert world.systems.now.reset is None


def test_nobody_can_type(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    assert world.run("reset", "settings") == 2
    assert "`--yes=settings`" in capsys.readouterr().err
    assert world.systems.now.reset is None


@pytest.mark.parametrize("argv", [("reset",), ("reset", "all"), ("reset", "settings", "more")])
def test_what_is_no_level(world: World, argv: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as stopped:
        world.run(*argv)
    assert stopped.value.code == 2


def test_a_boot_partition_that_takes_no_writes(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.systems.boot_fails = InstallError("/dev/vda3 is full", tool_words="No space left")
    assert world.run("reset", "settings", "--yes=settings") == 3
    assert "/dev/vda3 is full: No space left" in capsys.readouterr().err


def test_a_disk_that_takes_no_writes(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    now = world.systems.now
    disk = dataclasses.replace(now.running.disk, read_only=True)
    running = dataclasses.replace(now.running, disk=disk)
    world.systems.now = upkeep_samples.system(running=running)
    assert world.run("reset", "settings", "--yes=settings") == 3
    assert "cannot be written to" in capsys.readouterr().err


def test_while_an_update_is_written(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    run = RunDirectory(path=world.path, words=UPDATE)
    with run.hold() as journal:
        journal.emit(OperationStarted(time=1.0, id="slot"))
        assert world.run("reset", "settings", "--yes=settings") == 3
        assert "Something else is being written" in capsys.readouterr().err
    assert world.systems.now.reset is None
