"""The time zone: a list of some hundred, of which a few rows are shown, and a line to find one."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Key
from textual.widget import Widget

from installer import page_words
from installer.draft import Draft
from installer.entry_words import zones_shown
from installer.text import _
from installer.time_zones import Zone, matching
from screens.page import Page
from screens.widgets import Item, Line, Row, Words

ROWS: Final = 10
"""That is all there is room for at 80x24. A widget for each of 420 zones takes Textual a second to
lay out, and this at every letter that is typed."""
_NAME_WIDTH: Final = 32
"""Of the longest name, and two blanks."""


class ZoneRow(Item):
    """A row of the window onto the list; it has no zone, and takes no focus, below its end."""

    def __init__(self) -> None:
        super().__init__("")
        self.zone: Zone | None = None

    def show(self, zone: Zone | None) -> None:
        """Another zone, in the room that it has."""
        if zone is self.zone:
            return
        self.zone = zone
        self.can_focus = zone is not None
        name = "" if zone is None else f"{zone.name:<{_NAME_WIDTH}}{zone.country}"
        self._text = name.rstrip()
        self.refresh()

    async def on_key(self, event: Key) -> None:
        """A letter is the beginning of what is looked for."""
        page = self.screen
        if event.is_printable and event.character != " " and isinstance(page, TimeZonePage):
            event.stop()
            event.prevent_default()
            page.find(event.character or "")


class TimeZonePage(Page):
    """Enter takes the zone in focus and goes on; letters find one."""

    about = page_words.TIMEZONE
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
    ]

    def __init__(self, draft: Draft, zones: tuple[Zone, ...], zone: str, *, place: str) -> None:
        """`zone`: the one to begin with. One that is not among the `zones` leads them."""
        super().__init__(place=place)
        self._before = draft
        there = any(each.name == zone for each in zones)
        self._all = zones if there else (Zone(name=zone), *zones)
        self._zone = zone
        self._sorted = self._found = matching(self._all, "")
        self._rows = tuple(ZoneRow() for _each in range(ROWS))
        self._first = 0
        """The place among those found of the one in the first row."""

    def body(self) -> Iterator[Widget]:
        """The line, the rows, how many there are."""
        yield Row(_("Find"), Line("", id="find", classes="find"), hint=_("a city or a country"))
        with Vertical(id="zones"):
            yield from self._rows
        yield Words(id="count", classes="indented")

    def keys(self) -> tuple[tuple[str, str], ...]:
        """As everywhere, and how to move."""
        return (
            (_("Up Down"), _("Move")),
            (_("Enter"), _("Choose")),
            (_("Esc"), _("Back")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def on_mount(self) -> None:
        """At the zone to begin with, which Enter takes."""
        names = [zone.name for zone in self._found]
        at = names.index(self._zone)
        self._show(at - ROWS // 2)
        self._rows[at - self._first].focus()
        self.watch(self.query_one("#find", Line), "value", self._look, init=False)

    def find(self, letter: str) -> None:
        """Typed while a zone has the focus."""
        line = self.query_one("#find", Line)
        line.focus()
        line.insert(letter, len(line.value))

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """On."""
        message.stop()
        if isinstance(message.item, ZoneRow):
            self.leave(self.Answered(self._draft(message.item)))

    def action_back(self) -> None:
        """Keep the zone in focus."""
        self.leave(self.Back(self._draft(self.focused)))

    def action_move(self, step: int) -> None:
        """To the next row; past the last of those shown, the list moves."""
        rows = [row for row in self._rows if row.can_focus]
        edge = rows and self.focused is rows[-1 if step > 0 else 0]
        if edge and self._clamped(self._first + step) != self._first:
            self._show(self._first + step)
            self.paint_at_once()
        elif step > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_scroll_body(self, pages: int) -> None:
        """A page of the list, of which one row is kept."""
        self._show(self._first + pages * (ROWS - 1))
        self.paint_at_once()

    def _look(self, text: str) -> None:
        # The line paints what comes of a letter, itself included, in one frame.
        self._found = matching(self._all, text) if text.strip() else self._sorted
        self._show(0)

    def _clamped(self, first: int) -> int:
        return max(0, min(first, len(self._found) - ROWS))

    def _show(self, first: int) -> None:
        self._first = self._clamped(first)
        shown = self._found[self._first : self._first + ROWS]
        for place, row in enumerate(self._rows):
            row.show(shown[place] if place < len(shown) else None)
        more = {
            _("PgUp: above"): self._first > 0,
            _("PgDn: more below"): self._first + ROWS < len(self._found),
        }
        count = zones_shown(self._first, len(shown), len(self._found))
        told = "  ".join([count, *(words for words, there in more.items() if there)])
        self.query_one("#count", Words).update(told, layout=False)

    def _draft(self, row: Widget | None) -> Draft:
        if isinstance(row, ZoneRow) and row.zone is not None:
            return replace(self._before, timezone=row.zone.name)
        return self._before
