"""What the events of an installation amount to so far: a picture of the run. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from installer.events import (
    FINAL,
    Event,
    Notice,
    OperationFinished,
    OperationStarted,
    Progress,
    RunFailed,
    RunInterrupted,
    RunStarted,
    Step,
)
from installer.quantity import MIB

_STEP_WEIGHT: Final = 32 * MIB
"""What a step counts in the bar besides its bytes, so that steps without bytes move it too."""


class StepState(Enum):
    """How far a step is."""

    WAITING = auto()
    RUNNING = auto()
    DONE = auto()
    FAILED = auto()


@dataclass(frozen=True, kw_only=True)
class StepPicture:
    """One step; times in seconds since the epoch, `rate` in bytes per second."""

    step: Step
    state: StepState = StepState.WAITING
    started: float = 0.0
    seconds: float = 0.0
    done_bytes: int = 0
    total_bytes: int = 0
    rate: float = 0.0
    resumed: bool = False
    """An earlier run has done it; this one has looked at it only."""

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1."""
        if self.state is StepState.DONE:
            return 1.0
        return min(1.0, self.done_bytes / self.total_bytes) if self.total_bytes else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At the present rate; None when there is none, or all bytes are through."""
        left = self.total_bytes - self.done_bytes
        return left / self.rate if self.rate > 0 and left > 0 else None

    @property
    def weight(self) -> int:
        """What it counts in the bar of the whole run."""
        return self.step.writes_bytes + _STEP_WEIGHT


@dataclass(frozen=True, kw_only=True)
class RunPicture:
    """The whole run; times in seconds since the epoch."""

    disk: str = ""
    started: float | None = None
    heard: float | None = None
    """When the last event happened."""
    steps: tuple[StepPicture, ...] = ()
    notices: tuple[str, ...] = ()
    end: Event | None = None

    def after(self, event: Event) -> "RunPicture":
        """The picture once `event` has happened too."""
        heard = replace(self, heard=event.time)
        if isinstance(event, RunStarted):
            steps = tuple(StepPicture(step=step) for step in event.steps)
            return RunPicture(disk=event.disk, started=event.time, heard=event.time, steps=steps)
        if isinstance(event, Notice):
            return replace(heard, notices=(*self.notices, event.text))
        if isinstance(event, OperationStarted):
            running = StepState.RUNNING
            return heard._with(event.id, lambda it: replace(it, state=running, started=event.time))
        if isinstance(event, Progress):
            return heard._with(event.id, lambda it: _progressed(it, event))
        if isinstance(event, OperationFinished):
            return heard._with(event.id, lambda it: _finished(it, event))
        if isinstance(event, FINAL):
            ended = replace(heard, end=event)
            if isinstance(event, RunFailed | RunInterrupted):
                return ended._with(event.id, lambda it: replace(it, state=StepState.FAILED))
            return ended
        return heard

    @property
    def share(self) -> float:
        """How much of the run is done, from 0 to 1, by bytes and steps."""
        whole = sum(each.weight for each in self.steps)
        return sum(each.weight * each.share for each in self.steps) / whole if whole else 0.0

    @property
    def done_count(self) -> int:
        """How many steps are done."""
        return sum(each.state is StepState.DONE for each in self.steps)

    @property
    def has_begun(self) -> bool:
        """Whether a step was begun, so that something may have been written."""
        return any(each.state is not StepState.WAITING for each in self.steps)

    @property
    def current(self) -> StepPicture | None:
        """The step to tell of: of those running the one with the most bytes still to come."""
        running = [each for each in self.steps if each.state is StepState.RUNNING]
        return max(running, key=lambda each: each.total_bytes - each.done_bytes, default=None)

    def sentence_of(self, id: str) -> str:
        """What the step of an operation does; its id when the run never listed it."""
        return next((each.step.sentence for each in self.steps if each.step.id == id), id)

    def _with(self, id: str, change: Callable[[StepPicture], StepPicture]) -> "RunPicture":
        steps = tuple(change(each) if each.step.id == id else each for each in self.steps)
        return replace(self, steps=steps)


def _finished(picture: StepPicture, event: OperationFinished) -> StepPicture:
    return replace(picture, state=StepState.DONE, seconds=event.seconds, resumed=event.resumed)


def _progressed(picture: StepPicture, event: Progress) -> StepPicture:
    return replace(
        picture, done_bytes=event.done_bytes, total_bytes=event.total_bytes, rate=event.rate
    )
