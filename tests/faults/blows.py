"""Where exactly a fault meets an operation: chosen by chance, of what the reference run did."""

import random
from collections.abc import Iterator
from typing import Final

from tests.faults.matrix import TOOL_FAULTS, WRITE_ERRORS, Case, Fault
from tests.faults.trace import PAGE, Call, Trace, Written
from tests.faults.watchers import Blow

TRIES: Final = 4
"""Blows at most for one case: where nothing is met, the next one is tried."""

WIDTHS: Final = (1, 16, 256)
"""Pages that cannot be written."""


def blows_for(case: Case, trace: Trace, seed: int) -> tuple[Blow, ...]:
    """Those to try, one after the other until one meets something; the same for the same seed."""
    dice = random.Random(f"{seed} {case}")
    found = list(_all(case.fault, trace, dice))
    blows = [blow for number, blow in enumerate(found) if blow not in found[:number]]
    return tuple(blows[:TRIES])


def _all(fault: Fault, trace: Trace, dice: random.Random) -> Iterator[Blow]:
    operation = trace.operation
    if fault in TOOL_FAULTS:
        calls = trace.breakable
        for call in dice.sample(calls, k=len(calls)):
            yield Blow(operation=operation, fault=fault, call=call)
    elif fault in WRITE_ERRORS and trace.written is not None:
        for place, pages in _places(fault, trace.written):
            yield Blow(
                operation=operation,
                fault=fault,
                place=place,
                pages=pages,
                medium=trace.written.medium,
            )
    elif fault is Fault.KILLED:
        yield from _deaths(trace, dice)
    else:
        yield Blow(operation=operation, fault=fault)


def _deaths(trace: Trace, dice: random.Random) -> Iterator[Blow]:
    operation, fault = trace.operation, Fault.KILLED
    moments: list[Call | int] = [*trace.calls, *range(trace.tellings)]
    for moment in dice.sample(moments, k=len(moments)):
        if isinstance(moment, int):
            yield Blow(operation=operation, fault=fault, telling=moment)
        else:
            yield Blow(
                operation=operation,
                fault=fault,
                call=moment,
                after=dice.choice((0.0, dice.uniform(0.0, moment.seconds), -1.0)),
            )
    # Of an operation that calls nothing and tells nothing: at its start.
    yield Blow(operation=operation, fault=fault)


def _places(fault: Fault, written: Written) -> Iterator[tuple[int, range]]:
    """The byte that is meant, with its page; then with more and more pages around it.

    A file system may write elsewhere this time, but not far from there.
    """
    for count in WIDTHS:
        if fault is Fault.ERROR_FIRST:
            place = written.first
            start = place // PAGE
        elif fault is Fault.ERROR_LAST:
            place = written.last
            start = place // PAGE - count + 1
        else:
            place = written.pages[len(written.pages) // 2]
            start = place // PAGE - count // 2
        yield place, range(max(0, start) * PAGE, (start + count) * PAGE, PAGE)
