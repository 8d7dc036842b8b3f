"""The password of the account that an unfinished installation was to make."""

from collections.abc import Iterator
from typing import Final

from textual.widget import Widget

from installer.flow import Entry
from installer.printable import printable
from installer.text import N_, _
from screens.cells import padded
from screens.password_form import PasswordForm
from screens.widgets import Words

_LABEL_WIDTH: Final = 18


class PasswordPage(PasswordForm):
    """The names as they were given, and a password twice."""

    heading = N_("The password of the first user")
    help_text = N_(
        "Passwords are written down nowhere while AtomOS is installed, so it is asked for again; "
        "it may be another one than before. The names stay: with others this would be another "
        "installation, which starting over makes. Esc leads back to where that can be chosen."
    )

    def body(self) -> Iterator[Widget]:
        """Names to read, lines to type into."""
        before = self._before
        names = [
            (_("Full name"), before.full_name),
            (_("Login name"), before.user_name),
            (_("Host name"), before.host_name),
        ]
        told = [f"{padded(label, _LABEL_WIDTH)}{printable(name)}" for label, name in names if name]
        yield Words("\n".join(told), classes="indented spaced")
        yield from self.password_lines()

    def on_mount(self) -> None:
        """Nothing above it can be changed."""
        self.query_one(f"#{Entry.PASSWORD}").focus()
