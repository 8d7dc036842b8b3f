"""One line for the passphrase of a disk that is encrypted."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from textual.widget import Widget

from installer.draft import Draft
from installer.entry_words import disk_passphrase_words, label
from installer.flow import Entry
from installer.printable import printable
from installer.question import QuestionId
from installer.secret import Secret
from installer.text import _
from screens.form import SHOWN, Form
from screens.widgets import Line, Push, Row, Tick, Words


class DiskPassphrasePage(Form):
    """Which disk, which passphrase, the line. Whether it is tried here is for the pages to say."""

    question = QuestionId.UNLOCK
    secrets = (Entry.DISK_PASSPHRASE,)
    button: ClassVar[str]

    def body(self) -> Iterator[Widget]:
        """Which disk, and one line."""
        there, which = disk_passphrase_words(self._before)
        yield Words(there)
        yield Words(f"  {printable(self._before.disk_name)}", classes="strong spaced")
        yield Words(which, classes="spaced")
        secret = self._before.disk_passphrase.reveal()
        yield Row(
            label(Entry.DISK_PASSPHRASE), Line(secret, id=Entry.DISK_PASSPHRASE, password=True)
        )
        yield Tick(_("Show the passphrase"), id=SHOWN, classes="above")
        yield Push(_(self.button), id="continue", first=True)

    def on_mount(self) -> None:
        """There is only one."""
        self.query_one(f"#{Entry.DISK_PASSPHRASE}").focus()

    def draft(self) -> Draft:
        """Exactly as typed."""
        return replace(self._before, disk_passphrase=Secret(self.line(Entry.DISK_PASSPHRASE)))
