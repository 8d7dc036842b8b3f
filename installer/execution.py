"""The process that installs: looks again, plans again, and carries out what was shown."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from installer.answers import Source
from installer.death import Killed, clear_up
from installer.errors import ExitCode, Refused
from installer.events import Notice, OutputLine, RunStarted
from installer.executor import Executor
from installer.handover import Handover
from installer.holder import NOBODY
from installer.inspection import Sources
from installer.journal import Journal, RunDirectory
from installer.look_and_plan import look_and_plan
from installer.machinery import Machinery
from installer.release import ReleaseSource
from installer.run_process import RunProcess, unsupervised
from installer.session import Plan
from installer.step_journal import StepJournal
from installer.stop import Stop
from installer.text import _, speak

MachineryMaker = Callable[[Source, Callable[[str, str], None], Callable[[], None]], Machinery]
"""Makes the machinery from the answers' source, `on_line(tool, line)`, told each line that a tool
prints, and `pulse`, called while a tool runs; what it raises ends the tool."""


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
    """See RunProcess."""

    def carry_out(self, document: bytes) -> ExitCode:
        """Install as the handover in `document` says; see RunProcess."""
        try:
            handover: Handover | ValueError = Handover.from_json(document)
        except ValueError as error:
            handover = error
        starter = handover.starter if isinstance(handover, Handover) else NOBODY
        if isinstance(handover, Handover):
            speak(handover.language)
        process = RunProcess(run=self.run, supervise=self.supervise, clear_up=self._clear_up)
        return process.carry_out(starter, lambda *told: self._work(handover, *told))

    def _work(self, handover: Handover | ValueError, journal: Journal, stop: Stop) -> ExitCode:
        if isinstance(handover, ValueError):
            raise handover
        # Only here: whoever holds the run's lock knows that these mounts are nobody's any more.
        self.tidy()
        plan = self._plan(handover)
        stop.check()
        resumed = plan.resumes
        identifiers = resumed.identifiers if resumed else handover.identifiers
        machinery = self.make_machinery(
            handover.answers.reached_source, tool_lines(journal), stop.check
        )
        executor = Executor(
            machinery=machinery,
            emit=journal.emit,
            journal_text=journal.text,
            journal=StepJournal(
                ram=self.run.install_journal,
                targets=machinery.journals,
                answers=handover.answers,
                identifiers=identifiers,
            ),
            leave=self.leave,
            stop=stop,
            crash_log=self.run.crash,
        )
        return executor.run(plan, identifiers)

    def _plan(self, handover: Handover) -> Plan:
        plan = look_and_plan(
            handover.answers,
            self.sources,
            self.releases,
            handover.identifiers,
            unattended=handover.unattended,
            start_over=not handover.resumes,
        )
        return as_shown(plan, handover.digest)

    def _clear_up(self, begun: RunStarted | None) -> tuple[Notice, ...]:
        return clear_up(self.tidy, self.leave, self.run.install_journal, begun)


def tool_lines(journal: Journal) -> Callable[[str, str], None]:
    """What tells the journal each line that a tool prints."""

    def on_line(tool: str, line: str) -> None:
        journal.emit(OutputLine(time=time.time(), tool=tool, line=line))

    return on_line


def as_shown(plan: Plan, digest: str) -> Plan:
    """`plan`, where it is the one that was shown. Raises Refused."""
    if plan.digest != digest:
        raise Refused.because(
            _("The machine or the release has changed since the plan was shown."),
            _("Look at the new plan, then start again."),
        )
    return plan
