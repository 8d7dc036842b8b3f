"""Subcommands and options of ``atomos-install``, each with an example."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from installer import VERSION
from installer.run_place import DEFAULT_RUN, KEPT_RUNS
from installer.text import N_, _
from installer.upkeep.command_line import LEVELS

PROGRAM: Final = "atomos-install"
EXIT_CODES: Final = N_(
    "exit status: 0 done; 2 answers or usage wrong; 3 refused, nothing was written;"
    " 4 an operation failed; 5 interrupted"
)


class _HelpOfLines(argparse.HelpFormatter):
    """Keeps the lines of description and epilog apart, and breaks the long ones between words:
    argparse does either the one or the other."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(
            super(_HelpOfLines, self)._fill_text(line, width, indent) for line in text.split("\n")
        )


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments. Raises SystemExit: 2 when they are wrong, 0 after ``--help``."""
    parser = _parser()
    if argv:
        _add_commands(parser)
    else:
        # The app is what most start: eleven more parsers took 3 ms of the 200 to its first page.
        parser.set_defaults(command=None)
    return parser.parse_args(argv)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description=_(
            "Install AtomOS. Without a subcommand the app asks its questions on this terminal."
        ),
        epilog=_("example: {program} run --answers answers.yaml").format(program=PROGRAM)
        + f"\n{_(EXIT_CODES)}",
        formatter_class=_HelpOfLines,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {VERSION}")
    parser.add_argument(
        "--plain",
        action="store_true",
        help=_(
            "ask line by line, for screen readers and terminals that cannot draw; by itself where"
            " TERM says that this one cannot"
        ),
    )
    parser.add_argument(
        "--answers",
        metavar="FILE|URL",
        help=_("answers file that the app begins with: it asks what is not in it"),
    )
    _add_run_dir(parser, DEFAULT_RUN)
    return parser


def _add_commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="command", metavar=_("subcommand"))
    _add_run(commands)
    _add_attach(commands)
    _add_log(commands)
    _add_looks(commands)
    _add(commands, "schema", _("print the JSON Schema of an answers file"), "schema > answers.json")
    _add(commands, "disks", _("list the disks of this machine"), "disks")
    _add_reset(commands)
    record = _add(
        commands,
        "record-machine",
        _("write down this machine's hardware, serial numbers replaced, for a report"),
        "record-machine --to machine.json",
    )
    record.add_argument("--to", type=Path, metavar="FILE", help=_("file to write; default: print"))
    # Started by the others, with a document on standard input; no help speaks of it.
    for hidden in ("execute", "find-release"):
        _add_run_dir(commands.add_parser(hidden), argparse.SUPPRESS)


_Commands = (
    argparse._SubParsersAction
)  # argparse has no public name for what add_subparsers returns


def _add(
    commands: "_Commands[argparse.ArgumentParser]", name: str, what: str, example: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=what,
        description=what[0].upper() + what[1:] + ".",
        epilog=_("example: {example}").format(example=f"{PROGRAM} {example}")
        + f"\n{_(EXIT_CODES)}",
        formatter_class=_HelpOfLines,
    )
    _add_run_dir(parser, argparse.SUPPRESS)
    return parser


def _add_run(commands: "_Commands[argparse.ArgumentParser]") -> None:
    run = _add(
        commands,
        "run",
        _("install unattended, by an answers file"),
        "run --answers answers.yaml --events events.jsonl",
    )
    _add_answers(run)
    _add_start_over(run)
    _add_events(run)


def _add_looks(commands: "_Commands[argparse.ArgumentParser]") -> None:
    plan = _add(
        commands,
        "plan",
        _("print what would be done, and write nothing"),
        "plan --answers answers.yaml",
    )
    check = _add(
        commands,
        "check",
        _("say whether an installation would be refused (status 3) or not (0)"),
        "check --answers http://192.0.2.1/answers.yaml",
    )
    for each in (plan, check):
        _add_answers(each)
        _add_start_over(each)
    _add(
        commands,
        "unfinished",
        _("list installations that came to no end, and can be resumed"),
        "unfinished",
    )


def _add_attach(commands: "_Commands[argparse.ArgumentParser]") -> None:
    attach = _add(
        commands,
        "attach",
        _("watch the running or latest installation from its start"),
        "attach",
    )
    _add_events(attach)


def _add_log(commands: "_Commands[argparse.ArgumentParser]") -> None:
    log = _add(
        commands,
        "log",
        _("print the log of the running or latest installation, with all that the tools printed"),
        "log --earlier 1",
    )
    log.add_argument("--follow", action="store_true", help=_("go on until its end"))
    log.add_argument(
        "--earlier",
        type=int,
        choices=range(1, KEPT_RUNS + 1),
        default=0,
        metavar="N",
        help=_("of the installation before the latest (1), and so on; {count} are kept").format(
            count=KEPT_RUNS
        ),
    )
    _add_events(log)


def _add_reset(commands: "_Commands[argparse.ArgumentParser]") -> None:
    reset = _add(
        commands,
        "reset",
        _("have an AtomOS on a disk reset its settings, or more, when it is started next"),
        "reset settings",
    )
    reset.add_argument(
        "level",
        choices=LEVELS,
        metavar="|".join(LEVELS),
        help=_("how much; `cancel` takes the word back"),
    )
    reset.add_argument(
        "--disk", metavar="DISK", help=_("which disk; by itself Recovery's own, or the only one")
    )
    reset.add_argument(
        "--yes",
        metavar="WORD",
        help=_("the word that is asked for, where nobody sits who could type it"),
    )


def _add_answers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--answers",
        required=True,
        metavar="FILE|URL",
        help=_("answers file, or its http:// or https:// address"),
    )


def _add_start_over(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--start-over",
        action="store_true",
        help=_("begin anew, where an unfinished installation would be resumed"),
    )


def _add_events(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--events",
        metavar="FILE",
        help=_("write events as JSON lines to FILE; - prints them instead of the log"),
    )


def _add_run_dir(parser: argparse.ArgumentParser, default: Path | str) -> None:
    parser.add_argument("--run-dir", type=Path, default=default, help=argparse.SUPPRESS)
