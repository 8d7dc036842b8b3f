"""What the user gets beside the system: a home by home-manager, and applications."""

from collections.abc import Iterator
from dataclasses import replace

from textual.widget import Widget

from installer import page_words
from installer.draft import Draft
from installer.entry_words import HINTS, label, software_words
from installer.flow import Entry
from installer.question import QuestionId
from installer.text import _
from screens.form import Form
from screens.widgets import Line, Push, Row, Tick, Words


class SoftwarePage(Form):
    """Two boxes and two lines; Enter takes what is usual."""

    question = QuestionId.SOFTWARE
    about = page_words.SOFTWARE

    def body(self) -> Iterator[Widget]:
        """What it means, the boxes, the flake, applications, Continue."""
        before = self._before
        home, applications = software_words()
        yield Words(home, classes="spaced")
        yield Tick(label(Entry.HOME_MANAGER), value=before.home_manager, id=Entry.HOME_MANAGER)
        yield Tick(label(Entry.HOME_LATER), value=before.home_later, id=Entry.HOME_LATER)
        yield self._row(Entry.HOME_FLAKE, before.home_flake)
        yield Words(applications, classes="spaced above")
        yield self._row(Entry.FLATPAKS, before.flatpaks)
        yield Push(_("Continue"), id="continue", first=True)

    def on_mount(self) -> None:
        """What stands there is right for most."""
        self.query_one("#continue").focus()

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
        """Lines without blanks around them."""
        return replace(
            self._before,
            home_manager=self.ticked(Entry.HOME_MANAGER),
            home_later=self.ticked(Entry.HOME_LATER),
            home_flake=self.line(Entry.HOME_FLAKE).strip(),
            flatpaks=self.line(Entry.FLATPAKS).strip(),
        )

    @staticmethod
    def _row(entry: Entry, value: str) -> Row:
        return Row(label(entry), Line(value, id=entry), hint=_(HINTS[entry]))
