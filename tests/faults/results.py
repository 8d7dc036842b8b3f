"""What came of a case."""

import dataclasses
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tests.faults.matrix import Case, Fault


class Outcome(StrEnum):
    """One of these for every case."""

    PASSED = "passed"
    """The operation failed as it should, and the disk became right all the same."""
    UNNOTICED = "nothing lost"
    """The fault happened, the operation went on, and the disk became right: nothing was lost."""
    FAILED = "failed"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, kw_only=True)
class Result:
    """One case, and what came of it."""

    case: Case
    outcome: Outcome
    means: str = ""
    """What made it happen."""
    blow: str = ""
    """Where exactly."""
    why: str = ""
    """What did not hold, or why it cannot happen."""
    seconds: float = 0.0
    alone: bool = False
    """On a disk of its own, by choice."""
    place: int = 0
    """Of the case among all of its layout."""

    def to_line(self) -> str:
        """As one line of JSON."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_line(cls, line: str) -> "Result":
        """The result in a line. Raises ValueError or KeyError when there is none."""
        fields: dict[str, Any] = json.loads(line)
        case = fields.pop("case")
        return cls(
            **{**fields, "outcome": Outcome(fields["outcome"])},
            case=Case(**{**case, "fault": Fault(case["fault"])}),
        )

    def __str__(self) -> str:
        words = f"{self.outcome}: {self.case}{', alone' if self.alone else ''}"
        if self.blow:
            words += f" ({self.blow})"
        if self.seconds:
            words += f" {self.seconds:.1f} s"
        return f"{words}: {self.why}" if self.why else words
