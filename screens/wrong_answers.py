"""The answers file cannot be used: each error with its place, and what can be done."""

from collections.abc import Iterator

from textual.message import Message
from textual.widget import Widget

from installer import page_words
from installer.printable import printable
from installer.refusal_words import wrong_answers_words
from installer.text import _
from screens.leave import Leave
from screens.page import Page
from screens.widgets import Item, Push, Scrolled, Words


class WrongAnswersPage(Page):
    """Read it again, answer by hand, or a shell with an editor."""

    about = page_words.WRONG_ANSWERS

    class ReadAgain(Message):
        """It may be another by now."""

    class WithoutIt(Message):
        """All questions."""

    def __init__(self, errors: tuple[str, ...]) -> None:
        super().__init__()
        self._errors = errors

    def body(self) -> Iterator[Widget]:
        """All at once."""
        yield Words(wrong_answers_words(len(self._errors)), classes="spaced")
        with Scrolled():
            for each in self._errors:
                yield Words(f"! {printable(each)}", classes="danger spaced")
        yield Push(_("Read the file again"), id="again", first=True)
        yield Push(_("Answer all questions here"), id="without")
        yield Push(_("Leave to a shell"), id="shell")

    def keys(self) -> tuple[tuple[str, str], ...]:
        """There is nothing to go back to."""
        return (
            (_("Up Down"), _("Move")),
            (_("Enter"), _("Choose")),
            (_("PgUp PgDn"), _("Read")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def on_mount(self) -> None:
        """Reading changes nothing."""
        self.query_one("#again").focus()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """One of the three."""
        match message.item.id:
            case "again":
                self.leave(self.ReadAgain())
            case "without":
                self.leave(self.WithoutIt())
            case _:
                self.leave(self.LeaveTo(Leave.SHELL))
