"""The end of a run whose process had no say in it: killed, or gone without a word."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from installer.errors import InstallError
from installer.events import (
    Event,
    Notice,
    OperationFinished,
    OperationStarted,
    RunFailed,
    RunStarted,
)
from installer.install_journal import JournalUnreadable, read_journal
from installer.run_words import RunWords
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class Killed:
    """How a process ended."""

    signal: str
    """Name of the signal that ended it: ``SIGKILL``."""


def in_work(events: Iterable[Event]) -> OperationStarted | None:
    """The operation that was being carried out after these events."""
    operation = None
    for event in events:
        operation = after(event, operation)
    return operation


def after(event: Event, operation: OperationStarted | None) -> OperationStarted | None:
    """The operation that is being carried out once `event` has happened."""
    if isinstance(event, OperationStarted):
        return event
    return None if isinstance(event, OperationFinished) else operation


def killed_event(
    killed: Killed, operation: OperationStarted | None, output: Path, words: RunWords
) -> RunFailed:
    """The final event of a run whose process was killed, where somebody outlived it."""
    return _died(_(words.killed).format(signal=killed.signal), operation, output, words)


def silent_event(operation: OperationStarted | None, output: Path, words: RunWords) -> RunFailed:
    """The final event of a run of which nobody is left to tell."""
    return _died(_(words.silent), operation, output, words)


def clear_up(
    tidy: Callable[[], None], leave: Callable[[str], None], memory: Path, begun: RunStarted | None
) -> tuple[Notice, ...]:
    """Leave nothing open of such a run; what could not be closed.

    `tidy` and `leave` as in Execution; `begun` is how the run had begun, if it had; `memory` is the
    install journal, by which the disk is known where `begun` does not name its device.
    """
    deeds = [tidy]
    disk = _disk_of(begun, memory) if begun is not None else None
    if disk is not None:
        deeds.append(lambda: leave(disk))
    notices = []
    for deed in deeds:
        try:
            deed()
        except InstallError as error:
            text = f"{error.what}: {error.tool_words}".removesuffix(": ")
            notices.append(Notice(time=time.time(), text=text))
    return tuple(notices)


def _disk_of(begun: RunStarted, memory: Path) -> str | None:
    """Of a run that was gone on with, the journal may have a name from before a restart."""
    if begun.device:
        return begun.device
    try:
        return read_journal(memory.read_bytes()).header.disk.path
    except (OSError, JournalUnreadable):
        return None


def _died(
    what: str, operation: OperationStarted | None, output: Path, words: RunWords
) -> RunFailed:
    return RunFailed(
        time=time.time(),
        id=operation.id if operation is not None else "",
        what=what,
        device=operation.device if operation is not None else "",
        tool_words="",
        way_out=_(words.after_death).format(log=output),
    )
