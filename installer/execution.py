"""The process that installs: looks again, plans again, and carries out what was shown."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from installer.answers import Source
from installer.death import Killed, clear_up, in_work, killed_event
from installer.errors import ExitCode, InstallError, Interrupted, Refused
from installer.events import OutputLine, RunInterrupted, RunRefused, RunStarted
from installer.executor import Executor, unexpected
from installer.handover import Handover
from installer.headless_log import exit_code_of
from installer.holder import NOBODY
from installer.inspection import Sources
from installer.journal import Journal, RunDirectory
from installer.look_and_plan import look_and_plan
from installer.machinery import Machinery
from installer.refusal import refusal_of
from installer.release import ReleaseSource
from installer.session import Plan
from installer.step_journal import StepJournal
from installer.stop import Stop
from installer.text import _, speak

MachineryMaker = Callable[[Source, Callable[[str, str], None], Callable[[], None]], Machinery]
"""Makes the machinery from the answers' source, `on_line(tool, line)`, told each line that a tool
prints, and `pulse`, called while a tool runs; what it raises ends the tool."""


def unsupervised(work: Callable[[], ExitCode]) -> ExitCode | Killed:
    """The work in this process, with nobody to tell should it be killed."""
    return work()


@dataclass(frozen=True, kw_only=True)
class Execution:
    """Everything the process needs beside the document on its standard input."""

    sources: Sources
    releases: ReleaseSource
    make_machinery: MachineryMaker
    tidy: Callable[[], None]
    """Takes away what an earlier run that was killed left mounted. Raises InstallError."""
    leave: Callable[[str], None]
    """Unmounts and closes all that is open on a disk. Raises InstallError."""
    run: RunDirectory
    supervise: Callable[[Callable[[], ExitCode]], ExitCode | Killed] = unsupervised
    """Has the work done, in a process whose death it outlives; then no tool of it is left."""

    def carry_out(self, document: bytes) -> ExitCode:
        """Install as the handover in `document` says; everything is told in the journal.

        SIGINT and SIGTERM stop it where it can be left. Raises Refused when another run is on,
        which then owns the journal.
        """
        try:
            handover: Handover | ValueError = Handover.from_json(document)
        except ValueError as error:
            handover = error
        starter = handover.starter if isinstance(handover, Handover) else NOBODY
        if isinstance(handover, Handover):
            speak(handover.language)
        with self.run.hold(starter) as journal:
            end = self.supervise(lambda: self._work(handover, journal))
            if isinstance(end, Killed):
                return self._after_death(journal, end)
            return end

    def _work(self, handover: Handover | ValueError, journal: Journal) -> ExitCode:
        stop = Stop()
        signal.signal(signal.SIGTERM, stop.ask)
        signal.signal(signal.SIGINT, stop.ask)
        journal.sign()
        try:
            if isinstance(handover, ValueError):
                raise handover
            return self._carry_out(handover, journal, stop)
        except InstallError as error:
            journal.emit(refused_event(refusal_of(error)))
            return ExitCode.REFUSED
        except Interrupted:
            journal.emit(RunInterrupted(time=time.time(), id=""))
            return ExitCode.INTERRUPTED
        except Exception as error:
            journal.emit(unexpected(error, crash_log=self.run.crash, now=time.time(), id=""))
            return ExitCode.FAILED

    def _carry_out(self, handover: Handover, journal: Journal, stop: Stop) -> ExitCode:
        # Only here: whoever holds the run's lock knows that these mounts are nobody's any more.
        self.tidy()
        plan = self._plan(handover)
        stop.check()

        def on_line(tool: str, line: str) -> None:
            journal.emit(OutputLine(time=time.time(), tool=tool, line=line))

        machinery = self.make_machinery(handover.answers.reached_source, on_line, stop.check)
        executor = Executor(
            machinery=machinery,
            emit=journal.emit,
            journal_text=journal.text,
            journal=StepJournal(
                ram=self.run.install_journal, targets=machinery.journals, answers=handover.answers
            ),
            leave=self.leave,
            stop=stop,
            crash_log=self.run.crash,
        )
        resumed = plan.resumes
        return executor.run(plan, resumed.identifiers if resumed else handover.identifiers)

    def _plan(self, handover: Handover) -> Plan:
        plan = look_and_plan(
            handover.answers,
            self.sources,
            self.releases,
            handover.identifiers,
            unattended=handover.unattended,
            start_over=not handover.resumes,
        )
        if plan.digest != handover.digest:
            raise Refused.because(
                _("The machine or the release has changed since the plan was shown."),
                _("Look at the new plan, then start again."),
            )
        return plan

    def _after_death(self, journal: Journal, killed: Killed) -> ExitCode:
        """Leave nothing open of a run whose process was killed, and tell its end."""
        journal.end_line()
        events = journal.events()
        code = exit_code_of(events[-1]) if events else None
        if code is not None:
            return code
        had_begun = any(isinstance(event, RunStarted) for event in events)
        for notice in clear_up(
            self.tidy, self.leave, self.run.install_journal, had_begun=had_begun
        ):
            journal.emit(notice)
        journal.emit(killed_event(killed, in_work(events), self.run.output))
        return ExitCode.FAILED


def refused_event(refusal: Refused) -> RunRefused:
    """The final event of a run that wrote nothing."""
    return RunRefused(
        time=time.time(),
        problems=tuple(each.what for each in refusal.problems),
        ways_out=tuple(each.way_out for each in refusal.problems),
        questions=tuple(each.question or "" for each in refusal.problems),
    )
