"""The process that writes: it looks again, plans again, and carries out what was shown."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from installer.death import Killed
from installer.errors import ExitCode, InstallError
from installer.events import Notice, RunStarted, Step
from installer.execution import MachineryMaker, as_shown, tool_lines
from installer.executor import Executor
from installer.hardware import HardwareSource
from installer.holder import NOBODY
from installer.journal import Journal, RunDirectory
from installer.operation import Operation
from installer.run_process import RunProcess, unsupervised
from installer.session import Plan
from installer.stop import Stop
from installer.text import speak
from installer.upkeep.session import WishedReleases, plan_for
from installer.upkeep.system import SystemSource
from installer.upkeep.wish import Errand


class NoSteps:
    """See Steps: an update that came to no end is begun anew, whatever was done of it."""

    def begin(self, plan: Plan, steps: tuple[Step, ...], at: float) -> None:
        """Nothing."""

    def begun(self, operation: Operation, at: float) -> None:
        """Nothing."""

    def done(self, operation: Operation, at: float) -> None:
        """Nothing."""

    def resumed(self, operation: Operation) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""


@dataclass(frozen=True, kw_only=True)
class UpkeepExecution:
    """Everything the process needs beside the document on its standard input."""

    systems: SystemSource
    hardware: HardwareSource
    releases: WishedReleases
    make_machinery: MachineryMaker
    tidy: Callable[[], None]
    """Unmounts what a run that ended early has left. Raises InstallError."""
    run: RunDirectory
    supervise: Callable[[Callable[[], ExitCode]], ExitCode | Killed] = unsupervised

    def carry_out(self, document: bytes) -> ExitCode:
        """Do what the errand in `document` says; see RunProcess."""
        try:
            errand: Errand | ValueError = Errand.from_json(document)
        except ValueError as error:
            errand = error
        starter = errand.starter if isinstance(errand, Errand) else NOBODY
        if isinstance(errand, Errand):
            speak(errand.language)
        run = self.run
        if isinstance(errand, Errand):
            run = replace(run, words=errand.wish.words)
        process = RunProcess(run=run, supervise=self.supervise, clear_up=self._clear_up)
        return process.carry_out(starter, lambda *told: self._work(errand, *told))

    def _work(self, errand: Errand | ValueError, journal: Journal, stop: Stop) -> ExitCode:
        if isinstance(errand, ValueError):
            raise errand
        # Only here: whoever holds the lock knows that these mounts are nobody's any more.
        self.tidy()
        plan = plan_for(errand.wish, self.systems, self.hardware, self.releases)
        as_shown(plan, errand.digest)
        stop.check()
        executor = Executor(
            machinery=self.make_machinery(errand.wish.source, tool_lines(journal), stop.check),
            emit=journal.emit,
            journal_text=journal.text,
            journal=NoSteps(),
            # The disk is the one that this system runs from: only what the run mounted goes.
            leave=lambda _disk: self.tidy(),
            stop=stop,
            crash_log=self.run.crash,
        )
        return executor.run(plan, None)

    def _clear_up(self, _begun: RunStarted | None) -> tuple[Notice, ...]:
        try:
            self.tidy()
        except InstallError as error:
            text = f"{error.what}: {error.tool_words}".removesuffix(": ")
            return (Notice(time=time.time(), text=text),)
        return ()
