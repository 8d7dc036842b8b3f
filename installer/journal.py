"""The run directory: a journal of events, a lock held by the run, and whoever follows it.

It lies on tmpfs and is the only connection between an installation and its readers: a reader that
comes late reads from the start, and one that dies takes nothing with it.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from installer.death import after, silent_event
from installer.errors import Refused
from installer.events import FINAL, Event, OperationStarted, RunStarted, from_line
from installer.events import to_line as _to_line
from installer.holder import NOBODY, Holder, Starter
from installer.run_place import DEFAULT_RUN, KEPT_RUNS, network_file, speech_file
from installer.run_words import INSTALL, RunWords
from installer.text import _

POLL_SECONDS: Final = 0.1
LOCK_SECONDS: Final = 0.3
"""How long the lock is tried for: a reader that looks whether a run is on holds it for a moment."""
END_SECONDS: Final = 10.0
"""How long it is tried for when the run that holds it has said its last word."""
LOCK_BYTES: Final = 4096
BEGIN_SECONDS: Final = 90.0
"""How long a run may take to say its first word: Python's start under emulation took up to 9 s."""


@dataclass(frozen=True, kw_only=True)
class RunDirectory:
    """Where one run leaves its files."""

    path: Path = DEFAULT_RUN
    words: RunWords = INSTALL

    @property
    def events(self) -> Path:
        """The journal: one event a line."""
        return self.path / "events.jsonl"

    @property
    def lock(self) -> Path:
        """Locked (flock(2)) by the run as long as it lives; says who that is."""
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

    @property
    def looks(self) -> Path:
        """Where others mount what they look at, at any time: no run takes that away."""
        return self.path.absolute().with_name("looks")

    @property
    def speech(self) -> Path:
        """See `speech_file`."""
        return speech_file(self.path)

    @property
    def network(self) -> Path:
        """See `network_file`."""
        return network_file(self.path)

    @property
    def install_journal(self) -> Path:
        """What the latest run has begun and done; it is there until an installation is complete,
        and later runs go on by it."""
        return self.path.absolute().with_name("install.journal")

    def prepare(self) -> None:
        """Move an earlier run's files aside, and begin an empty journal.

        Raises Refused when a run is on.
        """
        with self.locked():
            self._begin()

    def prepare_or_refuse(self) -> None:
        """The same; raises Refused, too, where it cannot be written."""
        try:
            self.prepare()
        except OSError as error:
            raise Refused.because(
                _("{path} cannot be written: {reason}.").format(
                    path=error.filename or self.path, reason=error.strerror
                ),
                _(self.words.rights),
            ) from None

    @contextlib.contextmanager
    def hold(self, starter: Starter = NOBODY) -> Iterator["Journal"]:
        """The journal, to be written by this process alone until the end of the ``with``.

        `starter` is told to others. Raises Refused when another run is on.
        """
        with self.locked() as lock:
            signature = Holder(pid=os.getpid(), since=time.time(), starter=starter)
            _sign(lock, signature)
            if not self.events.exists() or self.events.stat().st_size:
                self._begin()
            flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
            journal = os.open(self.events, flags)
            try:
                yield Journal(journal, self.events, lock, signature)
            finally:
                os.close(journal)

    def earlier(self, number: int) -> "RunDirectory":
        """That of the run which was `number` before the latest; 0 is the latest itself. There may
        have been none: see `has_begun`."""
        return self if number == 0 else replace(self, path=self._aside(number))

    def has_begun(self) -> bool:
        """Whether the latest run, on or over, has said something."""
        try:
            return self.events.stat().st_size > 0
        except FileNotFoundError:
            return False

    def is_over(self) -> bool:
        """Whether the latest run has said its last word. It may take a moment to go."""
        try:
            line = self.events.read_bytes().rstrip(b"\n").rpartition(b"\n")[2]
        except FileNotFoundError:
            return False
        return isinstance(_event_in(line), FINAL)

    def holder(self) -> Holder | None:
        """The run that is on, or about to begin; None when none is."""
        try:
            lock = os.open(self.lock, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return Holder.from_bytes(os.read(lock, LOCK_BYTES))
        finally:
            os.close(lock)
        return None

    @contextlib.contextmanager
    def locked(self) -> Iterator[int]:
        """Hold the lock, without a run. Raises Refused while one is on."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take(lock)
            # The earlier holder's process id may be another program's by now.
            os.truncate(lock, 0)
            yield lock
        finally:
            os.close(lock)

    def _take(self, lock: int) -> None:
        deadline = time.monotonic() + (END_SECONDS if self.is_over() else LOCK_SECONDS)
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise already_running(self.holder(), self.words) from None
                time.sleep(POLL_SECONDS / 10)
            else:
                return

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


def _sign(lock: int, holder: Holder) -> None:
    """Say who holds the lock. Readers take half of it for nobody's."""
    signature = holder.to_bytes()
    os.pwrite(lock, signature, 0)
    os.truncate(lock, len(signature))


def already_running(holder: Holder | None, words: RunWords) -> Refused:
    """The reason not to begin while another run is on."""
    who = holder.words() if holder is not None else ""
    what = _(words.is_on_by).format(holder=who) if who else _(words.is_on)
    return Refused.because(what, _(words.wait))


def steps_of(run: RunDirectory) -> list[str]:
    """The ids of what the latest run does; none before it has said so."""
    if not run.has_begun():
        return []
    begun = [each for each in told_so_far(run) if isinstance(each, RunStarted)]
    return [step.id for each in begun[:1] for step in each.steps]


class Journal:
    """The journal of a run, as the run itself writes it."""

    def __init__(self, descriptor: int, path: Path, lock: int, holder: Holder) -> None:
        self._descriptor = descriptor
        self._path = path
        self._lock = lock
        self._holder = holder

    def sign(self) -> None:
        """Be the process that is told to others and asked to stop: the lock is a parent's."""
        _sign(self._lock, replace(self._holder, pid=os.getpid()))

    def emit(self, event: Event) -> None:
        """Append `event`: one line in one write, so that no reader ever sees two mixed."""
        os.write(self._descriptor, f"{_to_line(event)}\n".encode())

    def text(self) -> str:
        """All that was written until now."""
        return self._path.read_text(encoding="utf-8", errors="replace")

    def end_line(self) -> None:
        """End the last line, of which a process that was killed may have written a part only."""
        text = self.text()
        if text and not text.endswith("\n"):
            os.write(self._descriptor, b"\n")

    def events(self) -> tuple[Event, ...]:
        """The same, without those of a kind that is not known."""
        lines = self.text().encode().split(b"\n")
        return tuple(event for line in lines if (event := _event_in(line)) is not None)


def _event_in(line: bytes) -> Event | None:
    """The event in a line; None where it is of an unknown kind, or only a part of one."""
    try:
        return from_line(line.decode("utf-8"))
    except ValueError:
        return None


def told_so_far(run: RunDirectory) -> Iterator[Event]:
    """The events of a run until now: nothing is waited for.

    One that died without a word ends with a RunFailed that says so. Raises OSError.
    """
    # Asked before reading, as `follow` does.
    alive = run.holder() is not None
    operation: OperationStarted | None = None
    event: Event | None = None
    for line in run.events.read_bytes().split(b"\n"):
        found = _event_in(line)
        if found is not None:
            event, operation = found, after(found, operation)
            yield event
    if not alive and not isinstance(event, FINAL):
        yield silent_event(operation, run.output, run.words)


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
    operation: OperationStarted | None = None
    rest, begun, since = b"", False, clock()
    with run.events.open("rb") as stream:
        while True:
            # Asked before reading: what a run wrote before it let go of the lock is then read.
            alive = run.holder() is not None
            read = stream.read()
            begun = begun or bool(read)
            *lines, rest = (rest + read).split(b"\n")
            for line in lines:
                event = _event_in(line)
                if event is None:
                    continue
                operation = after(event, operation)
                yield event
                if isinstance(event, FINAL):
                    return
            if not read:
                if not alive and (begun or clock() - since > BEGIN_SECONDS):
                    yield silent_event(operation, run.output, run.words)
                    return
                wait(POLL_SECONDS)
