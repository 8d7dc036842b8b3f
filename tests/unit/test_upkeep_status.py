"""What is said of a system."""

import dataclasses
import json

import pytest

from installer.boot_state import BootState, SlotState
from installer.holder import Holder, Starter
from installer.slot_records import SlotRecord
from installer.upkeep.status import as_json, describe
from installer.upkeep.system import RecoveryFound
from tests.unit import samples, upkeep_samples
from tests.unit.upkeep_samples import GOOD

WELL = """\
Root A (runs now): AtomOS Debian 0.1.0
    signed by Releases (ABC)
    known good
Root B: AtomOS Debian 0.1.0
    signed by Releases (ABC)
    not known good: it has not come up yet
Recovery: AtomOS live 0.1.0

Next start: Root A."""


def test_all_is_well() -> None:
    assert describe(upkeep_samples.system()) == WELL


def test_an_update_that_waits_and_one_that_was_passed_over() -> None:
    contract = samples.contract(version="0.2.0")
    unsigned = SlotRecord(version="0.2.0", signed_by=None)
    b = dataclasses.replace(upkeep_samples.slot("b", contract), record=unsigned)
    waiting = upkeep_samples.system(state=BootState(order=("b", "a"), a=GOOD), b=b)
    assert "Root B: AtomOS Debian 0.2.0\n    UNSIGNED" in describe(waiting)
    assert describe(waiting).endswith("Next start: Root B.")
    state = BootState(order=("b", "a"), a=GOOD, b=SlotState(tries=0))
    passed = describe(dataclasses.replace(waiting, state=state))
    assert "its first three starts failed, or its writing was cut off" in passed
    assert passed.endswith("Root B comes first and was passed over: Root A starts instead.")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SlotState(good=True, tries=1), "known good, 1 try left"),
        (SlotState(tries=2), "not known good: it has not come up yet, 2 tries left"),
        (SlotState(good=True, tries=0), "known good, passed over: its last three starts failed"),
    ],
)
def test_tries(state: SlotState, words: str) -> None:
    assert f"    {words}\n" in describe(upkeep_samples.system(state=BootState(a=GOOD, b=state)))


@pytest.mark.parametrize(
    "state",
    [
        BootState(order=("b", "a"), a=GOOD, b=SlotState(tries=0, good=True), once="b"),
        BootState(a=SlotState(tries=0, good=True), b=SlotState(tries=0)),
    ],
)
def test_what_starts_was_not_passed_over_for_itself(state: BootState) -> None:
    """Asked for by name, or without Recovery as the last thing that is there."""
    system = dataclasses.replace(upkeep_samples.system(state=state), recovery=None)
    assert system.next == state.order[0]
    assert "starts instead" not in describe(system)


def test_once() -> None:
    state = upkeep_samples.STATE.next_once("recovery")
    text = describe(upkeep_samples.system(state=state))
    assert text.endswith("Next start: Recovery, this once; then Root A again.")
    text = describe(upkeep_samples.system(state=state.opened("b")))
    assert text.endswith("Next start: Recovery, this once; then Root B.")


def test_what_cannot_be_read_is_told_why() -> None:
    empty = dataclasses.replace(
        upkeep_samples.slot("b"), contract=None, fault="mount ended with status 32", record=None
    )
    text = describe(
        upkeep_samples.system(
            b=empty,
            recovery=RecoveryFound(contract=None, fault="bad sectors"),
            blocks_valid=(True, False),
        )
    )
    assert "Root B: nothing that starts (mount ended with status 32)\n" in text
    assert "Recovery: its version cannot be read (bad sectors)" in text
    assert "One of the two blocks of the boot state is damaged" in text
    assert "Recovery: none on this disk" in describe(upkeep_samples.system(recovery=None))


def test_who_writes_is_told() -> None:
    holder = Holder(pid=7, since=0.0, starter=Starter(command="atomos update", terminal=""))
    system = upkeep_samples.system(holder=holder)
    assert "Something is being written now: process 7" in describe(system)
    assert json.loads(as_json(system))["writing"].startswith("process 7")


def test_a_change_of_a_moment_is_told_too() -> None:
    system = upkeep_samples.system(holder=Holder(pid=0))
    assert "Something is being written now: a change that takes a moment." in describe(system)
    assert json.loads(as_json(system))["writing"] == "a change that takes a moment"


def test_as_json() -> None:
    said = json.loads(as_json(upkeep_samples.system()))
    assert {key: said[key] for key in ("v", "runs", "next", "once", "order")} == {
        "v": 1,
        "runs": "a",
        "next": "a",
        "once": None,
        "order": ["a", "b"],
    }
    assert said["slots"]["b"] == {
        "name": "AtomOS Debian",
        "version": "0.1.0",
        "architecture": "x86-64",
        "signed_by": "Releases (ABC)",
        "device": "/dev/vda5",
        "size_bytes": 2 << 30,
        "whole": True,
        "good": False,
        "tries": 3,
        "fault": None,
        "downloaded": False,
        "failed": None,
    }
    assert said["recovery"]["version"] == "0.1.0"
    assert said["boot_state_valid"] == [True, True]
    assert json.loads(as_json(upkeep_samples.system(recovery=None)))["recovery"] is None


def test_a_name_that_would_move_the_cursor_does_not() -> None:
    bad = dataclasses.replace(upkeep_samples.slot("b"), contract=samples.contract(name="\x1b[2J"))
    assert "\x1b" not in describe(upkeep_samples.system(b=bad))
