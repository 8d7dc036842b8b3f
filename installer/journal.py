"""The run directory: a journal of events, a lock held by the run, and whoever follows it.

It lies on tmpfs and is the only connection between an installation and its readers: a reader that
comes late reads from the start, and one that dies takes nothing with it.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from installer.errors import Refused
from installer.events import FINAL, Event, OperationFinished, OperationStarted, RunFailed, from_line
from installer.events import to_line as _to_line
from installer.text import _

DEFAULT_RUN: Final = Path("/run/atomos/run")
KEPT_RUNS: Final = 3
"""Journals of so many earlier runs stay: the last failure is worth more than tmpfs's room."""
POLL_SECONDS: Final = 0.1
LOCK_SECONDS: Final = 0.3
"""How long the lock is tried for: a reader that looks whether a run is on holds it for a moment."""
BEGIN_SECONDS: Final = 90.0
"""How long a run may take to say its first word: Python's start under emulation took up to 9 s."""


@dataclass(frozen=True, kw_only=True)
class RunDirectory:
    """Where one run leaves its files."""

    path: Path = DEFAULT_RUN

    @property
    def events(self) -> Path:
        """The journal: one event a line."""
        return self.path / "events.jsonl"

    @property
    def lock(self) -> Path:
        """Locked (flock(2)) by the run as long as it lives; holds its process id."""
        return self.path / "lock"

    @property
    def output(self) -> Path:
        """What the process itself wrote to its standard output and error."""
        return self.path / "output.log"

    @property
    def crash(self) -> Path:
        """Traceback of an unexpected error."""
        return self.path / "crash.log"

    @property
    def mounts(self) -> Path:
        """Where the run mounts what it works on; the lock says whose these mounts are."""
        return self.path.absolute().with_name("mnt")

    def prepare(self) -> None:
        """Move an earlier run's files aside, and begin an empty journal.

        Raises Refused when a run is on.
        """
        with self._locked():
            self._begin()

    @contextlib.contextmanager
    def hold(self) -> Iterator["Journal"]:
        """The journal, to be written by this process alone until the end of the ``with``.

        Raises Refused when another run is on.
        """
        with self._locked() as lock:
            os.write(lock, str(os.getpid()).encode())
            if not self.events.exists() or self.events.stat().st_size:
                self._begin()
            flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
            journal = os.open(self.events, flags)
            try:
                yield Journal(journal, self.events)
            finally:
                os.close(journal)

    def has_begun(self) -> bool:
        """Whether the latest run, on or over, has said something."""
        try:
            return self.events.stat().st_size > 0
        except FileNotFoundError:
            return False

    def holder(self) -> int | None:
        """Process id of the run that is on; None when none is, 0 when one is about to begin."""
        try:
            lock = os.open(self.lock, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(os.read(lock, 32) or b"0")
        finally:
            os.close(lock)
        return None

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _take(lock)
            # The earlier holder's process id may be another program's by now.
            os.truncate(lock, 0)
            yield lock
        finally:
            os.close(lock)

    def _begin(self) -> None:
        old = [each for each in (self.events, self.output, self.crash) if each.exists()]
        if any(each.stat().st_size for each in old):
            for number in range(KEPT_RUNS, 0, -1):
                self._age(number)
            aside = self._aside(1)
            aside.mkdir(mode=0o700)
            for each in old:
                each.rename(aside / each.name)
        os.close(os.open(self.events, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))

    def _age(self, number: int) -> None:
        """Make an earlier run one older; the oldest is forgotten."""
        folder = self._aside(number)
        if not folder.exists():
            return
        if number < KEPT_RUNS:
            folder.rename(self._aside(number + 1))
            return
        for each in folder.iterdir():
            each.unlink()
        folder.rmdir()

    def _aside(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}-{number}")


def _take(lock: int) -> None:
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise already_running() from None
            time.sleep(POLL_SECONDS / 10)
        else:
            return


def already_running() -> Refused:
    """The reason not to begin while another run is on."""
    return Refused.because(
        _("Another installation is running on this machine."),
        _("Wait for its end; `atomos-install attach` shows how far it is."),
    )


class Journal:
    """The journal of a run, as the run itself writes it."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path

    def emit(self, event: Event) -> None:
        """Append `event`: one line in one write, so that no reader ever sees two mixed."""
        os.write(self._descriptor, f"{_to_line(event)}\n".encode())

    def text(self) -> str:
        """All that was written until now."""
        return self._path.read_text(encoding="utf-8")


def follow(
    run: RunDirectory,
    *,
    wait: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Event]:
    """The events of the latest run from its first to its final one, waiting for those to come.

    A run that died without a word ends with a RunFailed that says so. Without any run there is no
    event.
    """
    if not run.events.exists():
        return
    operation, rest, begun, since = "", b"", False, clock()
    with run.events.open("rb") as stream:
        while True:
            # Asked before reading: what a run wrote before it let go of the lock is then read.
            alive = run.holder() is not None
            read = stream.read()
            begun = begun or bool(read)
            *lines, rest = (rest + read).split(b"\n")
            for line in lines:
                event = from_line(line.decode("utf-8"))
                if event is None:
                    continue
                operation = _operation_after(event, operation)
                yield event
                if isinstance(event, FINAL):
                    return
            if not read:
                if not alive and (begun or clock() - since > BEGIN_SECONDS):
                    yield _died(run, operation)
                    return
                wait(POLL_SECONDS)


def _operation_after(event: Event, operation: str) -> str:
    """The operation that is being carried out once `event` has happened."""
    if isinstance(event, OperationStarted):
        return event.id
    return "" if isinstance(event, OperationFinished) else operation


def _died(run: RunDirectory, operation: str) -> RunFailed:
    return RunFailed(
        time=time.time(),
        id=operation,
        what=_("The installation died without a word."),
        device="",
        tool_words="",
        way_out=_(
            "Look at {log} and at dmesg (memory may have run out), then install again."
        ).format(log=run.output),
    )
