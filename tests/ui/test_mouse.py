"""A mouse, where the terminal has one: it does what Enter and Space do, and no more."""

import pytest

from screens import console
from screens.widgets import Push, Tick
from tests.ui.fake_session import BLANK, READ_ONLY, FakeSession, machine
from tests.ui.reading import SIZE, app_for, shows


async def test_clicks_tick_and_choose_and_a_greyed_disk_takes_none() -> None:
    session = FakeSession(machine_now=machine(READ_ONLY, BLANK))
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "> [ Continue ]")
        await pilot.click(Tick)
        await shows(pilot, "> [x] Take this release")
        await pilot.click(Push)
        await shows(pilot, "> 0.1.0")
        await pilot.click("VersionRow:focus")
        await shows(pilot, "> /dev/vda")
        await pilot.click("DiskRow.greyed")
        await shows(pilot, "> /dev/vda")
        await pilot.click("DiskRow:focus")
        await shows(pilot, "[x] Encrypt this disk")


@pytest.mark.parametrize(
    ("term", "serial", "there"),
    [
        ("xterm-256color", False, True),
        ("tmux-256color", False, True),
        ("xterm-256color", True, False),
        ("linux", False, False),
        ("vt220", False, False),
        ("dumb", False, False),
    ],
)
def test_which_terminals_have_one(term: str, serial: bool, there: bool) -> None:
    assert console.has_mouse(term, serial=serial) is there
