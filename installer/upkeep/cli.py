"""``atomos`` where it keeps the system: the command line. Nothing heavy is imported to read it."""

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from installer.errors import ExitCode, InstallError, Refused
from installer.printable import printable
from installer.run_words import UPDATE
from installer.telling import fail, say, to_status
from installer.text import _, speak
from installer.upkeep.command_line import CANCEL, PROGRAM, parse
from installer.watching import tell_run, watch

if TYPE_CHECKING:
    from installer.answers import Source
    from installer.errors import Problem
    from installer.release import Release
    from installer.upkeep.notes import FailedStart, Surroundings
    from installer.upkeep.session import Upkeep
    from installer.upkeep.system import System
    from installer.upkeep.wish import Wish


class UpkeepParts(Protocol):
    """Everything that is wired together in one place (``installer/upkeep/__main__.py``)."""

    def upkeep(self, run: Path) -> "Upkeep":
        """At this machine; `run` is the run directory."""
        ...

    def execute(self, run: Path, document: bytes) -> ExitCode:
        """Be the process that writes."""
        ...

    def language(self) -> str:
        """What whoever started this speaks."""
        ...

    def surroundings(self) -> "Surroundings":
        """What the machine hangs on."""
        ...

    def wait(self, seconds: int) -> None:
        """Wait for a time by chance, up to so many seconds."""
        ...

    def now(self) -> str:
        """ISO 8601, UTC, whole seconds."""
        ...

    def can_draw(self) -> bool:
        """Whether there is a terminal that can, and what draws is in this image."""
        ...

    def show_screens(self, run: Path, place: str) -> None:
        """The screens, until the person leaves; `place`: where releases are."""
        ...


def main(argv: Sequence[str], parts: UpkeepParts) -> int:
    """Do what `argv` (without the program's name) asks; the value is the exit status.

    Whatever goes wrong is told on standard error, and never as a traceback.
    """
    speak(parts.language())
    arguments = parse(argv)
    return to_status(lambda: _COMMANDS[arguments.command](arguments, parts), PROGRAM)


def _status(arguments: argparse.Namespace, parts: UpkeepParts) -> int:
    _tell_status(parts.upkeep(arguments.run_dir).look(), as_json=arguments.json)
    return ExitCode.DONE


def _screens(arguments: argparse.Namespace, parts: UpkeepParts) -> int:
    from installer.upkeep.source import written_down

    if parts.can_draw():
        parts.show_screens(arguments.run_dir, written_down() or "")
        return ExitCode.DONE
    # All that they show and do is said and done by commands too.
    _tell_status(parts.upkeep(arguments.run_dir).look(), as_json=False)
    return ExitCode.DONE


def _unlock(arguments: argparse.Namespace, parts: UpkeepParts) -> int:
    from installer.upkeep.consent import passphrase

    upkeep = parts.upkeep(arguments.run_dir)
    # Before anybody types a secret for nothing.
    upkeep.locked_container()
    system = upkeep.unlock(passphrase())
    _tell_status(system, as_json=arguments.json)
    return ExitCode.DONE


def _rollback(arguments: argparse.Namespace, parts: UpkeepParts) -> int:
    system = parts.upkeep(arguments.run_dir).roll_back()
    _tell_status(system, as_json=arguments.json)
    return ExitCode.DONE


def _boot_next(arguments: argparse.Namespace, parts: UpkeepParts) -> int:
    system = parts.upkeep(arguments.run_dir).start_once(arguments.name)
    _tell_status(system, as_json=arguments.json)
    return ExitCode.DONE


def _tell_status(system: "System", *, as_json: bool) -> None:
    from installer.upkeep import status

    say(status.as_json(system) if as_json else status.describe(system))


def _update(arguments: argparse.Namespace, parts: UpkeepParts) -> int:
    from installer.upkeep.problems import here_already, locked_problem
    from installer.upkeep.source import wish_of

    if arguments.scheduled:
        return _scheduled(arguments, parts)
    upkeep = parts.upkeep(arguments.run_dir)
    wish = wish_of(_source(arguments), any_version=arguments.older)
    if arguments.place is None and not arguments.check:
        wish = upkeep.at_hand(wish)
    if wish.kept:
        return _carry_out(upkeep, wish, as_json=arguments.json, command="atomos update")
    system = upkeep.look()
    if arguments.check and system.running.is_locked:
        # Nobody knows what is newer than what cannot be read.
        raise Refused((locked_problem(system),))
    release = upkeep.find(wish)
    nothing = here_already(wish, release, system)
    if arguments.check or (nothing is not None and arguments.json):
        _tell_offer(system, release, nothing, arguments)
        return ExitCode.DONE
    if nothing is not None:
        say(nothing.what)
        return ExitCode.DONE
    return _carry_out(upkeep, wish, as_json=arguments.json, command="atomos update")


def _source(arguments: argparse.Namespace) -> "Source":
    from installer.upkeep.source import source_of

    return source_of(
        arguments.place, version=arguments.version, allow_unsigned=arguments.allow_unsigned
    )


def _scheduled(arguments: argparse.Namespace, parts: UpkeepParts) -> int:
    from installer.upkeep.scheduled import Scheduled
    from installer.upkeep.update_words import look_words, update_fields

    upkeep, command = parts.upkeep(arguments.run_dir), "atomos update --scheduled"
    before, written = upkeep.notes.read().look, list["Wish"]()

    def write(wish: "Wish") -> ExitCode:
        written.append(wish)
        return _carry_out(upkeep, wish, as_json=arguments.json, command=command)

    code = Scheduled(
        upkeep=upkeep,
        notes=upkeep.notes,
        surroundings=parts.surroundings(),
        source=lambda: _source(arguments),
        write=write,
        wait=parts.wait,
        now=parts.now,
        log=_tell_not_kept,
    ).run()
    notes = upkeep.notes.read()
    if arguments.json:
        # What is written is told by its events.
        if not written:
            say(json.dumps({"v": 1, **update_fields(notes)}, ensure_ascii=False))
        return code
    # The same one as before: the new one could not be kept.
    if notes.look is not None and notes.look != before:
        say(look_words(notes.look))
    return code


def _tell_not_kept(error: "InstallError") -> None:
    words = " ".join(filter(None, (error.what, error.tool_words)))
    fail(_("What it came to cannot be kept: {words}").format(words=words), ExitCode.DONE)


def _tell_offer(
    system: "System",
    release: "Release",
    nothing: "Problem | None",
    arguments: argparse.Namespace,
) -> None:
    """`nothing`: why nothing is to be done, where that is so."""
    from installer.upkeep.problems import is_there_already
    from installer.version import compare

    runs = system.runs.contract
    newer = not is_there_already(release, system) and (
        runs is None or compare(release.version, runs.version) > 0
    )
    if arguments.json:
        say(
            json.dumps(
                {
                    "v": 1,
                    "runs": runs.version if runs is not None else None,
                    "offered": release.version,
                    "newer": newer,
                    "signed_by": release.signed_by,
                    "size_bytes": release.image.size_bytes,
                },
                ensure_ascii=False,
            )
        )
        return
    if nothing is not None:
        say(nothing.what)
        return
    text = _("{version} is the newest there, and no newer one than what runs.")
    if newer:
        text = _("{version} is newer than what runs. `{command}` writes it.")
    elif arguments.version is not None:
        text = _("{version} is no newer one than what runs.")
    say(printable(text.format(version=release.version, command=_update_command(arguments))))


def _update_command(arguments: argparse.Namespace) -> str:
    """What writes the release that these name, and no other."""
    named = (("--from", arguments.place), ("--version", arguments.version))
    words = [word for option, value in named if value is not None for word in (option, value)]
    words += ["--older"] if arguments.older else []
    words += ["--allow-unsigned"] if arguments.allow_unsigned else []
    return shlex.join(("atomos", "update", *words))


def _slot(arguments: argparse.Namespace, parts: UpkeepParts) -> int:
    from installer.answers import Source
    from installer.upkeep.source import release_address, wish_of

    address = release_address(arguments.what)
    source = Source(url=address, allow_unsigned=arguments.allow_unsigned)
    wish = wish_of(source, any_version=True)
    upkeep = parts.upkeep(arguments.run_dir)
    return _carry_out(upkeep, wish, as_json=arguments.json, command="atomos slot write")


def _recovery(arguments: argparse.Namespace, parts: UpkeepParts) -> int:
    from installer.upkeep import status
    from installer.upkeep.source import recovery_wish

    upkeep = parts.upkeep(arguments.run_dir)
    if arguments.deed == "status":
        system = upkeep.look()
        tell = status.recovery_as_json if arguments.json else status.recovery_words
        say(tell(system))
        return ExitCode.DONE
    wish = recovery_wish(_source(arguments), any_version=arguments.older)
    return _carry_out(upkeep, wish, as_json=arguments.json, command="atomos recovery update")


def _carry_out(upkeep: "Upkeep", wish: "Wish", *, as_json: bool, command: str) -> ExitCode:
    from installer.upkeep.update_words import words_of

    upkeep = upkeep.of(wish)
    plan = upkeep.plan(wish)
    upkeep.start(wish, plan, command)
    words = words_of([each.id for each in plan.operations])
    return watch(upkeep, sys.stdout if as_json else None, words)


def _reset(arguments: argparse.Namespace, parts: UpkeepParts) -> int:
    from installer.upkeep.consent import nobody_can_type, typed_or_refused
    from installer.upkeep.reset import consent_word, describe_level
    from installer.upkeep.source import known_source
    from installer.upkeep.system import Level

    upkeep = parts.upkeep(arguments.run_dir)
    level = None if arguments.level == CANCEL else Level(arguments.level)
    if level is not None:
        # What is in the way is told before anybody has to think about the word.
        word = consent_word(level, upkeep.look_before_reset(level).running.disk)
        if arguments.yes is None and nobody_can_type():
            text = _("Nobody can type here: say `--yes={word}` if this is meant.")
            return fail(text.format(word=word), ExitCode.ANSWERS)
        typed_or_refused(word, describe_level(level), given=arguments.yes)
    system = upkeep.ask_reset(level, known_source() if level is Level.EVERYTHING else None)
    if arguments.json:
        _tell_status(system, as_json=True)
    elif level is None:
        say(_("Nothing is reset."))
    else:
        say(_("It is done by the next start. Until then: `atomos reset cancel`."))
    return ExitCode.DONE


def _log(arguments: argparse.Namespace, parts: UpkeepParts) -> int:
    from installer.journal import RunDirectory, steps_of
    from installer.upkeep.update_words import words_of

    if arguments.failed:
        upkeep = parts.upkeep(arguments.run_dir)
        notes = upkeep.notes.read()
        if notes.failed is None and _is_recovery(upkeep):
            # Of the installed system, which keeps that in its /var, nothing is looked at here.
            text = _("Why a start failed is told by the system itself; this is Recovery.")
            return fail(text, ExitCode.REFUSED)
        _tell_failed(notes.failed, as_json=arguments.json)
        return ExitCode.DONE
    run = RunDirectory(path=arguments.run_dir, words=UPDATE)
    if not run.has_begun():
        if not arguments.json:
            say(_("Nothing was written since this machine was started."))
        return ExitCode.DONE
    run = replace(run, words=words_of(steps_of(run)))
    return tell_run(run, sys.stdout if arguments.json else None, follows=arguments.follow)


def _is_recovery(upkeep: "Upkeep") -> bool:
    """Whether Recovery runs, as far as can be seen."""
    try:
        return upkeep.look().running.is_recovery
    except InstallError:
        return False


def _tell_failed(failed: "FailedStart | None", *, as_json: bool) -> None:
    from installer.printable import printable_lines
    from installer.upkeep.update_words import failed_fields, failed_log_words

    text = None
    if failed is not None and failed.log:
        text = Path(failed.log).read_text("utf-8", "replace")
    if as_json:
        fields = {"v": 1, "failed": failed_fields(failed), "text": text}
        # ASCII alone: what a start has written may hold what moves the cursor.
        say(json.dumps(fields))
    elif failed is None:
        say(_("No start has failed three times, as far as is known."))
    else:
        say(failed_log_words(failed))
        if text is not None:
            say(printable_lines(text))


def _execute(arguments: argparse.Namespace, parts: UpkeepParts) -> int:
    return parts.execute(arguments.run_dir, sys.stdin.buffer.read())


_COMMANDS = {
    "screens": _screens,
    "status": _status,
    "unlock": _unlock,
    "update": _update,
    "rollback": _rollback,
    "boot-next": _boot_next,
    "slot": _slot,
    "recovery": _recovery,
    "reset": _reset,
    "log": _log,
    "execute": _execute,
}
