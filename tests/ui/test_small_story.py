"""From 40x20 on everything can be read and reached, and nothing is lost at an edge."""

import pytest

from installer.events import OutputLine
from screens.terminal_app import TerminalApp
from tests.ui.fake_session import (
    BLANK,
    IN_USE,
    STARTED,
    WINDOWS,
    FakeSession,
    half_a_run,
    machine,
)
from tests.ui.picture import SMALL
from tests.ui.reading import SIZE, app_for, at_rest, shows, text_of, to_disk, until
from tests.ui.scenes import SCENES

LONG = "ERROR: " + "a" * 60 + " and what matters: No space left on device"


def focus_is_seen(app: TerminalApp) -> bool:
    focused = app.screen.focused
    if focused is None:
        return False
    geometry = app.screen.find_widget(focused)
    return bool(geometry.visible_region)


@pytest.mark.parametrize("size", [SMALL, (80, 20)], ids=["40x20", "80x20"])
async def test_all_of_the_recovery_key_is_reached(size: tuple[int, int]) -> None:
    """Sticks and Continue had the focus below the edge of the screen."""
    scene = next(each for each in SCENES if each.name == "recovery-key")
    app = app_for(scene.session())
    async with app.run_test(size=SIZE) as pilot:
        await scene.walk(pilot)
        await pilot.resize_terminal(*size)
        await until(pilot, lambda: app.size == size, "another size")
        seen = set()
        for _ in range(9):
            await at_rest(pilot)
            assert focus_is_seen(app), app.screen.focused
            seen |= {app.screen.focused}
            await pilot.press("down")
        assert len(seen) > 5


async def test_help_that_is_longer_than_the_screen_is_turned_over() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SMALL) as pilot:
        await shows(pilot, "UNSIGNED")
        await pilot.press("f1")
        await at_rest(pilot)
        first = text_of(app)
        await pilot.press("pageup", "pageup", "pageup")
        await at_rest(pilot)
        top = text_of(app)
        assert top != first
        await pilot.press("pagedown", "pagedown", "pagedown")
        await at_rest(pilot)
        assert text_of(app) == first


@pytest.mark.parametrize("size", [SMALL, (64, 24)], ids=["40x20", "64x24"])
async def test_progress_says_how_far_and_shows_the_step_it_is_at(size: tuple[int, int]) -> None:
    session = FakeSession(run=half_a_run(), is_running=True)
    app = app_for(session)
    async with app.run_test(size=size) as pilot:
        await shows(pilot, "24 %   0:21 so far")
        page = await shows(pilot, "now     Write the")
        assert "░" in page
        assert "goes on without" in page
    session.over.set()


async def test_a_line_of_the_log_that_is_longer_than_the_screen_is_broken() -> None:
    events = (*half_a_run(), OutputLine(time=STARTED + 20.5, tool="mkfs.btrfs", line=LONG))
    session = FakeSession(run=events, is_running=True)
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "412 MiB of 690 MiB")
        await pilot.press("f3")
        await shows(pilot, "No space left on device")
    session.over.set()


async def test_a_second_look_at_the_disks_leaves_the_focus_where_it_is() -> None:
    """Enter took another disk than the one that was looked at."""
    app = app_for(FakeSession(machine_now=machine(BLANK, WINDOWS, IN_USE)))
    async with app.run_test(size=SIZE) as pilot:
        await to_disk(pilot)
        before = _marked(app)
        await pilot.press("down")
        await until(pilot, lambda: _marked(app) != before, "another disk")
        chosen = _marked(app)
        await pilot.press("f5")
        await at_rest(pilot)
        assert _marked(app) == chosen


def _marked(app: TerminalApp) -> str:
    return next((row for row in text_of(app).splitlines() if row.strip().startswith("> /dev")), "")
