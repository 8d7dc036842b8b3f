"""Every operation of a layout times every fault: the cases, from the operations themselves."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from installer.operation import Operation
from tests.faults.trace import Trace


class Fault(StrEnum):
    """What goes wrong while one operation is carried out, in the order in which a chain has it.

    Once a try has left its files, there may be room enough for the next one.
    """

    DISK_FULL = "disk full"
    TOOL_FAILS = "tool fails"
    TOOL_MISSING = "tool missing"
    TOOL_HANGS = "tool hangs"
    ERROR_FIRST = "write error, first byte"
    ERROR_MIDDLE = "write error, middle byte"
    ERROR_LAST = "write error, last byte"
    KILLED = "process killed"


TOOL_FAULTS: Final = (Fault.TOOL_FAILS, Fault.TOOL_MISSING, Fault.TOOL_HANGS)
WRITE_ERRORS: Final = (Fault.ERROR_FIRST, Fault.ERROR_MIDDLE, Fault.ERROR_LAST)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One fault in one operation of one layout."""

    layout: str
    operation: str
    fault: Fault

    def __str__(self) -> str:
        return f"{self.layout}: {self.operation}: {self.fault}"


def matrix(layout: str, operations: Iterable[Operation]) -> tuple[Case, ...]:
    """All cases of a layout, in the order of its operations."""
    return tuple(
        Case(layout=layout, operation=operation.id, fault=fault)
        for operation in operations
        for fault in Fault
    )


def why_not(fault: Fault, trace: Trace) -> str:
    """Why `fault` cannot meet the operation of `trace`, in words; empty where it can."""
    if fault in TOOL_FAULTS and not trace.breakable:
        return "calls no tool that it needs"
    if fault is Fault.DISK_FULL and not trace.file_systems:
        return "writes into no file system that was there before"
    if fault in WRITE_ERRORS and trace.written is None:
        return "writes nothing to the disk"
    return ""


def a_tenth(cases: Iterable[Case], *, every: int, seed: int) -> tuple[Case, ...]:
    """One case of `every`, by chance; which ones depends on `seed` and the layout alone."""
    listed = tuple(cases)
    dice = random.Random(f"{seed} {listed[0].layout}")
    chosen = dice.sample(listed, k=-(-len(listed) // every))
    return tuple(each for each in listed if each in chosen)


def one_each(cases: Iterable[Case]) -> tuple[Case, ...]:
    """A case for every operation, so that every fault occurs: the next fault for the next one.

    Where an operation has no case of the fault whose turn it is, the following fault is taken.
    """
    by_operation: dict[str, dict[Fault, Case]] = {}
    for case in cases:
        by_operation.setdefault(case.operation, {})[case.fault] = case
    faults = tuple(Fault)
    used: dict[Fault, int] = dict.fromkeys(faults, 0)
    chosen = []
    for mine in by_operation.values():
        fault = min(mine, key=lambda each: (used[each], faults.index(each)))
        used[fault] += 1
        chosen.append(mine[fault])
    return tuple(chosen)
