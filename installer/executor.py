"""Carries out a plan: each operation applied and verified, everything told as events."""

import shlex
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from installer.errors import ExitCode, InstallError, Interrupted, ToolFailed
from installer.events import (
    Event,
    Notice,
    OperationFinished,
    OperationStarted,
    PlanMade,
    Progress,
    RunFailed,
    RunFinished,
    RunInterrupted,
    RunStarted,
    Step,
)
from installer.identifiers import Identifiers
from installer.machinery import Machinery
from installer.operation import Context, Operation
from installer.progress import Meter
from installer.session import Plan
from installer.stop import Stop
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class Executor:
    """One run. After the final event nothing more is emitted."""

    machinery: Machinery
    emit: Callable[[Event], None]
    journal_text: Callable[[], str]
    stop: Stop
    crash_log: Path
    """Where the traceback of an unexpected error goes."""
    now: Callable[[], float] = time.time
    ticks: Callable[[], float] = time.monotonic

    def run(self, plan: Plan, identifiers: Identifiers) -> ExitCode:
        """Carry out all operations in their order, up to the first that fails."""
        began = self.ticks()
        self.emit(RunStarted(time=self.now(), disk=plan.disk.name, steps=steps_of(plan)))
        self.emit(PlanMade(time=self.now(), digest=plan.digest, identifiers=identifiers))
        for text in plan.notices:
            self._say(text)
        for operation in plan.operations:
            code = self._carry_out(operation)
            if code is not ExitCode.DONE:
                return code
        self.emit(RunFinished(time=self.now(), seconds=self.ticks() - began))
        return ExitCode.DONE

    def _carry_out(self, operation: Operation) -> ExitCode:
        began = self.ticks()
        try:
            self.stop.check()
            self.emit(OperationStarted(time=self.now(), id=operation.id))
            context = self._context(operation)
            operation.apply(context)
            operation.verify(context)
        except Interrupted:
            self.emit(RunInterrupted(time=self.now(), id=operation.id))
            return ExitCode.INTERRUPTED
        except InstallError as error:
            self.emit(self._failure(operation, error))
            return ExitCode.FAILED
        except Exception as error:
            self.emit(
                unexpected(
                    error,
                    crash_log=self.crash_log,
                    now=self.now(),
                    id=operation.id,
                    device=operation.device,
                )
            )
            return ExitCode.FAILED
        self.emit(
            OperationFinished(
                time=self.now(),
                id=operation.id,
                seconds=self.ticks() - began,
                digest=operation.digest(),
            )
        )
        return ExitCode.DONE

    def _context(self, operation: Operation) -> Context:
        meter = Meter(self.ticks)

        def progress(done: int, total: int) -> None:
            self.stop.check()
            rate = meter.rate_if_due(done, total)
            if rate is not None:
                self.emit(
                    Progress(
                        time=self.now(),
                        id=operation.id,
                        done_bytes=done,
                        total_bytes=total,
                        rate=rate,
                    )
                )

        return Context(
            machinery=self.machinery,
            progress=progress,
            say=self._say,
            events_so_far=self.journal_text,
        )

    def _say(self, text: str) -> None:
        self.emit(Notice(time=self.now(), text=text))

    def _failure(self, operation: Operation, error: InstallError) -> RunFailed:
        return RunFailed(
            time=self.now(),
            id=operation.id,
            what=error.what,
            device=error.device or operation.device,
            tool_words=_tool_words(error),
            way_out=error.way_out or operation.way_out(),
        )


def steps_of(plan: Plan) -> tuple[Step, ...]:
    """The plan's operations as events and screens list them."""
    return tuple(
        Step(id=each.id, sentence=each.sentence(), writes_bytes=each.writes_bytes())
        for each in plan.operations
    )


def unexpected(
    error: Exception, *, crash_log: Path, now: float, id: str, device: str = ""
) -> RunFailed:
    """The event for an error that nobody foresaw; its traceback goes to `crash_log`.

    The traceback has lines of our code and the error's own message, no values of variables.
    """
    with crash_log.open("a", encoding="utf-8") as log:
        traceback.print_exception(error, file=log)
    return RunFailed(
        time=now,
        id=id,
        what=_("An unexpected error stopped the installation ({kind}).").format(
            kind=type(error).__name__
        ),
        device=device,
        tool_words="",
        way_out=_("Its details are in {log}: please report it with that file.").format(
            log=crash_log
        ),
    )


def _tool_words(error: InstallError) -> str:
    """The command line, as one could type it, above the tool's last lines."""
    if not isinstance(error, ToolFailed):
        return error.tool_words
    return f"$ {shlex.join(error.argv)}\n{error.tool_words}".rstrip()
