"""Time zones: which there are, which is usual for whom, and which a person may mean. Pure."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from installer.keymaps import DEFAULT_KEYMAP

UTC: Final = "UTC"
_LARGEST: Final = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "RU": "Europe/Moscow",
}
"""Of countries with several zones, those where tzdata does not list first what most live in."""


@dataclass(frozen=True, kw_only=True)
class Zone:
    """One time zone of the tz database."""

    name: str
    country_code: str = ""
    """ISO 3166, two capitals; empty for UTC."""
    country: str = ""
    """In English and in ASCII, as each console can show it."""

    @property
    def place(self) -> str:
        """Its last part, as people write it: Sao Paulo."""
        return self.name.rpartition("/")[2].replace("_", " ")

    # Both kept: all of 420 zones are looked through at each letter that is typed.
    @cached_property
    def searched(self) -> str:
        """What a text is looked for in."""
        return _folded(f"{self.name} {self.country}")

    @cached_property
    def begins(self) -> str:
        """What leads a list of what was found, where it begins with the text."""
        return _folded(self.place)


ONLY_UTC: Final = (Zone(name=UTC),)
"""Of a system without tzdata."""


def parse_zones(zone_tab: str, country_tab: str) -> tuple[Zone, ...]:
    """UTC, then those of tzdata's ``zone.tab`` in its order; `country_tab` is ``iso3166.tab``.

    Lines that are not as these files have them are passed over.
    """
    countries = {row[0]: _in_ascii(row[1]) for row in _rows(country_tab) if len(row) == 2}
    zones = [
        Zone(name=row[2], country_code=row[0], country=countries.get(row[0], ""))
        for row in _rows(zone_tab)
        if len(row) >= 3
    ]
    return (*ONLY_UTC, *zones)


def usual_zone(zones: Iterable[Zone], *, locale: str, keymap: str) -> str:
    """That of the country that the keyboard was made for, or else that the locale names.

    UTC where neither says it (``us`` is a keyboard of every country), or the country has none.
    """
    by_country: dict[str, list[str]] = {}
    for zone in zones:
        if zone.country_code:
            by_country.setdefault(zone.country_code, []).append(zone.name)
    territory = locale.partition(".")[0].partition("@")[0].partition("_")[2]
    keyboard = "" if keymap == DEFAULT_KEYMAP else keymap.partition(",")[0].upper()
    for country in (keyboard, territory):
        names = by_country.get(country, [])
        if names:
            return _LARGEST[country] if _LARGEST.get(country) in names else names[0]
    return UTC


def matching(zones: Iterable[Zone], text: str) -> tuple[Zone, ...]:
    """Those with all words of `text` in name or country, by their names; UTC and places that begin
    with it come first."""
    wanted = _folded(text).strip()
    words = wanted.split()
    found = [zone for zone in zones if all(word in zone.searched for word in words)]

    def rank(zone: Zone) -> tuple[bool, bool, str]:
        return (zone.name != UTC, not zone.begins.startswith(wanted), zone.name)

    return tuple(sorted(found, key=rank))


def named(zones: Iterable[Zone], text: str) -> Zone | None:
    """The one of exactly that name; capitals, and blanks for ``_``, make no difference."""
    wanted = _folded(text).strip()
    return next((zone for zone in zones if _folded(zone.name) == wanted), None)


def _folded(text: str) -> str:
    return _in_ascii(text).casefold().replace("_", " ")


def _in_ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _rows(text: str) -> Iterator[list[str]]:
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    yield from (line.split("\t") for line in lines)
