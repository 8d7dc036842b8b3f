"""Time zones: read from tzdata's tables, the usual one, and what a person may mean."""

from pathlib import Path

import pytest

from backends.time_zones import time_zones
from installer import answers_rules
from installer.draft import Draft
from installer.languages import LANGUAGES
from installer.time_zones import ONLY_UTC, UTC, Zone, matching, named, usual_zone
from tests.zones import COUNTRY_TAB, ZONE_TAB, ZONES


def names(zones: tuple[Zone, ...]) -> list[str]:
    return [zone.name for zone in zones]


@pytest.mark.parametrize(
    ("locale", "keymap", "usual"),
    [
        ("", "", UTC),
        ("", "us", UTC),
        ("de_DE.UTF-8", "", "Europe/Berlin"),
        ("de_DE.UTF-8", "us", "Europe/Berlin"),
        ("de_AT.UTF-8@euro", "", "Europe/Vienna"),
        ("de_DE.UTF-8", "ch", "Europe/Zurich"),
        ("", "de,us", "Europe/Berlin"),
        ("pt_BR.UTF-8", "br", "America/Sao_Paulo"),
        ("pt_BR.UTF-8", "pt", "Europe/Lisbon"),
        ("en_US.UTF-8", "", "America/New_York"),
        ("en_AU.UTF-8", "", "Australia/Sydney"),
        ("", "ca", "America/Toronto"),
        ("de_DE.UTF-8", "latam", "Europe/Berlin"),
        ("C.UTF-8", "xx", UTC),
    ],
)
def test_the_usual_zone_is_that_of_keyboard_or_language(
    locale: str, keymap: str, usual: str
) -> None:
    assert usual_zone(ZONES, locale=locale, keymap=keymap) == usual


def test_a_system_without_that_zone_says_utc_and_never_one_it_has_not() -> None:
    for language in LANGUAGES:
        assert usual_zone(ONLY_UTC, locale=language.locale, keymap=language.keymap) == UTC


def test_what_was_chosen_goes_before_what_is_usual() -> None:
    draft = Draft(locale="de_DE.UTF-8")
    assert draft.zone_among(ZONES) == "Europe/Berlin"
    assert Draft(locale="de_DE.UTF-8", timezone="Asia/Tokyo").zone_among(ZONES) == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("typed", "first", "count"),
    [
        ("", "UTC", len(ZONES)),
        ("ber", "Europe/Berlin", 1),
        ("sao paulo", "America/Sao_Paulo", 1),
        ("São", "America/Sao_Paulo", 1),
        ("india", "America/Indiana/Indianapolis", 3),
        ("germany", "Europe/Berlin", 2),
        ("new", "America/New_York", 3),
        ("europe  vi", "Europe/Vienna", 1),
        ("reunion", "Indian/Reunion", 1),
        ("Atlantis", "", 0),
    ],
)
def test_what_is_typed_finds_place_and_country(typed: str, first: str, count: int) -> None:
    found = names(matching(ZONES, typed))
    assert len(found) == count, found
    assert found[:1] == ([first] if first else [])


def test_a_name_means_one_zone_however_it_is_written() -> None:
    for typed in ("Europe/Berlin", "europe/berlin", " EUROPE/BERLIN "):
        found = named(ZONES, typed)
        assert found is not None
        assert found.name == "Europe/Berlin"
    sao_paulo = named(ZONES, "america/são paulo")
    assert sao_paulo is not None
    assert sao_paulo.country == "Brazil"
    assert named(ZONES, "Berlin") is None


def test_all_is_in_ascii_and_may_stand_in_a_file_of_answers() -> None:
    assert [zone.country for zone in ZONES if zone.name == "Indian/Reunion"] == ["Reunion"]
    for zone in ZONES:
        assert (zone.name + zone.country).isascii()
        assert answers_rules.TIMEZONE.allows(zone.name)


def test_those_whose_files_are_there_and_utc_without_tzdata(tmp_path: Path) -> None:
    assert time_zones(tmp_path) == ONLY_UTC
    (tmp_path / "zone.tab").write_text(ZONE_TAB, encoding="utf-8")
    (tmp_path / "iso3166.tab").write_text(COUNTRY_TAB, encoding="utf-8")
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe/Berlin").touch()
    (tmp_path / "Europe/Vienna").mkdir()
    assert names(time_zones(tmp_path)) == [UTC, "Europe/Berlin"]


def test_lines_that_are_none_of_these_tables_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "zone.tab").write_bytes(b"# nothing\n\nDE\nDE\t+52\tEurope/Berlin\tx\xff\n")
    (tmp_path / "iso3166.tab").write_text("DE\n\tx\ty\n", encoding="utf-8")
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe/Berlin").touch()
    assert time_zones(tmp_path)[1:] == (Zone(name="Europe/Berlin", country_code="DE"),)
