"""One run of a plan against a machine in memory, with its events."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from installer.answers import Answers
from installer.errors import ExitCode
from installer.events import Event, OperationStarted, RunFailed, to_line
from installer.executor import Executor
from installer.session import Plan
from installer.step_journal import StepJournal
from installer.stop import Stop
from tests.unit import samples
from tests.unit.fake_machinery import FakeMachine


@dataclass(kw_only=True)
class Run:
    """One run in memory, with its events."""

    crash_log: Path
    answers: Answers = field(default_factory=samples.answers)
    machine: FakeMachine = field(default_factory=FakeMachine)
    plan: Plan = field(default_factory=samples.plan)
    stop: Stop = field(default_factory=Stop)
    events: list[Event] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """Disks that were to be closed after the run ended early."""
    now: float = 1_000_000.0

    @property
    def memory(self) -> Path:
        return self.crash_log.with_name("install.journal")

    def journal(self) -> str:
        return "".join(f"{to_line(event)}\n" for event in self.events)

    def go(self) -> ExitCode:
        return self.executor(self.events.append).run(self.plan, samples.IDENTIFIERS)

    def executor(self, emit: Callable[[Event], None]) -> Executor:
        machinery = self.machine.machinery()
        return Executor(
            machinery=machinery,
            emit=emit,
            journal_text=self.journal,
            journal=StepJournal(
                ram=self.memory,
                targets=machinery.journals,
                answers=self.answers,
                identifiers=samples.IDENTIFIERS,
            ),
            leave=self.left.append,
            stop=self.stop,
            crash_log=self.crash_log,
            now=lambda: self.now,
        )

    def failure(self) -> RunFailed:
        assert self.go() is ExitCode.FAILED
        last = self.events[-1]
        assert isinstance(last, RunFailed)
        return last

    def started(self) -> tuple[str, ...]:
        return tuple(each.id for each in self.events if isinstance(each, OperationStarted))
