"""A disk that is installed onto, over and over: each start is watched to its end."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NoReturn

import psutil

from backends.mounts import Mounts
from backends.runner import Runner
from installer.answers import Answers
from installer.errors import ExitCode, Refused
from installer.events import FINAL, Event, RunFailed, RunRefused, from_line
from installer.identifiers import Identifiers
from installer.journal import RunDirectory
from installer.layout import VOLUME_GROUP
from installer.session import Plan
from installer.session_local import Launcher, LocalSession
from tests.faults.filling import Filling, filling_of
from tests.faults.ground import DISK, STICK, Ground
from tests.faults.installation import Surroundings, execute
from tests.faults.layouts import Does, Layout
from tests.faults.line import InstallationEnd, TestEnd
from tests.faults.remains import remains
from tests.faults.trace import FileSystem
from tests.faults.watchers import Watcher

_PR_SET_CHILD_SUBREAPER: Final = 36
SETTLE_SECONDS: Final = 3.0
HUNG: Final = -1
"""Status of a start that came to no end."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How one start of an installation ended."""

    status: int
    events: tuple[Event, ...] = ()
    refusal: str = ""
    """Why there was not even a plan."""
    left_running: tuple[str, ...] = ()
    """Programs that outlived it."""
    write_errors: bool = False
    """Whether a write to the disk failed."""

    @property
    def final(self) -> Event | None:
        """The last event, where it is a final one."""
        last = self.events[-1] if self.events else None
        return last if isinstance(last, FINAL) else None

    def words(self) -> str:
        """What a person reads at its end."""
        if self.refusal:
            return f"no plan: {self.refusal}"
        match self.final:
            case RunFailed() as failed:
                return f"{failed.id}: {failed.what} {failed.tool_words}"
            case RunRefused() as refused:
                return f"refused: {' '.join(refused.problems)}"
        return f"status {self.status}"


@dataclass(frozen=True, kw_only=True)
class Supplies:
    """What all benches have in common."""

    release: str
    """URL of the release directory."""
    loaders: Path
    identifiers: Identifiers
    """The same everywhere, so that disks can be compared."""
    needed: tuple[str, ...] = ()
    patience: float = 120.0
    """Seconds for one start."""


class Bench:
    """One disk, and the starts of the installation onto it."""

    def __init__(
        self,
        ground: Ground,
        layout: Layout,
        supplies: Supplies,
        folder: Path,
    ) -> None:
        self.ground = ground
        self.layout = layout
        self._used_at = folder / "used"
        """Where somebody else has mounted a part of the disk; that is ended, and not cleaned up."""
        self._used_part = ""
        self._is_open = False
        """Whether somebody else has its container open."""
        self._supplies = supplies
        self._run = RunDirectory(path=folder / "run")
        self._mounts = Mounts(Runner(), folder / "own")
        self._surroundings = Surroundings(
            run=self._run,
            disks=tuple(ground.devices.values()),
            loaders=supplies.loaders,
            needed=supplies.needed,
            is_recovery=layout.does is Does.RESET,
        )
        _adopt()

    @property
    def disk(self) -> str:
        """Device node."""
        return self.ground.devices[DISK]

    @property
    def devices(self) -> tuple[str, ...]:
        """Device nodes of disk and stick, and how those begin that are opened on the disk."""
        return (
            *self.ground.devices.values(),
            f"/dev/{VOLUME_GROUP}/",
            f"/dev/mapper/{VOLUME_GROUP}",
        )

    def plan(self) -> Plan:
        """As it would be started now. Raises Refused."""
        return self._session(Forks(self._execute)).plan(self._answers)

    def has_still(self, operation: str) -> bool:
        """Whether that is among what it would do now, after what was done before."""
        return True

    def _begin(self, launcher: Launcher) -> None:
        """Plan, and have it carried out. Raises Refused."""
        self._session(launcher).start(self._answers, self.plan())

    def _execute(self, document: bytes, line: InstallationEnd) -> int:
        """Be the process that writes."""
        return execute(self._surroundings, document, line)

    def start(self, watcher: Watcher) -> Ended:
        """Plan, start, and attend until all of it has ended; what is left running is killed."""
        launcher = Forks(self._execute)
        before = _children()
        try:
            self._begin(launcher)
        except Refused as refusal:
            return Ended(status=ExitCode.REFUSED, refusal=str(refusal))
        status = launcher.attend(watcher, self._supplies.patience)
        return Ended(
            status=status,
            events=_events(self._run),
            left_running=tuple(_end_all(_children() - before)),
            write_errors=self.ground.write_errors(),
        )

    def use(self, partition: int) -> None:
        """Mount a partition of the disk, so that it has to be freed first."""
        self._used_part = f"{self.disk}p{partition}"
        self._used_at.mkdir()
        self.use_again()

    def use_again(self) -> None:
        """Mount it once more where it was unmounted: an operation that failed may have done so, and
        then the next plan has none that frees the disk."""
        if not self._used_at.is_mount():
            subprocess.run(["mount", self._used_part, self._used_at], check=True)

    def remains(self) -> tuple[str, ...]:
        """What it has left mounted, open or active; udev takes a moment to remove its links."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            devices = tuple(self.ground.devices.values())
            found = tuple(remains(self._run, devices, self._used_at, is_open=self._is_open))
            if not found or time.monotonic() > deadline:
                return found
            time.sleep(0.1)

    def amiss(self, ended: Ended) -> Iterator[str]:
        """What of the disk does not hold that has to however a start has ended, each in words."""
        yield from ()

    def halt(self) -> None:
        """Have nobody use the disk any more: it is looked at."""

    def filling_of(self, file_system: FileSystem) -> Filling:
        """To make one of the installation's file systems full."""
        for name, node in self.ground.devices.items():
            if file_system.device.startswith(name):
                device = node + file_system.device.removeprefix(name)
                return filling_of(replace(file_system, device=device), self._mounts)
        return filling_of(file_system, self._mounts)

    @property
    def _answers(self) -> Answers:
        stick = self.ground.devices.get(STICK)
        return self.layout.answers(
            disk=self.disk,
            release=self._supplies.release,
            stick=stick and f"{stick}p1",
        )

    def _session(self, launcher: Launcher) -> LocalSession:
        return LocalSession(
            sources=self._surroundings.sources,
            releases=self._surroundings.releases,
            launcher=launcher,
            unattended=self.layout.does is not Does.RESET,
            run=self._run,
            identifiers=self._supplies.identifiers,
        )


class Forks:
    """Launches the process that writes by a fork: what it imports is there already."""

    def __init__(self, execute: Callable[[bytes, InstallationEnd], int]) -> None:
        self._execute = execute
        self._process = 0
        self._line: TestEnd | None = None

    def launch_detached(self, argv: Sequence[str], stdin: bytes, log: Path) -> None:
        """See Launcher. What `argv` would be is what the child does."""
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        sys.stderr.flush()
        self._process = os.fork()
        if self._process == 0:
            ours.close()
            self._be_the_child(stdin, theirs, log)
        theirs.close()
        self._line = TestEnd(ours)

    def attend(self, watcher: Watcher, patience: float) -> int:
        """Answer its questions until it has ended; its exit status, or HUNG."""
        if self._line is None:
            raise AssertionError("nothing was launched")
        deadline = time.monotonic() + patience
        with contextlib.ExitStack() as stack:
            stack.callback(self._line.close)
            stack.push(self._kill)
            while time.monotonic() < deadline:
                question = self._line.question()
                if question is not None:
                    self._line.answer(watcher.answer(question))
                    continue
                process, status = os.waitpid(self._process, os.WNOHANG)
                if process:
                    self._process = 0
                    return os.waitstatus_to_exitcode(status)
        return HUNG

    def _kill(self, *_error: object) -> None:
        if self._process:
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)

    def _be_the_child(self, document: bytes, connection: socket.socket, log: Path) -> NoReturn:
        status = ExitCode.FAILED.value
        try:
            os.setsid()
            output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(output, 1)
            os.dup2(output, 2)
            status = self._execute(document, InstallationEnd(connection))
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(status)


def _adopt() -> None:
    """Be the parent of what an installation leaves running (prctl(2), PR_SET_CHILD_SUBREAPER)."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _children() -> frozenset[int]:
    return frozenset(each.pid for each in psutil.Process().children())


def _end_all(processes: frozenset[int]) -> Iterator[str]:
    """Kill them; each that still ran, in words."""
    for number in processes:
        process = psutil.Process(number)
        # It may end between two questions.
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                words = " ".join(process.cmdline()) or process.name()
                process.kill()
                yield words
        process.wait()


def _events(run: RunDirectory) -> tuple[Event, ...]:
    lines = run.events.read_text(encoding="utf-8").splitlines()
    return tuple(event for line in lines if (event := from_line(line)) is not None)
