"""Manual page, completion and the shell command know all words that the parser knows."""

import argparse
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.upkeep.command_line import _parser, parse

SYSTEM = Path(__file__).parents[2] / "live/system"
MANUAL = SYSTEM / "usr/share/man/man8/atomos.8"
COMPLETION = SYSTEM / "usr/share/bash-completion/completions/atomos"
COMMAND = SYSTEM / "usr/bin/atomos"


def words(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Subcommands, options and choices that help speaks of."""
    for action in parser._actions:
        if action.help == argparse.SUPPRESS:
            continue
        yield from (each for each in action.option_strings if each.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                if name != "execute":
                    yield name
                    yield from words(inner)
        elif action.choices is not None:
            yield from action.choices


def test_the_manual_and_the_completion_have_every_word() -> None:
    known = set(words(_parser()))
    assert {"update", "--allow-unsigned", "recovery", "write"} <= known
    manual = MANUAL.read_text().replace("\\-", "-")
    completion = COMPLETION.read_text()
    for word in known:
        assert word in manual or word == "--help", word
        assert word in completion, word


def leaves(parser: argparse.ArgumentParser, *name: str) -> Iterator[tuple[str, ...]]:
    """Each command that does something, as its words."""
    inner = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if not inner:
        yield name
    for action in inner:
        for word, deeper in action.choices.items():
            if word != "execute":
                yield from leaves(deeper, *name, word)


def actions(name: tuple[str, ...]) -> list[argparse.Action]:
    """What that command takes, but for --help."""
    parser = _parser()
    for word in name:
        (deeper,) = (e for e in parser._actions if isinstance(e, argparse._SubParsersAction))
        parser = deeper.choices[word]
    return [
        each
        for each in parser._actions
        if each.help != argparse.SUPPRESS and not isinstance(each, argparse._HelpAction)
    ]


def options(name: tuple[str, ...]) -> set[str]:
    """Of that command, but for --help."""
    return {word for each in actions(name) for word in each.option_strings}


LEAVES = tuple(leaves(_parser()))


@pytest.mark.parametrize("name", LEAVES, ids=" ".join)
def test_the_manual_says_of_each_command_what_the_parser_does(name: tuple[str, ...]) -> None:
    manual = MANUAL.read_text().replace("\\-", "-")
    synopsis = manual.partition(".SH SYNOPSIS")[2].partition(".SH DESCRIPTION")[0]
    words = " ".join(name)
    # A line of roff begins with a macro, and what it sets in turns is one word.
    (said,) = (
        re.sub(r"(?m)^\.[A-Z]+ |\s", "", rest)
        for each in synopsis.split("\n.br\n")
        for head, _newline, rest in (each.strip().partition("\n"),)
        if head == f".B atomos {words}"
    )
    assert set(re.findall(r"--[a-z-]+[a-z]", said)) == options(name)
    for action in actions(name):
        takes = "|".join(action.choices or ()) or (action.metavar if action.nargs != 0 else "")
        assert f"{''.join(action.option_strings)}{takes or ''}" in said
    assert f".TP\n.B {words}\n" in manual


@pytest.mark.parametrize("name", LEAVES, ids=" ".join)
def test_bash_completes_the_options_of_each_command_and_no_others(name: tuple[str, ...]) -> None:
    assert completed(f"atomos {' '.join(name)} --") == {*options(name), "--help"}


def test_the_shell_command_knows_every_subcommand() -> None:
    usage = subprocess.run([COMMAND, "--help"], capture_output=True, text=True, check=True).stdout
    (names,) = (
        action.choices
        for action in _parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    for name in set(names) - {"execute"}:
        assert f"  {name} " in usage


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("atomos ", {"status", "update", "rollback", "boot-next", "slot", "log", "etc"}),
        ("atomos up", {"update"}),
        ("atomos boot-next ", {"a", "b", "recovery"}),
        ("atomos slot ", {"write"}),
        ("atomos update --al", {"--allow-unsigned"}),
    ],
)
def test_what_bash_completes(typed: str, expected: set[str]) -> None:
    assert expected <= completed(typed)


def completed(typed: str) -> set[str]:
    """What bash offers at the end of that."""
    script = (
        f". {COMPLETION}; IFS=' ' read -ra COMP_WORDS <<<\"$1\";"
        ' case $1 in *" ") COMP_WORDS+=("");; esac;'
        " COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _atomos; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    argv = ["bash", "-c", script, "bash", typed]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "argv", [[], ["slot"], ["boot-next"], ["boot-next", "c"], ["slot", "write"], ["update", "x"]]
)
def test_usage_that_is_wrong_ends_with_2(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(argv)
    assert caught.value.code == 2
    assert "usage: atomos" in capsys.readouterr().err


def test_an_image_without_the_core_says_so(tmp_path: Path) -> None:
    (tmp_path / "usr/lib/atomos").mkdir(parents=True)
    done = subprocess.run(
        [COMMAND, "status"],
        env={"ATOMOS_ROOT": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "this image leaves out what `atomos status` is done by" in done.stderr
