"""The time zone: the usual one at once, any other by arrows or by letters."""

from textual.pilot import Pilot

from installer.languages import Speech
from screens.wizard import AtomosApp
from tests.ui.fake_session import FakeSession
from tests.ui.reading import (
    SIZE,
    agree,
    app_for,
    read_on,
    row_of,
    shows,
    take_zone,
    text_of,
    to_time_zone,
    until,
)
from tests.zones import ZONES


def app_of(pilot: Pilot[None]) -> AtomosApp:
    app = pilot.app
    assert isinstance(app, AtomosApp)
    return app


async def finds(pilot: Pilot[None], zone: str) -> None:
    """The first of those found."""
    rows = "  " + zone
    await until(pilot, lambda: rows in text_of(app_of(pilot)), f"{zone} to be found")


async def test_enter_takes_the_usual_one_and_the_summary_says_it() -> None:
    session = FakeSession()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_time_zone(pilot)
        assert "Step 8 of 9: Time zone" in text_of(app)
        assert f"1 to 10 of {len(ZONES)} time zones" in text_of(app)
        await take_zone(pilot)
        await shows(pilot, "type its name: vda")
        assert "Time zone UTC" in await read_on(pilot)
        await agree(pilot)
        await shows(pilot, "AtomOS is installed")
    assert session.started[0][0].timezone == "UTC"


async def test_whoever_speaks_german_is_offered_that_of_berlin() -> None:
    session = FakeSession(spoken=Speech(language="en", keymap="de", chosen=True))
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_time_zone(pilot, "Europe/Berlin")
        assert "Germany" in row_of(app, "Europe/Berlin")
        await pilot.press("enter")
        await shows(pilot, "type its name: vda")
    assert session.planned[0].timezone == "Europe/Berlin"


async def test_letters_find_one_wherever_the_focus_is() -> None:
    session = FakeSession()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_time_zone(pilot)
        await pilot.press(*"tok")
        await finds(pilot, "Asia/Tokyo")
        assert "1 to 1 of 1 time zones" in text_of(app)
        assert "[tok" in row_of(app, "Find")
        assert "UTC" not in text_of(app)
        await pilot.press("enter")
        await shows(pilot, "> Asia/Tokyo")
        await pilot.press("enter")
        await shows(pilot, "type its name: vda")
    assert session.planned[0].timezone == "Asia/Tokyo"


async def test_what_fits_nothing_is_said_and_taken_back() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_time_zone(pilot)
        await pilot.press(*"xyz", "enter", "down", "pagedown")
        await shows(pilot, "No time zone or country is called like that.")
        await pilot.press("ctrl+u")
        await shows(pilot, f"1 to 10 of {len(ZONES)} time zones")
        await pilot.press("down")
        await shows(pilot, "> UTC")


async def test_arrows_alone_come_to_every_zone_and_back() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_time_zone(pilot)
        last = max(zone.name for zone in ZONES if zone.name != "UTC")
        assert last not in text_of(app)
        await pilot.press(*["down"] * (len(ZONES) - 1))
        await shows(pilot, f"> {last}")
        assert f"{len(ZONES) - 9} to {len(ZONES)} of {len(ZONES)}" in text_of(app)
        assert "PgUp: above" in text_of(app)
        assert "PgDn" not in text_of(app)
        await pilot.press(*["up"] * (len(ZONES) - 1))
        await shows(pilot, "> UTC")
        await pilot.press("up")
        await until(pilot, lambda: ">" in row_of(app, "Find"), "the line above the list")


async def test_pages_move_the_list_below_the_focus() -> None:
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_time_zone(pilot)
        await pilot.press("pagedown")
        await shows(pilot, f"10 to 19 of {len(ZONES)} time zones  PgUp: above  PgDn: more below")
        names = sorted(zone.name for zone in ZONES if zone.name != "UTC")
        await shows(pilot, f"> {names[8]}")
        await pilot.press("pageup")
        await shows(pilot, "> UTC")


async def test_back_keeps_the_zone_in_focus() -> None:
    session = FakeSession()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_time_zone(pilot)
        await pilot.press(*"lisbon", "enter")
        await shows(pilot, "> Europe/Lisbon")
        await pilot.press("escape")
        await shows(pilot, "with home-manager")
        await pilot.press("enter")
        await shows(pilot, "> Europe/Lisbon")
        assert "PgDn: more below" in text_of(app), "all are there again"


async def test_a_zone_of_an_answers_file_that_this_system_has_not_is_not_lost() -> None:
    session = FakeSession(zones=ZONES[:3])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_time_zone(pilot)
        await pilot.press("escape")
        await shows(pilot, "with home-manager")
        session.zones = ZONES[1:3]
        await pilot.press("enter")
        await shows(pilot, "> UTC")
        assert "1 to 3 of 3 time zones" in text_of(app)
