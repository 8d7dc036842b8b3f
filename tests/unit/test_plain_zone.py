"""Plain mode asks for the time zone: by Enter, by its name, or from a short list."""

from installer.languages import Speech
from tests.ui.fake_session import FakeSession
from tests.unit.plain_terminal import (
    ADA,
    BACK_TO_USER,
    BLANK_DISK,
    ENCRYPTED,
    HOME,
    RELEASE,
    WITH_KEY,
    Script,
    Typed,
    talk,
)

TO_ZONE: Script = (*RELEASE, *BLANK_DISK, *ENCRYPTED, *WITH_KEY, *ADA[:-1])
TO_SUMMARY: Script = (("Disk's name:", ""),)


def zone_after(*script: tuple[str, Typed], speech: Speech | None = None) -> tuple[str, str | None]:
    """All that was said, and the zone of the answers."""
    session = FakeSession(spoken=speech or Speech(chosen=True))
    said, _ = talk(session, *TO_ZONE, *script, *TO_SUMMARY)
    return said, session.planned[0].timezone


def test_enter_takes_the_one_in_brackets() -> None:
    said, zone = zone_after(("Step 8 of 9: Time zone", ""))
    assert zone == "UTC"
    assert "Time zone [UTC]:" in said
    assert "Time zone UTC" in said, "the summary"


def test_the_keyboard_says_where() -> None:
    speech = Speech(keymap="de", chosen=True)
    assert zone_after(("Time zone [Europe/Berlin]:", ""), speech=speech)[1] == "Europe/Berlin"


def test_a_whole_name_is_taken_however_it_is_written() -> None:
    assert zone_after(("Time zone [UTC]:", "america/sao paulo"))[1] == "America/Sao_Paulo"


def test_a_part_of_it_lists_those_that_it_may_mean() -> None:
    said, zone = zone_after(
        ("Time zone [UTC]:", "new"),
        ("1. America/New_York United States 2. America/North_Dakota/New_Salem United States", "9"),
        ("! No time zone or country is called like that. Time zone [UTC]:", "germany"),
        ("1. Europe/Berlin Germany 2. Europe/Busingen Germany Time zone [UTC]:", "2"),
    )
    assert zone == "Europe/Busingen"
    assert "9. " not in said


def test_too_many_and_none_are_told() -> None:
    _, zone = zone_after(
        ("Time zone [UTC]:", "a"),
        ("time zones have that in their names; type more of it. Time zone [UTC]:", "atlantis"),
        ("! No time zone or country is called like that.", "1"),
        ("Time zone [UTC]:", "again"),
        ("Which time zone is this machine in?", "?"),
        ("It can be changed later, with timedatectl set-timezone.", ""),
    )
    assert zone == "UTC"


def test_back_leads_to_the_user_and_keeps_it() -> None:
    _, zone = zone_after(
        ("Time zone [UTC]:", "asia/tokyo"),
        ("Disk's name:", "back"),
        ("Time zone [Asia/Tokyo]:", "back"),
        *BACK_TO_USER,
        ("Full name, optional [Ada Lovelace]:", ""),
        ("[ada]:", ""),
        ("[engine]:", ""),
        ("[as typed before]:", ""),
        *HOME,
        ("Time zone [Asia/Tokyo]:", ""),
    )
    assert zone == "Asia/Tokyo"
