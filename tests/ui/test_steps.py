"""Where one is among the steps, and back to one that is finished."""

import pytest

from tests.ui.fake_session import BLANK, WINDOWS, FakeSession, machine
from tests.ui.reading import (
    SIZE,
    app_for,
    at_rest,
    fill_user,
    past_time_zone,
    shows,
    text_of,
    to_disk,
    to_plan,
    to_user,
    until,
)

WIDE = (100, 30)


async def test_a_finished_step_is_jumped_to_and_what_was_entered_stays() -> None:
    session = FakeSession()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_user(pilot)
        await fill_user(pilot)
        await pilot.press("f4")
        await shows(pilot, "> Recovery key")
        await pilot.press("up", "up", "up", "up")
        await shows(pilot, "> Release")
        await pilot.press("enter")
        await shows(pilot, "Step 1 of 9: Release")
        assert "[x] Take this release" in text_of(app)
        await shows(pilot, "> [ Continue ]")
        await pilot.press("enter")
        await shows(pilot, "Step 6 of 9: User")
        await shows(pilot, "Ada Lovelace")
        await pilot.press("up")
        await shows(pilot, "> [ Continue ]")
        await pilot.press("enter")
        await past_time_zone(pilot)
        await shows(pilot, "> Disk's name")
        (answers,) = session.planned
        assert answers.user is not None
        assert answers.user.name == "ada"
        assert answers.recovery_key is not None


async def test_esc_and_the_button_stay() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_user(pilot)
        for keys in (("escape",), ("f2",), ("f4",), ("down", "enter")):
            await pilot.press("f4")
            await shows(pilot, "Back to which step?")
            await pilot.press(*keys)
            await shows(pilot, "> Full name")


async def test_another_disk_asks_again_only_what_was_about_the_disk() -> None:
    """From the summary to the disk: passphrase and user are as they were for another disk too."""
    session = FakeSession(machine_now=machine(WINDOWS, BLANK))
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await shows(pilot, "> Disk's name")
        await pilot.press("f4")
        await shows(pilot, "> Time zone")
        await pilot.press(*["up"] * 5)
        await shows(pilot, "> Disk")
        await pilot.press("enter")
        await shows(pilot, "> /dev/vda")
        await pilot.press("up")
        await shows(pilot, "> /dev/nvme0n1")
        await pilot.press("enter")
        await until(pilot, lambda: len(session.planned) == 2, "another plan")
        assert session.planned[1].disk.path == "/dev/nvme0n1"
        assert session.planned[1].user == session.planned[0].user


async def test_the_language_can_be_gone_back_to_and_has_nothing_before_it() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_user(pilot)
        await fill_user(pilot)
        await pilot.press("f4", *["up"] * 6)
        await shows(pilot, "> Language")
        await pilot.press("enter")
        await shows(pilot, "Try the keys")
        assert "F4" not in await at_rest(pilot)
        await pilot.press("f4")
        assert "Back to which step?" not in await at_rest(pilot)
        await pilot.press("up")
        await shows(pilot, "> [ Continue ]")
        await pilot.press("enter")
        await shows(pilot, "Step 6 of 9: User")
        await shows(pilot, "Ada Lovelace")


@pytest.mark.parametrize("width", [80, 99, 100, 132])
async def test_a_wide_screen_has_the_steps_at_its_side(width: int) -> None:
    app = app_for(FakeSession(machine_now=machine(WINDOWS, BLANK)))
    async with app.run_test(size=(width, 30)) as pilot:
        await to_disk(pilot)
        await at_rest(pilot)
        assert "Step 3 of 9: Disk" in text_of(app)
        is_wide = width >= WIDE[0]
        for words in ("[x] Release", "[>] Disk", "[ ] Encryption", "[ ] Summary"):
            assert (words in text_of(app)) is is_wide
        if is_wide:
            await shows(pilot, "/dev/vda         16 GiB   virtio QEMU HARDDISK")


async def test_the_steps_come_and_go_with_the_width() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_disk(pilot)
        await pilot.resize_terminal(*WIDE)
        await shows(pilot, "[>] Disk")
        await shows(pilot, "> /dev/nvme0n1 ")
        await pilot.resize_terminal(*SIZE)
        await until(pilot, lambda: "[>] Disk" not in text_of(app), "no steps at the side")
