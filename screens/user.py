"""The first account of the machine, and the machine's name."""

from collections.abc import Iterator
from dataclasses import replace

from textual.widget import Widget
from textual.widgets import Checkbox

from installer.draft import Draft
from installer.flow import Entry
from installer.question import QuestionId
from installer.secret import Secret
from installer.text import _
from screens.form import Form
from screens.widgets import Line, Push, Row, Tick

_SHOWN = "shown"


class UserPage(Form):
    """Full name, login name, host name, password twice."""

    question = QuestionId.USER
    heading = _("Who will use this machine?")
    help_text = _(
        "This makes the first account; it may use sudo. The login name is what you type "
        "when you log in: a-z, 0-9, - and _, at most 32 characters. The host name is "
        "how this machine is called on the network: letters, digits and -, at most 63. "
        "The password is typed twice, since it is not shown unless you tick the box."
    )

    def body(self) -> Iterator[Widget]:
        """The five entries."""
        before = self._before
        secret = before.password.reveal()
        again = before.password_again.reveal()
        yield Row(_("Full name"), Line(before.full_name, id=Entry.FULL_NAME), hint=_("optional"))
        yield Row(
            _("Login name"), Line(before.user_name, id=Entry.USER_NAME), hint=_("for example ada")
        )
        yield Row(_("Host name"), Line(before.host_name, id=Entry.HOST_NAME))
        yield Row(_("Password"), Line(secret, id=Entry.PASSWORD, password=True))
        yield Row(_("Password again"), Line(again, id=Entry.PASSWORD_AGAIN, password=True))
        yield Tick(_("Show the password"), id=_SHOWN, classes="above")
        yield Push(_("Continue"), id="continue", first=True)

    def on_mount(self) -> None:
        """From the top."""
        self.query_one(f"#{Entry.FULL_NAME}").focus()

    def on_checkbox_changed(self, message: Checkbox.Changed) -> None:
        """Show the passwords, or stop showing them."""
        for entry in (Entry.PASSWORD, Entry.PASSWORD_AGAIN):
            self.query_one(f"#{entry}", Line).password = not message.value

    def draft(self) -> Draft:
        """Names without blanks around them; passwords exactly as typed."""
        return replace(
            self._before,
            full_name=self.line(Entry.FULL_NAME).strip(),
            user_name=self.line(Entry.USER_NAME).strip(),
            host_name=self.line(Entry.HOST_NAME).strip(),
            password=Secret(self.line(Entry.PASSWORD)),
            password_again=Secret(self.line(Entry.PASSWORD_AGAIN)),
        )
