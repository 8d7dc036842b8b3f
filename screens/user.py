"""The first account of the machine, and the machine's name."""

from collections.abc import Iterator
from dataclasses import replace

from textual.widget import Widget

from installer.draft import Draft
from installer.flow import Entry
from installer.text import N_, _
from screens.password_form import PasswordForm
from screens.widgets import Line, Row


class UserPage(PasswordForm):
    """Full name, login name, host name, password twice."""

    heading = N_("Who will use this machine?")
    help_text = N_(
        "This makes the first account; it may use sudo. The login name is what you type "
        "when you log in: a-z, 0-9, - and _, at most 32 characters. The host name is "
        "how this machine is called on the network: letters, digits and -, at most 63. "
        "The password is typed twice, since it is not shown unless you tick the box."
    )

    def body(self) -> Iterator[Widget]:
        """The five entries."""
        before = self._before
        yield Row(_("Full name"), Line(before.full_name, id=Entry.FULL_NAME), hint=_("optional"))
        yield Row(
            _("Login name"), Line(before.user_name, id=Entry.USER_NAME), hint=_("for example ada")
        )
        yield Row(_("Host name"), Line(before.host_name, id=Entry.HOST_NAME))
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
