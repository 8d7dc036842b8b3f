"""The process that installs: looks again, plans again, and carries out what was shown."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from installer.errors import ExitCode, InstallError, Interrupted, Refused
from installer.events import OutputLine, RunInterrupted, RunRefused
from installer.executor import Executor, unexpected
from installer.handover import Handover
from installer.hardware import HardwareSource
from installer.inspection import facts
from installer.installation import Installations
from installer.journal import Journal, RunDirectory
from installer.machinery import Machinery
from installer.planning import make_plan
from installer.refusal import refusal_of
from installer.release import ReleaseSource
from installer.release_search import find_release
from installer.session import Plan
from installer.stop import Stop
from installer.text import _

MachineryMaker = Callable[[Callable[[str, str], None], Callable[[], None]], Machinery]
"""Makes the machinery from `on_line(tool, line)`, told each line that a tool prints, and `pulse`,
called while a tool runs; what it raises ends the tool."""


@dataclass(frozen=True, kw_only=True)
class Execution:
    """Everything the process needs beside the document on its standard input."""

    hardware: HardwareSource
    releases: ReleaseSource
    installations: Installations
    make_machinery: MachineryMaker
    tidy: Callable[[], None]
    """Takes away what an earlier run that was killed left mounted. Raises InstallError."""
    run: RunDirectory

    def carry_out(self, document: bytes) -> ExitCode:
        """Install as the handover in `document` says; everything is told in the journal.

        SIGINT and SIGTERM stop it where it can be left. Raises Refused when another run is on,
        which then owns the journal.
        """
        stop = Stop()
        signal.signal(signal.SIGTERM, stop.ask)
        signal.signal(signal.SIGINT, stop.ask)
        with self.run.hold() as journal:
            try:
                return self._carry_out(document, journal, stop)
            except InstallError as error:
                journal.emit(refused_event(refusal_of(error)))
                return ExitCode.REFUSED
            except Interrupted:
                journal.emit(RunInterrupted(time=time.time(), id=""))
                return ExitCode.INTERRUPTED
            except Exception as error:
                journal.emit(unexpected(error, crash_log=self.run.crash, now=time.time(), id=""))
                return ExitCode.FAILED

    def _carry_out(self, document: bytes, journal: Journal, stop: Stop) -> ExitCode:
        handover = Handover.from_json(document)
        # Only here: whoever holds the run's lock knows that these mounts are nobody's any more.
        self.tidy()
        plan = self._plan(handover)
        stop.check()

        def on_line(tool: str, line: str) -> None:
            journal.emit(OutputLine(time=time.time(), tool=tool, line=line))

        executor = Executor(
            machinery=self.make_machinery(on_line, stop.check),
            emit=journal.emit,
            journal_text=journal.text,
            stop=stop,
            crash_log=self.run.crash,
        )
        return executor.run(plan, handover.identifiers)

    def _plan(self, handover: Handover) -> Plan:
        seen = facts(handover.answers, self.hardware, self.installations)
        plan = make_plan(
            handover.answers,
            seen.machine,
            find_release(self.releases, handover.answers, seen.machine.architecture),
            handover.identifiers,
            unattended=handover.unattended,
            installation=seen.installation,
        )
        if plan.digest != handover.digest:
            raise Refused.because(
                _("The machine or the release has changed since the plan was shown."),
                _("Look at the new plan, then start again."),
            )
        return plan


def refused_event(refusal: Refused) -> RunRefused:
    """The final event of a run that wrote nothing."""
    return RunRefused(
        time=time.time(),
        problems=tuple(each.what for each in refusal.problems),
        ways_out=tuple(each.way_out for each in refusal.problems),
        questions=tuple(each.question or "" for each in refusal.problems),
    )
