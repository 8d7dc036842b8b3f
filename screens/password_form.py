"""What the pages have in common that ask for the first user's password: two lines and a box."""

from collections.abc import Iterator
from dataclasses import replace

from textual.widget import Widget

from installer.draft import Draft
from installer.entry_words import label
from installer.flow import Entry
from installer.question import QuestionId
from installer.secret import Secret
from installer.text import _
from screens.form import SHOWN, Form
from screens.widgets import Line, Push, Row, Tick


class PasswordForm(Form):
    """The end of a form: the password twice, and Continue."""

    question = QuestionId.USER
    secrets = (Entry.PASSWORD, Entry.PASSWORD_AGAIN)

    def password_lines(self) -> Iterator[Widget]:
        """With what was typed before."""
        secret, again = self._before.password.reveal(), self._before.password_again.reveal()
        yield Row(label(Entry.PASSWORD), Line(secret, id=Entry.PASSWORD, password=True))
        yield Row(label(Entry.PASSWORD_AGAIN), Line(again, id=Entry.PASSWORD_AGAIN, password=True))
        yield Tick(_("Show the password"), id=SHOWN, classes="above")
        yield Push(_("Continue"), id="continue", first=True)

    def draft(self) -> Draft:
        """Exactly as typed."""
        return replace(
            self._before,
            password=Secret(self.line(Entry.PASSWORD)),
            password_again=Secret(self.line(Entry.PASSWORD_AGAIN)),
        )
