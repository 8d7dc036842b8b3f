"""What can go wrong, in the shape a person needs it: what, where, the tool's words, the way out."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from installer.question import QuestionId


class ExitCode(IntEnum):
    """Exit status of ``atomos-install`` (DESIGN §6)."""

    DONE = 0
    ANSWERS = 2
    REFUSED = 3
    FAILED = 4
    INTERRUPTED = 5


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A reason not to begin: what is wrong, and what would be right."""

    what: str
    way_out: str
    question: QuestionId | None = None
    """Where a person at the screens changes it; None when no answer would."""

    def __str__(self) -> str:
        return f"{self.what} {self.way_out}".strip()


class InstallError(Exception):
    """An expected failure. `str()` of it is one sentence without the way out."""

    def __init__(
        self,
        what: str,
        *,
        device: str | None = None,
        tool_words: str = "",
        way_out: str = "",
    ) -> None:
        super().__init__(what)
        self.what = what
        self.device = device
        self.tool_words = tool_words
        self.way_out = way_out

    def __reduce__(self) -> tuple[object, ...]:
        # Exception's own way calls a class with the sentence alone, and none takes just that.
        return _again, (type(self), self.args), vars(self)


def _again(kind: type[InstallError], args: tuple[object, ...]) -> InstallError:
    return kind.__new__(kind, *args)


class Refused(InstallError):
    """Nothing was written: the plan has `problems`, all of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.what for problem in problems))
        self.problems = problems

    @classmethod
    def because(cls, what: str, way_out: str, question: QuestionId | None = None) -> Self:
        """A refusal for one reason."""
        return cls((Problem(what=what, way_out=way_out, question=question),))


class Unreached(Refused):
    """A release whose servers were not reached: later, or elsewhere, it may be there."""


class ToolFailed(InstallError):
    """A program ended badly, was missing or hung. Carries its name, arguments and last lines."""

    def __init__(
        self,
        argv: tuple[str, ...],
        status: str,
        last_lines: str,
        *,
        device: str | None = None,
    ) -> None:
        super().__init__(
            f"{argv[0]} {status}",
            device=device,
            tool_words=last_lines,
        )
        self.argv = argv
        self.status = status


class CannotGoOn(InstallError):
    """What was done before cannot be gone on from, and doing it anew would be wrong."""


class Interrupted(Exception):
    """Somebody asked the install to stop (SIGINT or SIGTERM)."""


@dataclass(frozen=True, kw_only=True)
class AnswersError:
    """One thing wrong in an answers file, at a place a person can go to (1-based)."""

    file: str
    line: int
    column: int
    what: str
    right: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.what}, {self.right}"


class AnswersInvalid(Exception):
    """All that is wrong in an answers file."""

    def __init__(self, errors: tuple[AnswersError, ...]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors
