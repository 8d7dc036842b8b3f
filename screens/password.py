"""The password of the account that an unfinished installation was to make."""

from collections.abc import Iterator
from typing import Final

from textual.widget import Widget

from installer import page_words
from installer.entry_words import names_given
from installer.flow import Entry
from screens.cells import padded
from screens.password_form import PasswordForm
from screens.widgets import Words

_LABEL_WIDTH: Final = 18


class PasswordPage(PasswordForm):
    """The names as they were given, and a password twice."""

    about = page_words.PASSWORD

    def body(self) -> Iterator[Widget]:
        """Names to read, lines to type into."""
        told = [f"{padded(label, _LABEL_WIDTH)}{name}" for label, name in names_given(self._before)]
        yield Words("\n".join(told), classes="indented spaced")
        yield from self.password_lines()

    def on_mount(self) -> None:
        """Nothing above it can be changed."""
        self.query_one(f"#{Entry.PASSWORD}").focus()
