"""``atomos-install``: the command line. Nothing heavy is imported to read it (DESIGN §6).

Each command imports what it needs: the screens have a page to show before the rest is loaded.
"""

import argparse
import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from installer.command_line import PROGRAM, parse
from installer.composition import Parts
from installer.errors import ExitCode, InstallError, Refused
from installer.printable import printable
from installer.run_words import INSTALL
from installer.telling import fail, say, to_status
from installer.text import _, speak
from installer.upkeep.command_line import CANCEL
from installer.watching import event_sink, tell_run, unwritable, watch

if TYPE_CHECKING:
    from installer.answers import Afterwards, Answers
    from installer.session import Plan, Session


def main(argv: Sequence[str], parts: Parts) -> int:
    """Do what `argv` (without the program's name) asks; the value is the exit status.

    Whatever goes wrong is told on standard error, and never as a traceback.
    """
    arguments = parse(argv)
    return to_status(lambda: _COMMANDS[arguments.command](arguments, parts), PROGRAM)


def _screens(arguments: argparse.Namespace, parts: Parts) -> int:
    run: Path = arguments.run_dir
    return parts.show_screens(
        parts.session(run, unattended=False), run, arguments.answers, plain=arguments.plain
    )


def _answers(arguments: argparse.Namespace, parts: Parts) -> "Answers":
    """Raises AnswersInvalid, or SystemExit(2) when the file itself cannot be had."""
    try:
        answers = parts.answers(arguments.answers)
    except InstallError as error:
        reason = error.what
    except OSError as error:
        reason = error.strerror or str(error)
    else:
        from installer.languages import language_of

        # Whatever the console is set to: nobody sits there, and a log of English is read by all.
        speak(language_of(answers.locale or "").code)
        return answers
    text = _("{file}: the answers cannot be read: {reason}").format(
        file=arguments.answers, reason=reason
    )
    raise SystemExit(fail(text, ExitCode.ANSWERS))


def _run(arguments: argparse.Namespace, parts: Parts) -> int:
    from installer.events import to_line
    from installer.run_process import refused_event

    with event_sink(arguments.events) as sink:
        answers = _answers(arguments, parts)
        session = parts.session(arguments.run_dir, unattended=True)
        try:
            _connect(session, answers)
            session.start(answers, session.plan(answers, start_over=arguments.start_over))
        except Refused as refusal:
            session.refuse(refusal)
            if sink is not None:
                with contextlib.suppress(OSError):
                    print(to_line(refused_event(refusal)), file=sink, flush=True)
            raise
        code = watch(session, sink, INSTALL)
    if code is ExitCode.DONE:
        _afterwards(answers.afterwards, parts)
    return code


def _connect(session: "Session", answers: "Answers") -> None:
    """Reach the network as the answers say, where the release is fetched over it. Raises Refused.

    Else nothing is done: a machine may be made ready here for a network that is elsewhere. Neither
    while an installation is running, which may be fetching.
    """
    from installer.connection import connection_of
    from installer.refusal import refusal_of

    if connection_of(answers.network) is None or not answers.source.is_remote:
        return
    if session.running():
        return  # the plan refuses, and says so
    try:
        session.connect(answers.network)
    except InstallError as error:
        raise refusal_of(error) from None


def _attach(arguments: argparse.Namespace, parts: Parts) -> int:
    from installer.journal import RunDirectory

    if not RunDirectory(path=arguments.run_dir).events.exists():
        return _no_run()
    session = parts.session(arguments.run_dir, unattended=True)
    with event_sink(arguments.events) as sink:
        return watch(session, sink, INSTALL, may_stop=False)


def _no_run() -> ExitCode:
    return fail(_("No installation was started on this machine yet."), ExitCode.ANSWERS)


def _log(arguments: argparse.Namespace, _parts: Parts) -> int:
    from installer.journal import RunDirectory

    latest = RunDirectory(path=arguments.run_dir)
    run = latest.earlier(arguments.earlier)
    if not run.has_begun():
        if run is latest or not latest.has_begun():
            return _no_run()
        text = _("There were not so many installations, or that one is not kept any more.")
        return fail(text, ExitCode.ANSWERS)
    with event_sink(arguments.events) as sink:
        return tell_run(run, sink, follows=arguments.follow)


def _afterwards(afterwards: "Afterwards", parts: Parts) -> None:
    from installer.answers import Afterwards

    match afterwards:
        case Afterwards.REBOOT:
            parts.reboot()
        case Afterwards.POWEROFF:
            parts.poweroff()
        case Afterwards.STAY:
            pass


def _plan(arguments: argparse.Namespace, parts: Parts) -> int:
    from installer.describe import describe_plan

    answers = _answers(arguments, parts)
    plan = _planned(arguments, parts, answers)
    say(describe_plan(plan))
    return ExitCode.DONE


def _check(arguments: argparse.Namespace, parts: Parts) -> int:
    answers = _answers(arguments, parts)
    plan = _planned(arguments, parts, answers)
    text = _("This would be installed onto {disk}; nothing is in the way.")
    if plan.resumes is not None:
        text = _("The unfinished installation onto {disk} would be resumed; nothing is in the way.")
    say(printable(text.format(disk=plan.disk.name)))
    return ExitCode.DONE


def _planned(arguments: argparse.Namespace, parts: Parts, answers: "Answers") -> "Plan":
    session = parts.session(arguments.run_dir, unattended=True)
    return session.plan(answers, start_over=arguments.start_over)


def _unfinished(arguments: argparse.Namespace, parts: Parts) -> int:
    from installer.describe import describe_unfinished

    session = parts.session(arguments.run_dir, unattended=True)
    machine = session.machine()
    if not machine.root:
        return fail(
            _("Unfinished installations are read from disks as root: start it with sudo."),
            ExitCode.REFUSED,
        )
    if session.running():
        say(_("An installation is running; `atomos-install attach` shows how far it is."))
        return ExitCode.DONE
    say(describe_unfinished(session.unfinished(machine)))
    return ExitCode.DONE


def _schema(_arguments: argparse.Namespace, parts: Parts) -> int:
    say(parts.schema())
    return ExitCode.DONE


def _disks(arguments: argparse.Namespace, parts: Parts) -> int:
    from installer.describe import describe_disks

    say(describe_disks(parts.session(arguments.run_dir, unattended=True).machine()))
    return ExitCode.DONE


def _reset(arguments: argparse.Namespace, parts: Parts) -> int:
    from installer.reset_elsewhere import boot_partition, disk_to_reset
    from installer.upkeep.consent import nobody_can_type, typed_or_refused
    from installer.upkeep.reset import consent_word, describe_level
    from installer.upkeep.system import Level

    level = None if arguments.level == CANCEL else Level(arguments.level)
    machine = parts.session(arguments.run_dir, unattended=True).machine()
    disk = disk_to_reset(machine, arguments.disk, level)
    where = (boot_partition(disk), disk.name)
    if level is not None:
        # What is in the way is told before anybody has to think about the word.
        _or_refused(lambda: parts.look_before_reset(arguments.run_dir, *where))
        word = consent_word(level, disk)
        if arguments.yes is None and nobody_can_type():
            text = _("Nobody can type here: say `--yes={word}` if this is meant.")
            return fail(text.format(word=word), ExitCode.ANSWERS)
        typed_or_refused(
            word, f"{printable(disk.name)}\n{describe_level(level)}", given=arguments.yes
        )
    _or_refused(lambda: parts.ask_reset(arguments.run_dir, level, *where))
    if level is None:
        say(_("Nothing is reset."))
    elif level is Level.EVERYTHING:
        say(_("The installer does it now, over that disk: `atomos-install`."))
    else:
        say(_("The next start of that system does it."))
    return ExitCode.DONE


def _or_refused(deed: Callable[[], None]) -> None:
    """Raises Refused for whatever does not work out."""
    from installer.refusal import refusal_of

    try:
        deed()
    except InstallError as error:
        raise refusal_of(error) from error


def _record_machine(arguments: argparse.Namespace, parts: Parts) -> int:
    text = parts.recorded(parts.session(arguments.run_dir, unattended=True).machine())
    if arguments.to is None:
        say(text.rstrip("\n"))
        return ExitCode.DONE
    try:
        arguments.to.write_text(text, encoding="utf-8")
    except OSError as error:
        return unwritable(arguments.to, error)
    return ExitCode.DONE


def _execute(arguments: argparse.Namespace, parts: Parts) -> int:
    return parts.execute(arguments.run_dir, sys.stdin.buffer.read())


def _find_release(arguments: argparse.Namespace, parts: Parts) -> int:
    print(parts.told(arguments.run_dir, sys.stdin.buffer.read()))
    return ExitCode.DONE


_COMMANDS = {
    None: _screens,
    "run": _run,
    "attach": _attach,
    "log": _log,
    "plan": _plan,
    "check": _check,
    "unfinished": _unfinished,
    "schema": _schema,
    "disks": _disks,
    "reset": _reset,
    "record-machine": _record_machine,
    "execute": _execute,
    "find-release": _find_release,
}
