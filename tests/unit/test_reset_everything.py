"""A reset of everything from Recovery: what is in its plan, and where it can be cut off."""

import dataclasses
from pathlib import Path

import pytest

from installer.answers import Answers, Keep, LayoutKind
from installer.boot_state import RECOVERY, BootState, SlotState
from installer.errors import ExitCode
from installer.events import Notice
from installer.hardware import Contents, Disk
from installer.identifiers import Identifiers
from installer.install_journal import read_journal
from installer.operations.boot import WriteMenu
from installer.operations.reset import FETCHED, KeepBoot
from installer.operations.slots import WriteSlots
from installer.planning import make_plan
from installer.secret import Secret
from installer.session import Plan
from installer.traces import Trace
from tests.unit import samples
from tests.unit.fake_machinery import FakeContainer, FakeMachine
from tests.unit.running import Run
from tests.unit.samples import PASSPHRASE
from tests.unit.test_executor_encrypted import holding

BOOT = "/dev/vda3"
BOOT_UUID = "b0070000-0000-4000-8000-000000000001"
HELD = Contents(kind="ext4", label="atomos-boot", uuid=BOOT_UUID)
OLD = Secret("the old passphrase")
GOOD = BootState(order=("b", "a"), a=SlotState(good=True), b=SlotState(good=True))
ASKED = Trace(disk="/dev/vda", place=BOOT, resets_everything=True, was_started=True)
LOCKED_STEPS = [
    "partition-table",
    "image-in-memory",
    "boot-filesystem",
    "luks",
    "volumes",
    "data-filesystem",
    "slots",
    "kernels",
    "system-tree",
    "account",
    "settings",
    "boot-menu",
    "boot-state",
    "record",
    "luks-close",
]


def disk(layout: LayoutKind = LayoutKind.ENCRYPTED, held: Contents | None = HELD) -> Disk:
    found = samples.installed(layout)
    parts = tuple(
        dataclasses.replace(part, contents=held) if part.path == BOOT else part
        for part in found.partitions
    )
    return dataclasses.replace(found, partitions=parts)


def wanted(layout: LayoutKind = LayoutKind.ENCRYPTED) -> Answers:
    make = samples.encrypted if layout is LayoutKind.ENCRYPTED else samples.answers
    return make(reinstall=True)


def plan(
    layout: LayoutKind = LayoutKind.ENCRYPTED,
    *,
    traces: tuple[Trace, ...] = (ASKED,),
    answers: Answers | None = None,
    held: Contents | None = HELD,
    identifiers: Identifiers = samples.IDENTIFIERS,
) -> Plan:
    return make_plan(
        answers or wanted(layout),
        samples.recovery_of(disk(layout, held)),
        samples.release(),
        identifiers,
        unattended=False,
        traces=traces,
    )


def ids(plan: Plan) -> list[str]:
    return [each.id for each in plan.operations]


def machine(plan: Plan) -> FakeMachine:
    """As it was before: two good slots, and the old keys."""
    made = holding(plan)
    made.held[BOOT] = HELD
    made.state = GOOD
    made.menu = "the old menu"
    made.container = FakeContainer(uuid="old", keys=[OLD])
    return made


def run(folder: Path, plan: Plan) -> Run:
    return Run(
        crash_log=folder / "crash.log",
        answers=wanted(),
        plan=plan,
        machine=machine(plan),
    )


def test_the_image_is_here_and_recovery_starts_before_any_key_dies() -> None:
    assert ids(plan()) == LOCKED_STEPS
    slots = next(each for each in plan().operations if isinstance(each, WriteSlots))
    assert (slots.image.url, slots.image.mirrors, slots.image.packed) == (
        FETCHED.as_uri(),
        (),
        None,
    )
    kept = next(each for each in plan().operations if isinstance(each, KeepBoot))
    assert kept.uuid == BOOT_UUID


def test_a_plain_disk_goes_the_same_way() -> None:
    without = ("luks", "volumes", "luks-close")
    expected = [each for each in LOCKED_STEPS if each not in without]
    assert ids(plan(LayoutKind.PLAIN)) == expected


def test_without_the_word_of_it_nothing_is_otherwise_than_before() -> None:
    others = (
        plan(traces=()),
        plan(traces=(dataclasses.replace(ASKED, resets_everything=False),)),
        plan(traces=(dataclasses.replace(ASKED, disk="/dev/sdz"),)),
        # A boot partition that is none of ours cannot stay.
        plan(held=None),
        plan(held=Contents(kind="ext4", label="mine", uuid=BOOT_UUID)),
    )
    for each in others:
        assert "image-in-memory" not in ids(each)
        assert "esp" in ids(each)
        assert "boot-loader" in ids(each)


def test_whoever_keeps_data_after_all_gets_what_they_ask_for() -> None:
    made = make_plan(
        samples.keeping(keep=Keep.DATA, passphrase=Secret(PASSPHRASE)),
        samples.recovery_of(disk()),
        samples.release(),
        samples.IDENTIFIERS,
        unattended=False,
        installation=samples.installation(luks_uuid=samples.IDENTIFIERS.luks_uuid),
        traces=(ASKED,),
    )
    assert "image-in-memory" not in ids(made)


def test_it_is_done_to_its_end(tmp_path: Path) -> None:
    made = run(tmp_path, plan())
    assert made.go() is ExitCode.DONE
    assert made.machine.container.keys == [Secret(PASSPHRASE)]
    assert made.machine.state == BootState()
    assert made.machine.menu == next(
        each.menu for each in made.plan.operations if isinstance(each, WriteMenu)
    )
    assert ("make_ext4", BOOT) not in made.machine.calls
    names = [name for name, _device in made.machine.calls]
    assert names.index("verify_fetched") < names.index("luks_destroy")
    assert names.index("close_slots") < names.index("luks_destroy") < names.index("luks_format")
    assert "write_menu" not in names


def test_a_disk_without_discards_is_told(tmp_path: Path) -> None:
    made = run(tmp_path, plan())
    made.machine.takes_discards = False
    assert made.go() is ExitCode.DONE
    told = [each.text for each in made.events if isinstance(each, Notice)]
    assert any("takes no discards" in each for each in told)


@pytest.mark.parametrize(
    ("method", "device"),
    [("fetch_image", str(FETCHED)), ("verify_fetched", str(FETCHED)), ("close_slots", BOOT)],
)
def test_what_fails_before_leaves_the_keys(tmp_path: Path, method: str, device: str) -> None:
    made = run(tmp_path, plan())
    made.machine.fails = (method, device)
    assert made.go() is ExitCode.FAILED
    assert made.machine.container.keys == [OLD]
    assert made.machine.menu == "the old menu"
    if method != "close_slots":
        assert made.machine.state == GOOD


def test_cut_off_anywhere_recovery_starts_and_goes_on(tmp_path: Path) -> None:
    """From the first change on, until a slot is whole, nothing but Recovery starts by itself."""
    first = plan()
    steps = [each.id for each in first.operations]
    for stop in steps[steps.index("luks") : steps.index("boot-state")]:
        made = run(tmp_path, first)
        with pytest.raises(PowerCut):
            cut(made, stop)
        state = made.machine.state
        assert state is not None
        assert state.is_closed
        assert state.choice(has_recovery=True) == RECOVERY, stop
        found = read_journal(made.machine.journals[BOOT].encode())
        made.memory.unlink(missing_ok=True)
        trace = dataclasses.replace(ASKED, was_started=False, journal=found)
        again = plan(traces=(trace,))
        assert again.resumes is not None, stop
        assert ids(again) == steps
        second = Run(
            crash_log=made.crash_log, answers=made.answers, plan=again, machine=made.machine
        )
        made.machine.container.opened = False
        assert second.go() is ExitCode.DONE, stop
        assert second.machine.state == BootState()
        assert second.machine.container.keys == [Secret(PASSPHRASE)]


class PowerCut(BaseException):
    """Nothing of the run goes on after it."""


def cut(made: Run, id: str) -> None:
    """The power goes when that operation has done its deed. Raises PowerCut."""
    operation = next(each for each in made.plan.operations if each.id == id)

    def verify(_self: object, _context: object) -> None:
        raise PowerCut

    cut = type("Cut", (type(operation),), {"verify": verify, "__module__": __name__})
    fields = {each.name: getattr(operation, each.name) for each in dataclasses.fields(operation)}
    whole = made.plan
    made.plan = dataclasses.replace(
        whole,
        operations=tuple(cut(**fields) if each is operation else each for each in whole.operations),
    )
    try:
        made.go()
    finally:
        made.plan = whole


def test_a_boot_partition_that_is_another_one_is_found(tmp_path: Path) -> None:
    made = run(tmp_path, plan())
    made.machine.held[BOOT] = Contents(kind="ext4", label="atomos-boot", uuid="another")
    assert "is not the boot partition that it was" in made.failure().what
    assert made.machine.container.keys == [OLD]
