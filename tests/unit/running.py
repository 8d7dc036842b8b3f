"""One run of a plan against a machine in memory, with its events."""

from dataclasses import dataclass, field
from pathlib import Path

from installer.errors import ExitCode
from installer.events import Event, OperationStarted, RunFailed, to_line
from installer.executor import Executor
from installer.session import Plan
from installer.stop import Stop
from tests.unit import samples
from tests.unit.fake_machinery import FakeMachine


@dataclass(kw_only=True)
class Run:
    """One run in memory, with its events."""

    crash_log: Path
    machine: FakeMachine = field(default_factory=FakeMachine)
    plan: Plan = field(default_factory=samples.plan)
    stop: Stop = field(default_factory=Stop)
    events: list[Event] = field(default_factory=list)

    def journal(self) -> str:
        return "".join(f"{to_line(event)}\n" for event in self.events)

    def go(self) -> ExitCode:
        executor = Executor(
            machinery=self.machine.machinery(),
            emit=self.events.append,
            journal_text=self.journal,
            stop=self.stop,
            crash_log=self.crash_log,
        )
        return executor.run(self.plan, samples.IDENTIFIERS)

    def failure(self) -> RunFailed:
        assert self.go() is ExitCode.FAILED
        last = self.events[-1]
        assert isinstance(last, RunFailed)
        return last

    def started(self) -> tuple[str, ...]:
        return tuple(each.id for each in self.events if isinstance(each, OperationStarted))
