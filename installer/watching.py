"""Telling the events of a run on a terminal or as JSON lines, until its final one."""

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Protocol, TextIO

from installer.errors import ExitCode
from installer.telling import fail
from installer.text import _

if TYPE_CHECKING:
    from installer.events import Event
    from installer.journal import RunDirectory
    from installer.run_words import RunWords


class Watched(Protocol):
    """A run, as far as its watching goes."""

    def events(self) -> "Iterator[Event]":
        """All of its events; ends after the final one."""
        ...

    def stop(self) -> None:
        """Ask it to stop."""
        ...


def watch(
    session: Watched, sink: TextIO | None, words: "RunWords", *, may_stop: bool = True
) -> ExitCode:
    """Tell the run's events until its final one.

    The first SIGINT or SIGTERM asks the run to stop, the second leaves it alone and ends the
    watching; with `may_stop` false the first one does that.
    """
    from installer.headless_log import exit_code_of

    told = _listeners(sink, words)
    with _signals(session, may_stop=may_stop):
        for event in session.events():
            for tell in tuple(told):
                try:
                    tell(event)
                except OSError:
                    # A line that was hung up or a full disk: the run goes on, and so its watching,
                    # since its end decides on the status and on what is done then.
                    told.remove(tell)
            code = exit_code_of(event)
            if code is not None:
                return code
    return ExitCode.INTERRUPTED


def tell_run(run: "RunDirectory", sink: TextIO | None, *, follows: bool) -> ExitCode:
    """Tell all of a run that has begun, afterwards or so far: with times, and what tools printed.

    `follows`: to its end; Ctrl+C ends the watching, and is no word to the run. The status says
    nothing of how the run ended: to watch it does.
    """
    from installer.headless_log import exit_code_of
    from installer.journal import follow, told_so_far

    told = _listeners(sink, run.words, whole=True)
    is_over = False
    try:
        for event in follow(run) if follows else told_so_far(run):
            for tell in told:
                tell(event)
            is_over = exit_code_of(event) is not None
    except KeyboardInterrupt:
        if follows and not is_over:
            with contextlib.suppress(OSError):
                print(_("Only the watching ends; what is written goes on."), file=sys.stderr)
        raise
    if not is_over:
        print(_("It is still running; --follow goes on until its end."), file=sys.stderr)
    return ExitCode.DONE


def _listeners(
    sink: TextIO | None, words: "RunWords", *, whole: bool = False
) -> "list[Callable[[Event], None]]":
    """Whoever is told each event: the log (`whole`: see HeadlessLog), unless the events have its
    place, and `sink`."""
    from installer.events import to_line
    from installer.headless_log import HeadlessLog

    told: list[Callable[[Event], None]] = []
    if sink is not sys.stdout:
        told.append(HeadlessLog(words=words, whole=whole).tell)
    if sink is not None:
        told.append(lambda event: print(to_line(event), file=sink, flush=True))
    return told


@contextlib.contextmanager
def _signals(session: Watched, *, may_stop: bool) -> Iterator[None]:
    asked = not may_stop

    def on_signal(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        with contextlib.suppress(OSError):
            print(
                _("Stopping where it can be left. Once more ends only the watching."),
                file=sys.stderr,
            )
        session.stop()

    handlers: dict[signal.Signals, signal.Handlers | Callable[[int, FrameType | None], None]]
    handlers = {signal.SIGINT: on_signal, signal.SIGTERM: on_signal}
    if may_stop:
        # A line that was hung up took the watcher along, and with it the restart at the end.
        handlers[signal.SIGHUP] = signal.SIG_IGN
    before = {name: signal.signal(name, handler) for name, handler in handlers.items()}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


@contextlib.contextmanager
def event_sink(place: str | None) -> Iterator[TextIO | None]:
    """Where JSON lines go: nowhere, standard output (``-``) or a file.

    Raises SystemExit(2) when the file cannot be opened.
    """
    if place is None or place == "-":
        yield sys.stdout if place else None
        return
    try:
        file = Path(place).open("w", encoding="utf-8")  # noqa: SIM115
    except OSError as error:
        raise SystemExit(unwritable(place, error)) from None
    try:
        yield file
    finally:
        # Closing writes what could not be written before, and fails as that did.
        with contextlib.suppress(OSError):
            file.close()


def unwritable(place: str | Path, error: OSError) -> ExitCode:
    """Say that a file cannot be written which was named on the command line."""
    text = _("{file}: cannot be written: {reason}")
    return fail(text.format(file=place, reason=error.strerror), ExitCode.ANSWERS)
