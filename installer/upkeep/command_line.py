"""Subcommands and options of ``atomos`` that keep an installed system, each with an example."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from installer.run_place import DEFAULT_RUN
from installer.text import N_, _

PROGRAM: Final = "atomos"
EXIT_CODES: Final = N_(
    "exit status: 0 done; 2 usage wrong; 3 refused, nothing was written; 4 a step failed;"
    " 5 interrupted"
)
NAMES: Final = ("a", "b", "recovery")
CANCEL: Final = "cancel"
LEVELS: Final = ("settings", "system", "everything", CANCEL)

_Commands = (
    argparse._SubParsersAction
)  # argparse has no public name for what add_subparsers returns


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments. Raises SystemExit: 2 when they are wrong, 0 after ``--help``."""
    return _parser().parse_args(argv)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, formatter_class=_formatter())
    parser.add_argument("--run-dir", type=Path, default=DEFAULT_RUN, help=argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="command", required=True, metavar=_("subcommand"))
    _add(
        commands,
        "status",
        _("say what the slots and Recovery hold, what runs, and what starts next"),
        "status --json",
        _("print it as one JSON object"),
    )
    _add(
        commands,
        "unlock",
        _("open the encrypted disk, from Recovery: the others can see its slots then"),
        "unlock",
        _("print the status afterwards as one JSON object"),
    )
    _add_update(commands)
    _add(
        commands,
        "rollback",
        _("start the other slot first, from the next start on"),
        "rollback",
        _("print the status afterwards as one JSON object"),
    )
    once = _add(
        commands,
        "boot-next",
        _("start a slot or Recovery the next time, that once"),
        "boot-next recovery",
        _("print the status afterwards as one JSON object"),
    )
    once.add_argument("name", choices=NAMES, help=_("what is to start"))
    _add_slot(commands)
    _add_recovery(commands)
    _add_reset(commands)
    log = _add(
        commands,
        "log",
        _("tell what the latest update wrote down since this machine was started"),
        "log --follow",
        _("print events as JSON lines"),
    )
    log.add_argument("--follow", action="store_true", help=_("go on until its end"))
    log.add_argument(
        "--failed",
        action="store_true",
        help=_("tell instead what a slot that did not come up three times wrote itself"),
    )
    screens = commands.add_parser(
        "screens",
        help=_("show all of this on screens, as `atomos` alone does on a terminal"),
        formatter_class=_formatter(),
    )
    screens.add_argument("--run-dir", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    # Started by the others, with a document on standard input; no help speaks of it.
    execute = commands.add_parser("execute")
    execute.add_argument("--run-dir", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser


def _add_update(commands: "_Commands[argparse.ArgumentParser]") -> None:
    update = _add(
        commands,
        "update",
        _("write a newer release into the slot that does not run; it starts with the next restart"),
        "update --from https://example.org/atomos",
        _("print events as JSON lines; with --check, one JSON object"),
    )
    _add_source(update)
    kind = update.add_mutually_exclusive_group()
    kind.add_argument(
        "--check", action="store_true", help=_("only say whether there is a newer one")
    )
    kind.add_argument(
        "--scheduled",
        action="store_true",
        help=_("go as far as update.yaml allows, as the timer does (docs/update.md)"),
    )
    update.add_argument(
        "--older", action="store_true", help=_("take a version that is older, or runs already")
    )
    _add_unsigned(update)


def _add_slot(commands: "_Commands[argparse.ArgumentParser]") -> None:
    slot = commands.add_parser(
        "slot",
        help=_("write an image of your own into the slot that does not run"),
        formatter_class=_formatter(),
    )
    deeds = slot.add_subparsers(dest="deed", required=True, metavar=_("subcommand"))
    write = _add(
        deeds,
        "write",
        _("write an image, or a release of any version, into the slot that does not run"),
        "slot write --allow-unsigned my.squashfs",
        _("print events as JSON lines"),
    )
    write.add_argument(
        "what",
        metavar="IMAGE|DIR|URL",
        help=_("a SquashFS with a system in it, or where a release is"),
    )
    _add_unsigned(write)


def _add_recovery(commands: "_Commands[argparse.ArgumentParser]") -> None:
    recovery = commands.add_parser(
        "recovery",
        help=_("say what Recovery holds, or write a newer one"),
        formatter_class=_formatter(),
    )
    deeds = recovery.add_subparsers(dest="deed", required=True, metavar=_("subcommand"))
    _add(
        deeds,
        "status",
        _("say what Recovery holds, and whether it is whole"),
        "recovery status --json",
        _("print it as one JSON object"),
    )
    update = _add(
        deeds,
        "update",
        _("write the live system of a release into the recovery partition"),
        "recovery update --from https://example.org/atomos",
        _("print events as JSON lines"),
    )
    _add_source(update)
    update.add_argument(
        "--older", action="store_true", help=_("take a version that is older, or there already")
    )
    _add_unsigned(update)


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from",
        dest="place",
        metavar="DIR|FILE|URL",
        help=_(
            "where the release is, or volume:LABEL/FOLDER for one on a stick; by itself that of"
            " /etc/atomos/source, a file of one line"
        ),
    )
    parser.add_argument(
        "--version", metavar="VERSION", help=_("version to take; by itself the newest")
    )


def _add_reset(commands: "_Commands[argparse.ArgumentParser]") -> None:
    reset = _add(
        commands,
        "reset",
        _("have the next start take away what was changed: settings, the system, or everything"),
        "reset settings",
        _("print the status afterwards as one JSON object"),
    )
    reset.add_argument("level", choices=LEVELS, help=_("how much; `cancel` takes the word back"))
    reset.add_argument(
        "--yes",
        metavar="WORD",
        help=_("the word that is asked for, where nobody sits who could type it"),
    )


def _add_unsigned(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--allow-unsigned",
        action="store_true",
        help=_("take what nobody vouches for whose key is here (docs/releases.md)"),
    )


def _add(
    commands: "_Commands[argparse.ArgumentParser]", name: str, what: str, example: str, json: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=what,
        description=what[0].upper() + what[1:] + ".",
        epilog=_("example: {example}").format(example=f"{PROGRAM} {example}")
        + f"\n{_(EXIT_CODES)}",
        formatter_class=_formatter(),
    )
    parser.add_argument("--json", action="store_true", help=json)
    parser.add_argument("--run-dir", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser


def _formatter() -> type[argparse.HelpFormatter]:
    return argparse.RawDescriptionHelpFormatter
