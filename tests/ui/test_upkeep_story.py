"""What a person does at an installed system, key by key; then keys at random."""

import random
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from installer.boot_state import BootState
from installer.errors import Refused
from installer.holder import Holder
from installer.upkeep.system import Level
from screens.leave import Leave
from screens.upkeep.app import UpkeepApp
from tests.ui.picture import LARGE, SIZE, SMALL, text_of
from tests.ui.upkeep_scenes import (
    PLACE,
    WELL,
    FakeUpkeep,
    app_for,
    both_good,
    downloaded,
    failed_three_times,
    for_ever,
    from_recovery,
    half_a_run,
    recovery_plan,
    runs,
    shows,
    to_done,
    to_locked,
    to_once,
    to_plan,
    to_planning,
    to_progress,
    to_recovery_plan,
    to_reset,
    to_reset_asked,
    to_reset_word,
    to_restart,
    to_rollback,
    to_status,
    to_unlock,
    to_wish,
    update_plan,
    waiting,
    whole_run,
    written_meanwhile,
)
from tests.unit import samples, upkeep_samples
from tests.unit.upkeep_samples import GOOD

pytestmark = pytest.mark.asyncio


async def test_an_update_is_what_was_agreed_to() -> None:
    upkeep = runs(whole_run(update_plan()))
    app = app_for(upkeep)
    async with app.run_test(size=SIZE) as pilot:
        await to_done(pilot)
        assert "Written and verified, after 40 s. It starts with the next restart." in text_of(app)
        assert upkeep.started == upkeep.planned
        assert upkeep.started[0].source.url == PLACE
        assert not upkeep.started[0].recovery
        await pilot.press("enter")
        await to_status(pilot)


async def test_a_change_of_a_moment_is_waited_for_and_not_followed() -> None:
    """By `atomos rollback` on another console: there is no run, whose first word never came."""
    upkeep = FakeUpkeep(now=replace(WELL, holder=Holder(pid=0)))
    app = app_for(upkeep)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "Something else is being changed")
        upkeep.now = WELL
        await to_status(pilot)


async def test_an_update_of_recovery_asks_for_no_restart() -> None:
    upkeep = runs(whole_run(recovery_plan()))
    app = app_for(upkeep)
    async with app.run_test(size=SIZE) as pilot:
        await to_recovery_plan(pilot)
        await pilot.press("enter")
        await shows(pilot, "Recovery is whole.")
        assert "Restart" not in text_of(app)
        assert upkeep.started[0].recovery


async def test_nothing_is_started_before_it_was_agreed_to() -> None:
    upkeep = FakeUpkeep()
    async with app_for(upkeep).run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await pilot.press("escape")
        await to_status(pilot)
        assert len(upkeep.planned) == 1
        assert not upkeep.started


async def test_an_address_is_asked_for_and_kept() -> None:
    upkeep = FakeUpkeep()
    async with app_for(upkeep, place="").run_test(size=SIZE) as pilot:
        await to_wish(pilot)
        await pilot.press("down", "down", "enter")
        await shows(pilot, "Say where the release is.")
        await pilot.press(*"/srv/atomos")
        await pilot.press("down", "down", "enter")
        await shows(pilot, "> [ Do it ]")
        assert upkeep.planned[0].source.url == "file:///srv/atomos"
        await pilot.press("escape")
        await to_wish(pilot)
        assert "/srv/atomos" in text_of_pilot(pilot)


async def test_with_nothing_newer_there_the_version_before_stays() -> None:
    upkeep = both_good()
    newest = upkeep_samples.slot("a", samples.contract(version="0.2.0"))
    upkeep.now = replace(upkeep.now, a=newest)
    async with app_for(upkeep).run_test(size=SIZE) as pilot:
        await to_wish(pilot)
        await pilot.press("enter")
        await shows(pilot, "0.2.0 is here already; nothing is to be done.")
        await pilot.press("enter", "enter")
        assert not upkeep.started


async def test_an_unsigned_release_has_to_be_allowed() -> None:
    upkeep = FakeUpkeep()
    async with app_for(upkeep).run_test(size=SIZE) as pilot:
        await to_wish(pilot)
        await pilot.press("up", "space", "down", "enter")
        await shows(pilot, "! UNSIGNED: nobody has vouched")
        assert upkeep.planned[0].source.allow_unsigned


async def test_going_back_asks_once_more() -> None:
    upkeep = both_good()
    async with app_for(upkeep).run_test(size=SIZE) as pilot:
        await to_rollback(pilot)
        assert "Have Root B start first?" in text_of_pilot(pilot)
        await pilot.press("enter")
        await shows(pilot, "> [ Start the other slot first")
        assert upkeep.now.state == BootState(a=GOOD, b=GOOD)
        await pilot.press("enter")
        await shows(pilot, "Leave it")
        await pilot.press("down", "enter")
        await shows(pilot, "Root B comes first, from the next start on.")
        assert upkeep.now.state == BootState(order=("b", "a"), a=GOOD, b=GOOD)


async def test_going_back_to_what_never_came_up_is_refused_in_words() -> None:
    async with app_for(FakeUpkeep()).run_test(size=SIZE) as pilot:
        await to_status(pilot)
        await pilot.press("down", "down", "enter")
        await shows(pilot, "! Root B is not known good")
        await pilot.press("enter")
        await to_status(pilot)


async def test_something_else_once() -> None:
    upkeep = FakeUpkeep()
    async with app_for(upkeep).run_test(size=SIZE) as pilot:
        await to_once(pilot)
        assert "[ Root A ]" not in text_of_pilot(pilot)
        await pilot.press("up", "enter")
        await shows(pilot, "Recovery starts next, that once.")
        assert upkeep.now.state.once == "recovery"


async def test_a_reset_takes_the_word_and_can_be_taken_back() -> None:
    upkeep = FakeUpkeep()
    async with app_for(upkeep).run_test(size=SIZE) as pilot:
        await to_reset_word(pilot)
        assert "This goes, for good:" in text_of_pilot(pilot)
        await pilot.press(*"settings", "down", "enter")
        await shows(pilot, "The word system was not given")
        assert upkeep.now.reset is None
        await pilot.press("escape")
        await to_reset_asked(pilot)
        assert upkeep.now.reset is Level.SYSTEM
        assert "resets: system" in text_of_pilot(pilot)
        await to_reset(pilot)
        await pilot.press("up", "enter")
        await shows(pilot, "Nothing is reset.")
        assert upkeep.now.reset is None


async def test_everything_takes_the_disk_s_name_and_tells_recovery_where_releases_are() -> None:
    upkeep = FakeUpkeep()
    async with app_for(upkeep).run_test(size=SIZE) as pilot:
        await to_reset(pilot)
        await pilot.press("up", "enter")
        await shows(pilot, "Type vda if this is meant")
        await pilot.press(*"everything", "down", "enter")
        await shows(pilot, "The word vda was not given")
        assert upkeep.now.reset is None
        await pilot.press(*(["backspace"] * 10), *"vda", "down", "enter")
        await shows(pilot, "It is done by the next start.")
        assert upkeep.now.reset is Level.EVERYTHING
        assert upkeep.reset_from == PLACE


async def test_a_lesser_reset_tells_nobody_where_releases_are() -> None:
    upkeep = FakeUpkeep()
    async with app_for(upkeep).run_test(size=SIZE) as pilot:
        await to_reset_asked(pilot)
    assert upkeep.reset_from is None


async def test_a_restart_is_asked_for_once_more() -> None:
    app = app_for(waiting())
    async with app.run_test(size=SIZE) as pilot:
        await to_restart(pilot)
        assert "Next start: Root B." in text_of(app)
        await pilot.press("enter")
        await shows(pilot, "> [ Restart the machine ]")
        assert app.return_code is None
        await pilot.press("enter")
        await shows(pilot, "Restart the machine?")
        await pilot.press("down", "enter")
        await pilot.pause()
    assert app.return_code == Leave.REBOOT


async def test_cards_say_of_a_slot_what_the_status_says() -> None:
    for upkeep, words, others in (
        (downloaded(), "downloaded: starts", "not whole"),
        (failed_three_times(), "Its kernel panicked.", "not whole"),
    ):
        async with app_for(upkeep).run_test(size=SIZE) as pilot:
            await to_status(pilot)
            assert words in text_of_pilot(pilot)
            assert others not in text_of_pilot(pilot)


async def test_what_was_chosen_meanwhile_by_another_is_refused() -> None:
    upkeep = FakeUpkeep()
    async with app_for(upkeep).run_test(size=SIZE) as pilot:
        await to_once(pilot)
        upkeep.fails = Refused.because("Something else is being written.", "Wait for its end.")
        await pilot.press("up", "enter")
        await shows(pilot, "! Something else is being written.")


async def test_what_is_written_already_is_followed_and_can_be_stopped() -> None:
    upkeep = written_meanwhile()
    async with app_for(upkeep).run_test(size=SIZE) as pilot:
        await shows(pilot, "Step 1 of 5")
        await pilot.press("f9")
        await shows(pilot, "Stop the writing?")
        assert "nothing that starts until it is written anew" in text_of_pilot(pilot).replace(
            "\n", " "
        )
        await pilot.press("down", "enter")
        await shows(pilot, "Stopped, as asked.")
        assert upkeep.stopped == 1


async def test_leaving_says_that_it_goes_on() -> None:
    upkeep = runs(half_a_run())
    app = app_for(upkeep)
    async with app.run_test(size=SIZE) as pilot:
        await to_progress(pilot)
        await pilot.press("ctrl+q")
        await shows(pilot, "The writing goes on without this screen.")
        await pilot.press("down", "enter")
        await pilot.pause()
    assert app.return_code == Leave.SHELL
    assert not upkeep.stopped
    upkeep.over.set()


async def test_whoever_waits_can_leave() -> None:
    upkeep = for_ever()
    app = app_for(upkeep)
    async with app.run_test(size=SIZE) as pilot:
        await to_planning(pilot)
        await pilot.press("escape", "ctrl+q")
        await shows(pilot, "> [ Stay here ]")
        await pilot.press("down", "enter")
        await pilot.pause()
    assert app.return_code == Leave.SHELL
    upkeep.may_plan.set()


KEYS = ("up", "down", "enter", "enter", "escape", "space", "f1", "f3", "f9", "pagedown", "f8", "x")


@pytest.mark.parametrize("seed", range(12))
async def test_keys_at_random_break_nothing_and_start_only_what_was_planned(seed: int) -> None:
    """Whatever is pressed: one thing has the focus, the frame is whole, nothing overflows."""
    dice = random.Random(seed)
    upkeep = both_good() if seed % 2 else runs(whole_run(update_plan()))
    if seed % 2:
        upkeep = replace(upkeep, run=whole_run(update_plan()))
    app = app_for(upkeep)
    width, height = (SIZE, SMALL, LARGE)[seed % 3]
    async with app.run_test(size=(width, height)) as pilot:
        await shows(pilot, "[ Update Root B ]")
        for _each in range(80):
            key = dice.choice(KEYS)
            await pilot.press(key)
            await pilot.pause()
            if app.return_code is not None:
                break
            rows = text_of(app).splitlines()
            assert len(rows) <= height, key
            assert all(len(row) <= width for row in rows), key
            focused = app.screen.focused
            assert focused is None or focused.can_focus
    assert app.unexpected is None
    assert all(each in upkeep.planned for each in upkeep.started)
    assert app.return_code in (None, 0, Leave.REBOOT)


def text_of_pilot(pilot: Pilot[None]) -> str:
    assert isinstance(pilot.app, UpkeepApp)
    return text_of(pilot.app)


async def test_away_from_the_network_what_was_downloaded_is_offered() -> None:
    upkeep = FakeUpkeep(now=upkeep_samples.downloaded(), reached=False)
    upkeep.run = whole_run(upkeep.plan(upkeep_samples.wish(kept=True)))
    async with app_for(upkeep).run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        assert "! The release cannot be reached: the image that was" in text_of_pilot(pilot)
        assert "1. Read the image that was downloaded into Root B" in text_of_pilot(pilot)
        await pilot.press("enter")
        await shows(pilot, "It starts with the next restart.")
    assert [each.kept for each in upkeep.started] == [True]


async def test_from_recovery_the_disk_is_unlocked_first() -> None:
    upkeep = from_recovery()
    async with app_for(upkeep).run_test(size=SIZE) as pilot:
        await to_unlock(pilot)
        await pilot.press("down", "down", "enter")
        await shows(pilot, "Type the passphrase of this disk")
        await pilot.press(*"wrong", "down", "down", "enter")
        await shows(pilot, "! The passphrase does not open /dev/vda5.")
        await pilot.press("enter")
        await to_unlock(pilot)
        await pilot.press("down", "space", "up", *upkeep_samples.PASSPHRASE.reveal())
        await shows(pilot, upkeep_samples.PASSPHRASE.reveal())
        await pilot.press("down", "down", "enter")
        await shows(pilot, "> [ Update Root B ]")
        assert "AtomOS Debian" in text_of_pilot(pilot)
        assert "is unlocked until" in text_of_pilot(pilot)


async def test_without_its_passphrase_an_update_says_what_is_missing() -> None:
    async with app_for(from_recovery()).run_test(size=SIZE) as pilot:
        await to_locked(pilot)
        await pilot.press("down", "enter", "enter")
        await shows(pilot, "which is encrypted and locked")
