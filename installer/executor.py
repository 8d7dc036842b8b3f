"""Carries out a plan: each operation applied and verified, everything told as events."""

import shlex
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from installer.errors import CannotGoOn, ExitCode, InstallError, Interrupted, ToolFailed
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


class Steps(Protocol):
    """Whoever keeps which steps were done, for a later run to go on by (`StepJournal`)."""

    def begin(self, plan: Plan, steps: tuple[Step, ...], at: float) -> None:
        """A run of `plan` begins. Raises InstallError, as all of these."""
        ...

    def begun(self, operation: Operation, at: float) -> None:
        """`operation` is about to be carried out."""
        ...

    def done(self, operation: Operation, at: float) -> None:
        """`operation` was carried out and verified."""
        ...

    def resumed(self, operation: Operation) -> None:
        """`operation` is as an earlier run left it."""
        ...

    def end(self) -> None:
        """All was done: there is nothing to go on with."""
        ...


@dataclass(frozen=True, kw_only=True)
class Executor:
    """One run. After the final event nothing more is emitted."""

    machinery: Machinery
    emit: Callable[[Event], None]
    journal_text: Callable[[], str]
    journal: Steps
    leave: Callable[[str], None]
    """Told the disk when a run ends before its end: unmounts and closes all that is open there.
    Raises InstallError."""
    stop: Stop
    crash_log: Path
    """Where the traceback of an unexpected error goes."""
    now: Callable[[], float] = time.time
    ticks: Callable[[], float] = time.monotonic

    def run(self, plan: Plan, identifiers: Identifiers | None) -> ExitCode:
        """Carry out all operations in their order, up to the first that fails.

        Those that an earlier run has done are looked at only, as long as they are as they should
        be; from the first on that is not, everything is done whole.
        """
        began, steps = self.ticks(), steps_of(plan)
        disk = plan.disk
        self.emit(RunStarted(time=self.now(), disk=disk.name, device=disk.path, steps=steps))
        self.emit(PlanMade(time=self.now(), digest=plan.digest, identifiers=identifiers))
        if plan.signed_by is not None:
            self._say(_("The release is signed by {who}.").format(who=plan.signed_by))
        for text in plan.notices:
            self._say(text)
        attempt = _Attempt(plan)
        final = self._guarded(attempt, lambda: self.journal.begin(plan, steps, self.now()))
        for operation in plan.operations:
            if final is None:
                attempt.operation = operation
                final = self._guarded(attempt, lambda: self._step(attempt))
        if final is None:
            final = self._guarded(attempt, self.journal.end)
        if final is None:
            self.emit(RunFinished(time=self.now(), seconds=self.ticks() - began))
            return ExitCode.DONE
        if attempt.may_have_opened:
            self._leave(plan.disk.path)
        self.emit(final)
        return ExitCode.INTERRUPTED if isinstance(final, RunInterrupted) else ExitCode.FAILED

    def _guarded(
        self, attempt: "_Attempt", deed: Callable[[], None]
    ) -> RunFailed | RunInterrupted | None:
        """Do it; the final event of the run where it fails."""
        operation = attempt.operation
        try:
            deed()
        except Interrupted:
            return RunInterrupted(time=self.now(), id=operation.id)
        except InstallError as error:
            return self._failure(operation, error)
        except Exception as error:
            return unexpected(
                error,
                crash_log=self.crash_log,
                now=self.now(),
                id=operation.id,
                device=operation.device,
            )
        return None

    def _step(self, attempt: "_Attempt") -> None:
        operation, began = attempt.operation, self.ticks()
        self.stop.check()
        self.emit(OperationStarted(time=self.now(), id=operation.id, device=operation.device))
        context = self._context(operation)
        done_at = attempt.done.get(operation.id)
        if done_at is not None and not self._is_as_left(operation, context):
            attempt.done.clear()
            done_at = None
        if done_at is None:
            self.journal.begun(operation, self.now())
            operation.apply(context)
            operation.verify(context)
            self.journal.done(operation, self.now())
        self.emit(
            OperationFinished(
                time=self.now(),
                id=operation.id,
                seconds=self.ticks() - began,
                digest=operation.digest(),
                resumed=done_at is not None,
                done_at=done_at,
            )
        )

    def _is_as_left(self, operation: Operation, context: Context) -> bool:
        """Whether what an earlier run did is there, opened and active where it has to be."""
        try:
            operation.again(context)
            operation.verify(context)
            self.journal.resumed(operation)
        except CannotGoOn:
            raise
        except InstallError as error:
            self._say(
                _("Not as it was left, and so done again: {sentence} ({reason}).").format(
                    sentence=operation.sentence(), reason=error.what
                )
            )
            return False
        return True

    def _leave(self, disk: str) -> None:
        try:
            self.leave(disk)
        except InstallError as error:
            self._say(
                _("{disk} could not be closed afterwards: {reason}.").format(
                    disk=disk, reason=error.what
                )
            )

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


class _Attempt:
    """How far a run is."""

    def __init__(self, plan: Plan) -> None:
        times = {each.id: each.at for each in plan.resumes.done} if plan.resumes else {}
        self.done = {id: times[id] for id in plan.done_already}
        """When each operation was done that is not to be done again."""
        self.operation = plan.operations[0]
        """The one in work."""
        self._first = self.operation

    @property
    def may_have_opened(self) -> bool:
        """False for the first one that writes nothing: it frees the disk of others' uses, or looks
        at the table, and what it could not end is to be told once."""
        return self.operation is not self._first or self.operation.lasting


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
        what=_("An unexpected error ended the run ({kind}).").format(kind=type(error).__name__),
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
