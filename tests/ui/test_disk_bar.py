"""Disks drawn to scale: beside the list, and before and after in the summary."""

from dataclasses import replace

import pytest

from screens.wizard import AtomosApp
from tests.ui.fake_session import BLANK, IN_USE, WINDOWS, FakeSession, machine, plan_for
from tests.ui.reading import SIZE, app_for, at_rest, row_of, shows, text_of, to_disk, to_plan, until

SMALL = (40, 20)
"""The least that the screens are made for."""


async def test_the_disk_in_focus_is_drawn_and_what_is_on_it_is_named() -> None:
    app = app_for(FakeSession(machine_now=machine(WINDOWS, IN_USE, BLANK)))
    async with app.run_test(size=SIZE) as pilot:
        await to_disk(pilot)
        await shows(pilot, "═ Windows 2 (900 GiB)")
        assert row_of(app, "[12═").rstrip().endswith("....]")
        await pilot.press("down")
        await shows(pilot, "─ Linux 1 (3.9 TiB)")
        assert "Windows 2" not in text_of(app)
        await pilot.press("down")
        await shows(pilot, ". free (16 GiB)")
        await pilot.press("down")
        await shows(pilot, "> [x] Recovery on this disk too")
        assert ". free (16 GiB)" in text_of(app), "the disk that was in focus last"


@pytest.mark.parametrize("count", [1, 30])
async def test_on_a_small_terminal_the_bar_stands_alone_and_the_focus_is_seen(count: int) -> None:
    disks = [replace(WINDOWS, path=f"/dev/nvme{place}n1") for place in range(count)]
    app = app_for(FakeSession(machine_now=machine(*disks)))
    async with app.run_test(size=SMALL) as pilot:
        await to_disk(pilot)
        for place in range(count):
            await shows(pilot, f"> /dev/nvme{place}n1 ")
            assert "[12═" in text_of(app)
            assert "900 GiB)" not in text_of(app), "no room for a legend"
            await until(pilot, lambda: _cursor_row(app).startswith("  > "), "the cursor on it")
            await pilot.press("down")
        await shows(pilot, "> [x] Recovery")


@pytest.mark.parametrize("size", [SIZE, SMALL, (132, 43)])
async def test_the_summary_shows_the_disk_before_and_after(size: tuple[int, int]) -> None:
    there = replace(WINDOWS, path="/dev/vda")
    app = app_for(FakeSession(machine_now=machine(there), plans=[plan_for(there)]))
    async with app.run_test(size=SIZE) as pilot:
        await to_plan(pilot)
        await shows(pilot, "> Disk's name")
        await pilot.resize_terminal(*size)
        await until(pilot, lambda: len(text_of(app).splitlines()) == size[1], "the new size")
        while "After  [" not in await at_rest(pilot):
            await pilot.press("pagedown")
        assert "[12══" in row_of(app, "Before [")
        assert "5░" in row_of(app, "After  [")
        assert len(row_of(app, "Before [")) == len(row_of(app, "After  ["))
        assert "> Disk's name" in text_of(app)


def _cursor_row(app: AtomosApp) -> str:
    return text_of(app).splitlines()[app.cursor_position.y]
