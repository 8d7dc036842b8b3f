"""The matrix itself: what is in it, what is chosen of it, and what it complains about."""

import dataclasses
import importlib
import inspect
import itertools
import pkgutil
from collections import Counter
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

import installer.operations
import installer.upkeep
from installer.answers import LayoutKind
from installer.boot_state import RECOVERY as BOOT_RECOVERY
from installer.errors import ExitCode
from installer.events import RunFailed
from installer.hardware import Firmware
from installer.operation import Context, Operation
from installer.operations.reset import FetchSlot, KeepImage
from installer.planning import make_plan
from installer.session import Plan
from installer.upkeep.kept import kept_release
from installer.upkeep.recovery_operations import RereadRecovery
from installer.upkeep.update_plan import make_update_plan
from tests.faults.bench import HUNG, Ended
from tests.faults.blows import TRIES, blows_for
from tests.faults.checks import complaints
from tests.faults.faulty_runner import WORDS
from tests.faults.layouts import (
    INSTALLATIONS,
    LAYOUTS,
    RECOVERY,
    RESETS,
    START,
    UPDATES,
    Does,
    Layout,
)
from tests.faults.matrix import (
    TOOL_FAULTS,
    WRITE_ERRORS,
    Case,
    Fault,
    a_tenth,
    matrix,
    one_each,
    why_not,
)
from tests.faults.results import Outcome, Result
from tests.faults.tally import summary, tally_lines
from tests.faults.trace import PAGE, Call, FileSystem, Trace, Written
from tests.unit import samples, test_reset_everything, test_upkeep_recovery, upkeep_samples

USED = replace(samples.DISK, uses=("swap",))
STICK = replace(samples.STICK, path="/dev/sdb", partitions=(samples.stick_partition("/dev/sdb1"),))
CASE = Case(layout="plain", operation="boot-menu", fault=Fault.TOOL_FAILS)
TRACE = Trace(
    operation="boot-menu",
    seconds=1.0,
    calls=(
        Call(kind="mount", ordinal=0, seconds=0.1, cleaning_up=False),
        Call(kind="efibootmgr", ordinal=0, seconds=0.1, cleaning_up=False),
        Call(kind="umount", ordinal=0, seconds=0.1, cleaning_up=True),
    ),
    file_systems=(FileSystem(device="/dev/vda3", kind="ext4"),),
    written=Written(medium="disk", first=4097, last=40_999, pages=(4096, 8192, 36_864, 40_960)),
    tellings=0,
)
IDLE = replace(TRACE, calls=TRACE.calls[1:2], file_systems=(), written=None)
FAILED = RunFailed(
    time=0.0,
    id="boot-menu",
    what="mount ended with status 77",
    device="/dev/vda3",
    tool_words=WORDS,
    way_out="Try again.",
)


@dataclass(frozen=True, kw_only=True)
class Invented(Operation):
    """An operation that nobody has told the matrix of."""

    id: ClassVar[str] = "invented"

    def sentence(self) -> str:
        return "Invent something"

    @property
    def device(self) -> str:
        return "/dev/vda"

    def way_out(self) -> str:
        return "Invent something else."

    def apply(self, context: Context) -> None:
        context.say("invented")

    def verify(self, context: Context) -> None:
        context.say("still there")


def plan_of(layout: Layout) -> Plan:
    """The plan of a layout, for a machine in memory."""
    if layout.does is Does.UPDATE:
        return make_update_plan(
            upkeep_samples.wish(),
            upkeep_samples.system(layout.kind),
            upkeep_samples.machine(layout.kind),
            upkeep_samples.newer(),
        )
    if layout.does is Does.START:
        system = upkeep_samples.downloaded()
        system = replace(system, state=system.state.next_once(BOOT_RECOVERY))
        return make_update_plan(
            upkeep_samples.wish(kept=True), system, upkeep_samples.machine(), kept_release(system)
        )
    if layout.does is Does.RENEW_RECOVERY:
        return test_upkeep_recovery.plan()
    answers = layout.answers(disk="/dev/vda", release=samples.release().url, stick="/dev/sdb1")
    answers = replace(answers, slot_size=None)
    contract = samples.contract(home_manager=True, flatpak=True)
    if layout.does is Does.RESET:
        disk = test_reset_everything.disk(layout.kind)
        return make_plan(
            answers,
            replace(samples.recovery_of(disk), disks=(disk, STICK)),
            samples.release(contract=contract),
            samples.IDENTIFIERS,
            unattended=False,
            traces=(test_reset_everything.ASKED,),
        )
    disk = samples.installed(layout.kind) if layout.is_over else samples.DISK
    luks = samples.IDENTIFIERS.luks_uuid if layout.encrypted else None
    return samples.plan(
        wanted=answers,
        at=samples.machine(replace(disk, uses=("swap",)), STICK, firmware=Firmware.BIOS),
        of=samples.release(contract=contract),
        found=samples.installation(luks_uuid=luks) if layout.is_over else None,
    )


AGAIN = {RereadRecovery}
"""Of a plan that is made when another one came near to its end."""
FROM_A_SLOT = {FetchSlot, KeepImage}
"""Of a reset whose image is on the disk: cut off after each step instead
(tests/tools/test_reset_from_slot.py, test_slot_images.py)."""


def all_operations() -> set[type[Operation]]:
    """Every kind of operation that there is."""
    found = set()
    for package in (installer.operations, installer.upkeep):
        for module in pkgutil.iter_modules(package.__path__):
            if module.name != "__main__":
                members = vars(importlib.import_module(f"{package.__name__}.{module.name}"))
                found |= {each for each in members.values() if is_operation(each)}
    return found


def is_operation(found: object) -> bool:
    """Whether it is a kind that a plan can have."""
    return (
        isinstance(found, type) and issubclass(found, Operation) and not inspect.isabstract(found)
    )


def test_every_operation_is_in_some_layout() -> None:
    met = {type(operation) for layout in LAYOUTS for operation in plan_of(layout).operations}
    assert met == all_operations() - AGAIN - FROM_A_SLOT


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_every_operation_of_a_plan_meets_every_fault(layout: Layout) -> None:
    operations = plan_of(layout).operations
    cases = matrix(str(layout), operations)
    assert Counter(case.operation for case in cases) == {each.id: 8 for each in operations}
    assert {case.fault for case in cases} == set(Fault)


def test_an_operation_that_is_new_is_in_it() -> None:
    known = plan_of(LAYOUTS[0]).operations
    before = matrix("plain", known)
    after = matrix("plain", (*known, Invented()))
    assert set(after) - set(before) == {
        Case(layout="plain", operation="invented", fault=fault) for fault in Fault
    }


def test_what_cannot_happen_to_an_operation_has_a_reason() -> None:
    assert {fault: why_not(fault, TRACE) for fault in Fault} == dict.fromkeys(Fault, "")
    assert {fault for fault in Fault if why_not(fault, IDLE)} == {
        *TOOL_FAULTS,
        *WRITE_ERRORS,
        Fault.DISK_FULL,
    }


def test_one_each_has_all_operations_and_all_faults() -> None:
    cases = matrix("plain", plan_of(LAYOUTS[0]).operations)
    chosen = one_each(
        case for case in cases if case.operation != "slots" or case.fault not in TOOL_FAULTS
    )
    assert [case.operation for case in chosen] == list(dict.fromkeys(c.operation for c in cases))
    assert {case.fault for case in chosen} == set(Fault)
    assert max(Counter(case.fault for case in chosen).values()) <= 3


def test_a_tenth_is_the_same_for_the_same_seed() -> None:
    cases = matrix("plain", plan_of(LAYOUTS[0]).operations)
    chosen = a_tenth(cases, every=10, seed=5)
    assert len(chosen) == -(-len(cases) // 10)
    assert chosen == a_tenth(cases, every=10, seed=5) != a_tenth(cases, every=10, seed=6)
    assert list(chosen) == [case for case in cases if case in chosen]


def test_tools_are_broken_that_the_operation_needs_only() -> None:
    for fault in TOOL_FAULTS:
        (blow,) = blows_for(replace(CASE, fault=fault), TRACE, seed=1)
        assert blow.call is not None
        assert blow.call.kind == "mount"


def test_what_only_closes_is_broken_where_it_closes() -> None:
    closing = replace(TRACE, calls=TRACE.calls[2:])
    (blow,) = blows_for(replace(CASE, fault=Fault.TOOL_FAILS), closing, seed=1)
    assert blow.call is not None
    assert blow.call.kind == "umount"


@pytest.mark.parametrize(
    ("fault", "place"),
    [(Fault.ERROR_FIRST, 4097), (Fault.ERROR_MIDDLE, 36_864), (Fault.ERROR_LAST, 40_999)],
)
def test_the_byte_that_is_meant_is_tried_first(fault: Fault, place: int) -> None:
    blows = blows_for(replace(CASE, fault=fault), TRACE, seed=1)
    assert blows[0].place == place
    assert list(blows[0].pages) == [place // PAGE * PAGE]
    assert 1 < len(blows) <= TRIES
    for before, after in itertools.pairwise(blows):
        assert set(before.pages) < set(after.pages)


def test_a_process_is_killed_where_there_is_nothing_to_be_killed_at() -> None:
    (blow,) = blows_for(replace(CASE, fault=Fault.KILLED), replace(IDLE, calls=()), seed=1)
    assert (blow.call, blow.telling) == (None, None)


def test_nothing_is_complained_about_a_failure_as_it_should_be() -> None:
    ended = Ended(status=ExitCode.FAILED, events=(FAILED,))
    assert list(complaints(CASE, ended, ("/dev/vda",), ())) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"id": "esp"}, "names the operation esp"),
        ({"device": "/dev/vdb1"}, "names the device /dev/vdb1"),
        ({"device": ""}, "names the device none"),
        ({"way_out": ""}, "names no way out"),
        ({"tool_words": ""}, "does not say what happened"),
    ],
)
def test_a_message_that_lacks_something_is_complained_about(
    changed: dict[str, str], words: str
) -> None:
    failed = dataclasses.replace(FAILED, **changed)  # type: ignore[arg-type]
    ended = Ended(status=ExitCode.FAILED, events=(failed,))
    (complaint,) = complaints(CASE, ended, ("/dev/vda",), ())
    assert words in complaint


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (Ended(status=HUNG), "hangs"),
        (Ended(status=ExitCode.REFUSED, refusal="no disk"), "exit status 3 (no plan: no disk)"),
        (Ended(status=ExitCode.FAILED), "no word of its end"),
        (
            Ended(status=ExitCode.FAILED, events=(FAILED,), left_running=("mkfs.ext4",)),
            "still running: mkfs.ext4",
        ),
    ],
)
def test_an_end_that_is_none_is_complained_about(ended: Ended, words: str) -> None:
    assert words in "; ".join(complaints(CASE, ended, ("/dev/vda",), ()))


def test_what_remains_is_complained_about() -> None:
    ended = Ended(status=ExitCode.FAILED, events=(FAILED,))
    assert list(complaints(CASE, ended, ("/dev/vda",), ("still mounted",))) == ["still mounted"]


def test_the_tally() -> None:
    results = [
        Result(case=CASE, outcome=Outcome.PASSED, means="processes"),
        Result(
            case=replace(CASE, fault=Fault.ERROR_LAST), outcome=Outcome.UNNOTICED, means="blkdebug"
        ),
        Result(case=replace(CASE, fault=Fault.KILLED), outcome=Outcome.FAILED, means="processes"),
        Result(
            case=replace(CASE, fault=Fault.DISK_FULL), outcome=Outcome.NOT_APPLICABLE, why="is shy"
        ),
        Result(case=CASE, outcome=Outcome.PASSED, means="processes", alone=True),
    ]
    later = Case(layout="plain", operation="record", fault=Fault.KILLED)
    results.insert(0, Result(case=later, outcome=Outcome.NOT_APPLICABLE, why="is shy", place=9))
    lines = list(tally_lines(results))
    row = lines.index("| boot-menu | ✓ |   |   | – |   |   | = | ✗ |")
    assert lines[row + 1] == "| record |   |   |   |   |   |   |   | – |"
    assert "- not applicable, 2: the operation is shy" in lines
    assert "- 3 by processes" in lines
    assert lines[-1] == summary(results) == "4 cases, 3 passed, 1 failed"
    assert [Result.from_line(each.to_line()) for each in results] == results


def test_both_kinds_of_layout_are_there_with_all_that_can_be_kept() -> None:
    assert len(INSTALLATIONS) == 6
    assert set(LAYOUTS) - set(INSTALLATIONS) == {*UPDATES, START, RECOVERY, *RESETS}
    assert {layout.kind for layout in INSTALLATIONS} == set(LayoutKind)
