"""Which time zone: by its name, or from a list of those that have in it what was typed."""

from dataclasses import dataclass, replace
from typing import Final

from installer import page_words
from installer.draft import Draft
from installer.entry_words import label
from installer.flow import Entry
from installer.question import QuestionId
from installer.text import _
from installer.time_zones import Zone, matching, named
from installer.walk import place_of
from screens.looks import Looks
from screens.plain.dialogue import Back, Choice, Dialogue, Page
from screens.plain.entries import BackFrom
from screens.plain.words import ways

_MOST: Final = 20
"""Zones in one list: with more of them its beginning has left the screen."""


@dataclass(frozen=True, kw_only=True)
class TimeZoneQuestion:
    """Of a person at one terminal."""

    dialogue: Dialogue
    looks: Looks

    def ask(self, draft: Draft) -> Draft:
        """Raises BackFrom, Jump and Left."""
        zones = self.looks.session.time_zones()
        zone = draft.zone_among(zones)
        page = Page(
            about=page_words.TIMEZONE,
            tell=lambda: self.dialogue.tell(ways().find),
            place=place_of(QuestionId.TIMEZONE, draft),
        )
        self.dialogue.open(page)
        found: tuple[Zone, ...] = ()
        while True:
            try:
                typed = str(self.dialogue.ask(page, f"{label(Entry.TIMEZONE)} [{zone}]")).strip()
            except Back:
                raise BackFrom(draft) from None
            if not typed:
                return replace(draft, timezone=zone)
            if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(found):
                return replace(draft, timezone=found[int(typed) - 1].name)
            exactly = named(zones, typed)
            if exactly is not None:
                return replace(draft, timezone=exactly.name)
            found = self._list(zones, typed)

    def _list(self, zones: tuple[Zone, ...], typed: str) -> tuple[Zone, ...]:
        """Those that `typed` may mean, told with numbers; none of too many."""
        found = matching(zones, typed)
        if not found:
            self.dialogue.problem(_("No time zone or country is called like that."))
            return ()
        if len(found) > _MOST:
            words = _("{count} time zones have that in their names; type more of it.")
            self.dialogue.problem(words.format(count=len(found)))
            return ()
        self.dialogue.tell_choices([Choice(name=f"{each.name} {each.country}") for each in found])
        return found
