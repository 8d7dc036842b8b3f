"""Typed events of an installation: what every reader (screen, log, JSON lines) is told.

Each event is one JSON object on one line with ``v`` (the version of this vocabulary), ``event``
(its kind), ``time`` (seconds since the epoch) and its own fields. Readers ignore kinds and fields
that they do not know.
"""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from installer.identifiers import Identifiers
from installer.layout import Role

EVENTS_VERSION: Final = 1


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened in the run, at `time` in seconds since the epoch."""

    kind: ClassVar[str]
    time: float


@dataclass(frozen=True, kw_only=True)
class Step:
    """One operation as the plan lists it."""

    id: str
    sentence: str
    writes_bytes: int


@dataclass(frozen=True, kw_only=True)
class RunStarted(Event):
    """The run has a plan: the operations to come, in order."""

    kind: ClassVar[str] = "run-started"
    disk: str
    """What a person calls it."""
    device: str = ""
    """Its device node now; empty in what earlier versions wrote."""
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class PlanMade(Event):
    """What the run goes by: the plan's digest, and the identifiers it was made with.

    They are kept so that a run begun again makes the same disk; a run that makes none has none.
    """

    kind: ClassVar[str] = "plan-made"
    digest: str
    identifiers: Identifiers | None


@dataclass(frozen=True, kw_only=True)
class Notice(Event):
    """Something a person should know that is not an error."""

    kind: ClassVar[str] = "notice"
    text: str


@dataclass(frozen=True, kw_only=True)
class OperationStarted(Event):
    """An operation begins, on a device."""

    kind: ClassVar[str] = "operation-started"
    id: str
    device: str = ""


@dataclass(frozen=True, kw_only=True)
class Progress(Event):
    """`done_bytes` of `total_bytes` of an operation, at `rate` bytes per second."""

    kind: ClassVar[str] = "progress"
    id: str
    done_bytes: int
    total_bytes: int
    rate: float


DOWNLOAD: Final = "download"
"""The tool of lines about a connection that was lost or is slow: they are for people to see."""


@dataclass(frozen=True, kw_only=True)
class OutputLine(Event):
    """A line that a tool printed."""

    kind: ClassVar[str] = "output"
    tool: str
    line: str


@dataclass(frozen=True, kw_only=True)
class OperationFinished(Event):
    """An operation was applied and verified, after `seconds`; `digest` is that of its fields."""

    kind: ClassVar[str] = "operation-finished"
    id: str
    seconds: float
    digest: str = ""
    resumed: bool = False
    """It was done by an earlier run, and has only been looked at by this one."""
    done_at: float | None = None
    """When that was, in seconds since the epoch by the clock of then."""


@dataclass(frozen=True, kw_only=True)
class RunRefused(Event):
    """Nothing was written. All three lists go together: problem, way out, and the `QuestionId` of
    the screen that it concerns (empty: none)."""

    kind: ClassVar[str] = "refused"
    problems: tuple[str, ...]
    ways_out: tuple[str, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RunFailed(Event):
    """An operation failed; the run ended there."""

    kind: ClassVar[str] = "failed"
    id: str
    what: str
    device: str
    tool_words: str
    way_out: str


@dataclass(frozen=True, kw_only=True)
class RunInterrupted(Event):
    """Somebody stopped the run."""

    kind: ClassVar[str] = "interrupted"
    id: str


@dataclass(frozen=True, kw_only=True)
class RunFinished(Event):
    """Everything in the plan was done and verified."""

    kind: ClassVar[str] = "finished"
    seconds: float


FINAL: Final = (RunRefused, RunFailed, RunInterrupted, RunFinished)
_KINDS: Final[dict[str, type[Event]]] = {
    each.kind: each
    for each in (
        RunStarted,
        PlanMade,
        Notice,
        OperationStarted,
        Progress,
        OutputLine,
        OperationFinished,
        *FINAL,
    )
}


def to_line(event: Event) -> str:
    """`event` as one line of JSON, without the newline."""
    fields = dataclasses.asdict(event)
    return json.dumps({"v": EVENTS_VERSION, "event": event.kind, **fields}, ensure_ascii=False)


def from_line(line: str) -> Event | None:
    """The event in a line of JSON; None when it is of a kind that this version does not know.

    Raises ValueError when the line is not an event at all.
    """
    fields: dict[str, Any] = json.loads(line)
    kind = _KINDS.get(fields.get("event", ""))
    if kind is None:
        return None
    known = {each.name for each in dataclasses.fields(kind)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in fields.items()
        if name in known
    }
    try:
        if kind is RunStarted:
            values["steps"] = tuple(Step(**step) for step in values["steps"])
        if kind is PlanMade and values["identifiers"] is not None:
            values["identifiers"] = _identifiers(values["identifiers"])
        return kind(**values)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a complete {kind.kind} event: {error}") from error


def _identifiers(fields: dict[str, Any]) -> Identifiers:
    guids = {Role(role): str(guid) for role, guid in fields["partition_guids"].items()}
    return Identifiers(**{**fields, "partition_guids": guids})
