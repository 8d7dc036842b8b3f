"""The first account of the machine, and the machine's name."""

from collections.abc import Iterator
from dataclasses import replace

from textual.widget import Widget

from installer import page_words
from installer.draft import Draft
from installer.entry_words import HINTS, label
from installer.flow import Entry
from installer.text import _
from screens.password_form import PasswordForm
from screens.widgets import Line, Row


class UserPage(PasswordForm):
    """Full name, login name, host name, password twice."""

    about = page_words.USER

    def body(self) -> Iterator[Widget]:
        """The five entries."""
        before = self._before
        yield Row(
            label(Entry.FULL_NAME),
            Line(before.full_name, id=Entry.FULL_NAME),
            hint=_(HINTS[Entry.FULL_NAME]),
        )
        yield Row(
            label(Entry.USER_NAME),
            Line(before.user_name, id=Entry.USER_NAME),
            hint=_(HINTS[Entry.USER_NAME]),
        )
        yield Row(label(Entry.HOST_NAME), Line(before.host_name, id=Entry.HOST_NAME))
        yield from self.password_lines()

    def on_mount(self) -> None:
        """From the top."""
        self.query_one(f"#{Entry.FULL_NAME}").focus()

    def draft(self) -> Draft:
        """Names without blanks around them; passwords exactly as typed."""
        return replace(
            super().draft(),
            full_name=self.line(Entry.FULL_NAME).strip(),
            user_name=self.line(Entry.USER_NAME).strip(),
            host_name=self.line(Entry.HOST_NAME).strip(),
        )
