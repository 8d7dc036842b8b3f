"""The passphrase of the disk that Recovery is on, whose slots nobody has opened yet."""

from collections.abc import Iterator

from textual.message import Message
from textual.widget import Widget
from textual.widgets import Checkbox

from installer.entry_words import label
from installer.flow import Entry
from installer.printable import printable
from installer.secret import Secret
from installer.text import N_, _
from installer.upkeep import page_words
from installer.upkeep.system import System
from screens.form import SHOWN
from screens.upkeep.base import LinePage
from screens.widgets import Line, Push, Row, Tick, Words


class UnlockDiskPage(LinePage):
    """Which disk, and one line. Whether it opens it is for the app to say."""

    about = page_words.UNLOCK
    empty = N_("Type the passphrase of this disk, or its recovery key.")

    class Typed(Message):
        """That passphrase."""

        def __init__(self, passphrase: Secret) -> None:
            super().__init__()
            self.passphrase = passphrase

    def __init__(self, system: System) -> None:
        super().__init__()
        self._disk_name = system.running.disk.name

    def body(self) -> Iterator[Widget]:
        """As where an installation asks for it."""
        yield Words(_("The slots of this disk are encrypted:"))
        yield Words(f"  {printable(self._disk_name)}", classes="strong spaced")
        yield Row(label(Entry.DISK_PASSPHRASE), Line("", id="passphrase", password=True))
        yield Tick(_("Show the passphrase"), id=SHOWN, classes="above")
        yield Push(_("Unlock"), id="unlock", first=True)
        yield Push(_("Back"), id="back")

    def on_mount(self) -> None:
        """There is only one."""
        self.query_one("#passphrase").focus()

    def on_checkbox_changed(self, message: Checkbox.Changed) -> None:
        """Show it, or stop showing it."""
        self.query_one("#passphrase", Line).password = not message.value

    def typed(self, text: str) -> Message:
        """As it is."""
        return self.Typed(Secret(text))
