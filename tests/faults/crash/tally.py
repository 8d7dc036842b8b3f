"""What came of all points, to be added up over the workers of pytest."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from tests.faults.crash.judge import Loss, Verdict


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The points of one operation."""

    section: str
    points: int = 0
    unbootable: int = 0
    lost: int = 0
    booted: int = 0
    """Of these, points whose disk a machine was started from."""

    def to_line(self) -> str:
        """For `from_line`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_line(cls, line: str) -> "Judged":
        """What `to_line` gave."""
        return cls(**json.loads(line))


def judged(section: str, verdicts: Iterable[Verdict], booted: int = 0) -> Judged:
    """Count them."""
    counted = Counter[str]()
    for each in verdicts:
        counted["points"] += 1
        counted.update({str(loss): 1 for loss in Loss if each.has(loss)})
    return Judged(
        section=section,
        points=counted["points"],
        unbootable=counted[Loss.UNBOOTABLE],
        lost=counted[Loss.LOST],
        booted=booted,
    )


def crash_lines(found: Iterable[Judged]) -> list[str]:
    """One for each operation, and the sum as the last one."""
    all_of_them = list(found)
    lines = []
    for each in all_of_them:
        booted = f", {each.booted} of them booted" if each.booted else ""
        lines.append(f"{each.section}: {_numbers(each)}{booted}")
    total = Judged(
        section="all",
        points=sum(each.points for each in all_of_them),
        unbootable=sum(each.unbootable for each in all_of_them),
        lost=sum(each.lost for each in all_of_them),
    )
    return [*lines, f"{sum(each.booted for each in all_of_them)} booted", _numbers(total)]


def _numbers(each: Judged) -> str:
    return f"{each.points} points, {each.unbootable} unbootable, {each.lost} lost"
