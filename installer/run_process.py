"""A process that writes: it holds the lock, hears of signals, and tells its end whatever comes."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from installer.death import Killed, in_work, killed_event
from installer.errors import ExitCode, InstallError, Interrupted, Refused
from installer.events import Notice, RunInterrupted, RunRefused, RunStarted
from installer.executor import unexpected
from installer.headless_log import exit_code_of
from installer.holder import Starter
from installer.journal import Journal, RunDirectory
from installer.refusal import refusal_of
from installer.stop import Stop

Work = Callable[[Journal, Stop], ExitCode]
"""What is to be done; it has told its final event when it returns, and has not when it raises."""


def unsupervised(work: Callable[[], ExitCode]) -> ExitCode | Killed:
    """The work in this process, with nobody to tell should it be killed."""
    return work()


@dataclass(frozen=True, kw_only=True)
class RunProcess:
    """What an installation and an update have in common as processes."""

    run: RunDirectory
    supervise: Callable[[Callable[[], ExitCode]], ExitCode | Killed]
    """Has the work done, in a process whose death it outlives; then no tool of it is left."""
    clear_up: Callable[[RunStarted | None], tuple[Notice, ...]]
    """Leaves nothing open of a run that was killed, told how it had begun, if it had; what stays
    open."""

    def carry_out(self, starter: Starter, work: Work) -> ExitCode:
        """Do it; everything is told in the journal.

        SIGINT and SIGTERM stop it where it can be left. Raises Refused when another run is on,
        which then owns the journal.
        """
        with self.run.hold(starter) as journal:
            end = self.supervise(lambda: self._guarded(work, journal))
            if isinstance(end, Killed):
                return self._after_death(journal, end)
            return end

    def _guarded(self, work: Work, journal: Journal) -> ExitCode:
        stop = Stop()
        signal.signal(signal.SIGTERM, stop.ask)
        signal.signal(signal.SIGINT, stop.ask)
        journal.sign()
        try:
            return work(journal, stop)
        except InstallError as error:
            journal.emit(refused_event(refusal_of(error)))
            return ExitCode.REFUSED
        except Interrupted:
            journal.emit(RunInterrupted(time=time.time(), id=""))
            return ExitCode.INTERRUPTED
        except Exception as error:
            journal.emit(unexpected(error, crash_log=self.run.crash, now=time.time(), id=""))
            return ExitCode.FAILED

    def _after_death(self, journal: Journal, killed: Killed) -> ExitCode:
        """Leave nothing open of a run whose process was killed, and tell its end."""
        journal.end_line()
        events = journal.events()
        code = exit_code_of(events[-1]) if events else None
        if code is not None:
            return code
        begun = [event for event in events if isinstance(event, RunStarted)]
        for notice in self.clear_up(begun[-1] if begun else None):
            journal.emit(notice)
        journal.emit(killed_event(killed, in_work(events), self.run.output, self.run.words))
        return ExitCode.FAILED


def refused_event(refusal: Refused) -> RunRefused:
    """The final event of a run that wrote nothing."""
    return RunRefused(
        time=time.time(),
        problems=tuple(each.what for each in refusal.problems),
        ways_out=tuple(each.way_out for each in refusal.problems),
        questions=tuple(each.question or "" for each in refusal.problems),
    )
