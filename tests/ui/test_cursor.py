"""Where the hardware cursor is: a screen reader speaks and shows the place that it is at."""

from dataclasses import replace
from functools import partial

from installer.hardware import Medium
from installer.languages import Speech
from screens.wizard import AtomosApp
from tests.ui.fake_session import BLANK, STICK, FakeSession, machine
from tests.ui.reading import SIZE, app_for, past_release, shows, text_of, to_user, type_in, until
from tests.ui.settling import at_work, send
from tests.ui.walking import check_focus


async def test_in_a_line_it_is_behind_what_was_typed_last() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_user(pilot)
        for text in ("Ada", " Lovelace", " of somewhere that is far away from here"):
            await type_in(pilot, text)
            await pilot.pause()
            last = text[-1]
            await until(pilot, partial(_is_behind, app, last), "the cursor after it")
            assert _under(app) == " "
        await pilot.press("left")
        await until(pilot, lambda: _under(app) == "e", "the cursor on the last letter")
        await pilot.press("home")
        await until(pilot, lambda: _under(app) == "A", "the cursor on the first letter")


async def test_with_no_disk_to_choose_it_is_on_what_can_still_be_ticked() -> None:
    for disks in ((), (replace(BLANK, read_only=True),)):
        app = app_for(FakeSession(machine_now=machine(*disks)))
        async with app.run_test(size=SIZE) as pilot:
            await shows(pilot, "> [ Continue ]")
            await pilot.press("enter")
            await past_release(pilot)
            await shows(pilot, "! No disk can be used.")
            await shows(pilot, "> [x] Recovery on this disk too")


async def test_a_form_that_is_longer_than_the_screen_scrolls_to_what_has_the_focus() -> None:
    medium = Medium(device=STICK.path, in_ram=False, is_recovery=False, length_bytes=None)
    app = app_for(FakeSession(machine_now=replace(machine(BLANK), medium=medium)))
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "> [ Continue ]")
        await pilot.press("up", "up", "ctrl+u", "x", "enter", "down", "enter")
        await shows(pilot, "! Begin with https://")
        await pilot.press("down", "down")
        await shows(pilot, "> [ Continue ]")
        await pilot.press("up", "up")
        await shows(pilot, "> Release")


async def test_keys_that_come_before_a_problem_is_laid_out_lead_to_no_hidden_button() -> None:
    medium = Medium(device=STICK.path, in_ram=False, is_recovery=False, length_bytes=None)
    session = FakeSession(machine_now=replace(machine(BLANK), medium=medium), source="https://a b")
    left_by_others = at_work()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "> [ Continue ]")
        keys = ("enter", "down", "down")
        await send(app, keys, lambda: len(left_by_others & at_work()), paints=True)
        await shows(pilot, "> [ Continue ]")
        await until(pilot, lambda: _row(app).startswith("  > [ Continue"), "the cursor on it")


def _row(app: AtomosApp) -> str:
    return text_of(app).splitlines()[app.cursor_position.y].ljust(SIZE[0])


def _under(app: AtomosApp) -> str:
    return _row(app)[app.cursor_position.x]


def _is_behind(app: AtomosApp, letter: str) -> bool:
    return _before(app) == letter


def _before(app: AtomosApp) -> str:
    return _row(app)[app.cursor_position.x - 1]


async def test_what_a_key_leads_to_out_of_sight_is_there_before_the_next_key() -> None:
    """It was brought into sight a frame later, and could be chosen unseen meanwhile."""
    left_by_others = at_work()
    app = app_for(FakeSession(spoken=Speech(keymap="be")))
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "Try the keys")
        app.screen.query_one("#try").focus()
        await pilot.pause()
        await send(app, ("up",), lambda: len(left_by_others & at_work()), paints=True)
        check_focus(app)
