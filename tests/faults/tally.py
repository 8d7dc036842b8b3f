"""The tally: operations by faults, how many passed, and by which means."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from tests.faults.matrix import Fault
from tests.faults.results import Outcome, Result

MARKS: Final = {
    Outcome.PASSED: "✓",
    Outcome.UNNOTICED: "=",
    Outcome.FAILED: "✗",
    Outcome.NOT_APPLICABLE: "–",
}
_HEADS: Final = {
    Fault.TOOL_FAILS: "fails",
    Fault.TOOL_MISSING: "missing",
    Fault.TOOL_HANGS: "hangs",
    Fault.DISK_FULL: "full",
    Fault.ERROR_FIRST: "first byte",
    Fault.ERROR_MIDDLE: "middle byte",
    Fault.ERROR_LAST: "last byte",
    Fault.KILLED: "killed",
}


def tally_lines(results: Iterable[Result]) -> Iterator[str]:
    """The whole tally, as Markdown."""
    listed = tuple(results)
    chains = tuple(each for each in listed if not each.alone)
    for layout in dict.fromkeys(each.case.layout for each in chains):
        yield f"**{layout}**"
        yield ""
        yield from _table([each for each in chains if each.case.layout == layout])
        yield ""
    yield f"{', '.join(f'{mark} {outcome}' for outcome, mark in MARKS.items())}."
    yield ""
    reasons = Counter(each.why for each in chains if each.outcome is Outcome.NOT_APPLICABLE)
    for reason, count in reasons.items():
        yield f"- not applicable, {count}: the operation {reason}"
    for means, count in Counter(each.means for each in listed if each.means).items():
        yield f"- {count} by {means}"
    alone = sum(each.alone for each in listed)
    if alone:
        yield f"- {alone} of them once more, each on a disk of its own"
    yield ""
    yield summary(listed)


def summary(results: Iterable[Result]) -> str:
    """The last line: what has happened only."""
    counted = Counter(each.outcome for each in results)
    failed = counted[Outcome.FAILED]
    passed = counted[Outcome.PASSED] + counted[Outcome.UNNOTICED]
    return f"{passed + failed} cases, {passed} passed, {failed} failed"


def _table(results: list[Result]) -> Iterator[str]:
    yield f"| operation | {' | '.join(_HEADS.values())} |"
    yield f"|---|{'---|' * len(_HEADS)}"
    ordered = sorted(results, key=lambda each: each.place)
    for operation in dict.fromkeys(each.case.operation for each in ordered):
        marks = {
            each.case.fault: MARKS[each.outcome]
            for each in results
            if each.case.operation == operation
        }
        yield f"| {operation} | {' | '.join(marks.get(fault, ' ') for fault in _HEADS)} |"
