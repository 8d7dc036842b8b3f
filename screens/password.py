"""The password of the account that an unfinished installation was to make."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from textual.widget import Widget
from textual.widgets import Checkbox

from installer.draft import Draft
from installer.flow import Entry
from installer.printable import printable
from installer.question import QuestionId
from installer.secret import Secret
from installer.text import _
from screens.form import Form
from screens.widgets import Line, Push, Row, Tick, Words

_SHOWN: Final = "shown"
_LABEL_WIDTH: Final = 18


class PasswordPage(Form):
    """The names as they were given, and a password twice."""

    question = QuestionId.USER
    heading = _("The password of the first user")
    help_text = _(
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
        told = [f"{label:<{_LABEL_WIDTH}}{printable(name)}" for label, name in names if name]
        yield Words("\n".join(told), classes="indented spaced")
        secret, again = before.password.reveal(), before.password_again.reveal()
        yield Row(_("Password"), Line(secret, id=Entry.PASSWORD, password=True))
        yield Row(_("Password again"), Line(again, id=Entry.PASSWORD_AGAIN, password=True))
        yield Tick(_("Show the password"), id=_SHOWN, classes="above")
        yield Push(_("Continue"), id="continue", first=True)

    def on_mount(self) -> None:
        """Nothing above it can be changed."""
        self.query_one(f"#{Entry.PASSWORD}").focus()

    def on_checkbox_changed(self, message: Checkbox.Changed) -> None:
        """Show the passwords, or stop showing them."""
        for entry in (Entry.PASSWORD, Entry.PASSWORD_AGAIN):
            self.query_one(f"#{entry}", Line).password = not message.value

    def draft(self) -> Draft:
        """Exactly as typed."""
        return replace(
            self._before,
            password=Secret(self.line(Entry.PASSWORD)),
            password_again=Secret(self.line(Entry.PASSWORD_AGAIN)),
        )
