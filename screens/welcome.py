"""The first screen: what will happen, and where the release comes from."""

from collections.abc import Iterator
from dataclasses import replace

from textual.widget import Widget

from installer import page_words
from installer.draft import Draft
from installer.entry_words import UNSIGNED_NOTE, label, welcome_words
from installer.flow import Entry
from installer.question import QuestionId
from installer.text import _
from screens.form import Form
from screens.help import keys
from screens.widgets import Line, Push, Row, Tick, Words


class Welcome(Form):
    """Release directory, and whether it may be an unsigned one."""

    question = QuestionId.WELCOME
    about = page_words.WELCOME

    def __init__(self, draft: Draft, *, needs_medium: bool, place: str) -> None:
        """`needs_medium`: this system runs from its medium, not from memory."""
        super().__init__(draft, place=place)
        self._needs_medium = needs_medium

    def body(self) -> Iterator[Widget]:
        """Words, address, consent, Continue."""
        first, second, *medium = welcome_words(needs_medium=self._needs_medium)
        yield Words(first, classes="spaced")
        yield Words(second, classes="spaced")
        for words in medium:
            yield Words(words, classes="notice spaced")
        yield Row(
            label(Entry.SOURCE_URL),
            Line(self._before.source_url, id=Entry.SOURCE_URL, classes=""),
        )
        yield Tick(
            label(Entry.ALLOW_UNSIGNED),
            value=self._before.allow_unsigned,
            id=Entry.ALLOW_UNSIGNED,
            classes="above",
        )
        yield Words(keys().fill(UNSIGNED_NOTE), classes="under")
        yield Push(_("Continue"), id="continue", first=True)

    def on_mount(self) -> None:
        """Begin with what is still missing."""
        missing = "continue" if self._before.source_url else Entry.SOURCE_URL.value
        self.query_one(f"#{missing}").focus()

    def keys(self) -> tuple[tuple[str, str], ...]:
        """As everywhere, and how to tick."""
        return (
            (_("Up Down"), _("Move")),
            (_("Space"), _("Tick")),
            (_("Enter"), _("Next")),
            (_("Esc"), _("Back")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def draft(self) -> Draft:
        """The address without blanks around it."""
        return replace(
            self._before,
            source_url=self.line(Entry.SOURCE_URL).strip(),
            allow_unsigned=self.ticked(Entry.ALLOW_UNSIGNED),
        )
