"""What the pages of an installed system have in common."""

from collections.abc import Iterator
from typing import ClassVar

from textual.message import Message
from textual.widget import Widget

from installer.page_words import PageWords
from installer.text import N_, _
from screens.page import Page
from screens.widgets import Item, Line, Push, Row, Words


class UpkeepPage(Page):
    """One page. Esc leads back to the status."""

    program = N_("AtomOS {version}")

    class ToStatus(Message):
        """What holds what, looked at anew; `words` are said there."""

        def __init__(self, words: str = "") -> None:
            super().__init__()
            self.words = words

    def keys(self) -> tuple[tuple[str, str], ...]:
        """As everywhere, and how to move."""
        return (
            (_("Up Down"), _("Move")),
            (_("Enter"), _("Choose")),
            (_("Esc"), _("Back")),
            (_("Ctrl+Q"), _("Shell")),
        )

    @staticmethod
    def reading_keys() -> tuple[tuple[str, str], ...]:
        """As everywhere, and how to read on."""
        return (
            (_("Enter"), _("Choose")),
            (_("PgUp PgDn"), _("Read")),
            (_("Esc"), _("Back")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def action_back(self) -> None:
        """Esc or F2."""
        self.leave(self.ToStatus())


class LinePage(UpkeepPage):
    """One with a line that something has to be typed into."""

    empty: ClassVar[str]
    """What is said where nothing was; marked with `N_`."""

    def typed(self, text: str) -> Message:
        """What is left with."""
        raise NotImplementedError

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """On, unless the line is empty."""
        message.stop()
        if not isinstance(message.item, Push):
            return
        if message.item.id == "back":
            self.action_back()
            return
        line = self.query_one(Line)
        if not line.value.strip():
            self.query_one(Row).say(_(self.empty))
            line.focus()
            return
        self.leave(self.typed(line.value))


class WaitingPage(UpkeepPage):
    """Until something beside the app is done, which posts what comes of it to the app."""

    def __init__(self, about: PageWords, words: str) -> None:
        super().__init__()
        self.about = about  # type: ignore[misc]  # each of these is about something of its own
        self._words = words

    def body(self) -> Iterator[Widget]:
        """Nothing to choose yet."""
        yield Words(self._words)

    def keys(self) -> tuple[tuple[str, str], ...]:
        """There is nothing to choose."""
        return ((_("Ctrl+Q"), _("Shell")),)

    def action_back(self) -> None:
        """What was begun comes to its end first."""
