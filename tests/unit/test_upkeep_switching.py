"""Going back, and starting something else once: what is allowed, and what becomes of it."""

import dataclasses

import pytest

from installer.boot_state import RECOVERY, BootState, SlotState
from installer.errors import Refused
from installer.upkeep.reset import refuse_cancel, refuse_reset
from installer.upkeep.switching import once, rolled_back
from installer.upkeep.system import Level, System
from tests.unit import upkeep_samples
from tests.unit.upkeep_samples import GOOD

UPDATED = BootState(order=("b", "a"), a=GOOD, b=GOOD)
NEVER = SlotState(tries=0)


def running_b(state: BootState) -> System:
    return upkeep_samples.system(running=upkeep_samples.running("b"), state=state)


def test_after_an_update_it_goes_back_to_what_ran_before() -> None:
    assert rolled_back(running_b(UPDATED)) == BootState(a=GOOD, b=GOOD)


def test_an_update_that_has_not_started_yet_is_taken_back() -> None:
    waiting = BootState(order=("b", "a"), a=GOOD)
    assert rolled_back(upkeep_samples.system(state=waiting)) == BootState(a=GOOD)


def test_there_and_back_again() -> None:
    there = rolled_back(running_b(UPDATED))
    assert rolled_back(running_b(there)) == UPDATED


def test_what_is_asked_of_recovery_is_done_before_that() -> None:
    """It may be to reset everything."""
    for asked, kept in ((RECOVERY, RECOVERY), ("a", None), ("b", None)):
        back = rolled_back(running_b(UPDATED.next_once(asked)))
        assert back == BootState(a=GOOD, b=GOOD, once=kept)


def test_while_somebody_has_the_boot_partition_mounted_nothing_is_switched() -> None:
    found = upkeep_samples.system(state=UPDATED)
    parts = tuple(
        dataclasses.replace(part, uses=("mounted on /boot",)) if part.number == 3 else part
        for part in found.running.disk.partitions
    )
    disk = dataclasses.replace(found.running.disk, partitions=parts)
    mounted = dataclasses.replace(found, running=dataclasses.replace(found.running, disk=disk))
    words = "boot partition is in use: /dev/vda3 mounted on /boot"
    with pytest.raises(Refused, match=words):
        rolled_back(mounted)
    with pytest.raises(Refused, match=words):
        once(mounted, RECOVERY)
    with pytest.raises(Refused, match=words):
        refuse_reset(mounted, Level.SETTINGS)
    with pytest.raises(Refused, match=words):
        refuse_cancel(mounted)


@pytest.mark.parametrize(
    ("state", "b", "words"),
    [
        (upkeep_samples.STATE, upkeep_samples.slot("b"), "not known good"),
        (BootState(a=GOOD, b=NEVER), upkeep_samples.slot("b"), "no tries left"),
        (
            BootState(a=GOOD, b=SlotState(tries=0, good=True)),
            upkeep_samples.slot("b"),
            "its last 3 starts failed",
        ),
        (
            BootState(a=GOOD, b=GOOD),
            dataclasses.replace(upkeep_samples.slot("b"), contract=None, fault="it is empty"),
            r"holds nothing that starts \(it is empty\)",
        ),
    ],
)
def test_no_way_leads_to_a_slot_that_is_not_known_good(
    state: BootState, b: object, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        rolled_back(upkeep_samples.system(state=state, b=b))


def test_where_only_recovery_would_start_what_runs_is_the_way() -> None:
    state = BootState(a=SlotState(tries=0, good=True), b=NEVER)
    assert rolled_back(upkeep_samples.system(state=state)) == BootState(a=GOOD, b=NEVER)


def test_without_a_boot_state_nothing_is_switched() -> None:
    system = upkeep_samples.system(blocks_valid=(True, False), state=UPDATED)
    for deed in (rolled_back, lambda each: once(each, "b")):
        with pytest.raises(Refused, match="missing or damaged"):
            deed(system)


@pytest.mark.parametrize("name", ["a", "b", RECOVERY])
def test_once_is_once_whatever_is_known_of_it(name: str) -> None:
    state = once(upkeep_samples.system(), name)
    assert state == dataclasses.replace(upkeep_samples.STATE, once=name)


def test_a_slot_once_does_not_silently_take_the_place_of_a_reset_of_everything() -> None:
    asked = upkeep_samples.system(reset=Level.EVERYTHING)
    with pytest.raises(Refused, match="reset everything"):
        once(asked, "b")
    assert once(asked, "recovery").once == "recovery"


def test_what_was_downloaded_is_not_called_broken() -> None:
    for deed in (rolled_back, lambda each: once(each, "b")):
        with pytest.raises(Refused, match="was downloaded, and nothing starts it") as caught:
            deed(upkeep_samples.downloaded())
        assert "`atomos update` has it start next." in caught.value.problems[0].way_out


def test_what_is_not_whole_is_not_started_even_once() -> None:
    with pytest.raises(Refused, match="no tries left"):
        once(upkeep_samples.system(state=BootState(a=GOOD, b=NEVER)), "b")
    with pytest.raises(Refused, match="no Recovery"):
        once(upkeep_samples.system(recovery=None), RECOVERY)


def test_a_menu_that_does_not_know_of_it_is_told() -> None:
    old = upkeep_samples.menu().replace("atomos_once", "atomos_else")
    with pytest.raises(Refused, match="older installer"):
        once(upkeep_samples.system(menu=old), "b")
