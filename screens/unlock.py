"""The passphrase of the encrypted disk whose data are kept."""

from collections.abc import Callable
from dataclasses import replace

from textual.message import Message

from installer import page_words
from installer.draft import Draft
from installer.entry_words import WAIT_FOR_UNLOCKING
from installer.errors import Refused
from installer.flow import Entry
from installer.secret import Secret
from installer.text import N_, _
from installer.unlocking import TRIES, gave_up_words, is_wrong_passphrase, tries_left_words
from screens.background import WorkFailed, in_background
from screens.disk_passphrase import DiskPassphrasePage
from screens.widgets import Line, Row


class UnlockPage(DiskPassphrasePage):
    """Tries the passphrase on the disk before it goes on."""

    about = page_words.UNLOCK
    button = N_("Unlock")

    class Opened(Message):
        """The passphrase opens the disk, and its data can be kept."""

        def __init__(self, draft: Draft) -> None:
            super().__init__()
            self.draft = draft

    class GaveUp(Message):
        """It was wrong too often."""

        def __init__(self, draft: Draft, words: str) -> None:
            super().__init__()
            self.draft = draft
            self.words = words

    def __init__(self, draft: Draft, look: Callable[[Draft], object], *, place: str) -> None:
        """`look` raises Refused when the passphrase is wrong, or the data cannot be kept."""
        super().__init__(draft, place=place)
        self._look = look
        self._tries_left = TRIES
        self._trying = False

    def answered(self, draft: Draft) -> None:
        """Try it, beside the app: a good key derivation takes seconds."""
        self.say(_(WAIT_FOR_UNLOCKING))
        if self._trying:
            return
        self._trying = True

        def look() -> Message:
            self._look(draft)
            return self.Opened(draft)

        in_background(self, look)

    def on_unlock_page_opened(self, message: Opened) -> None:
        """On."""
        self.leave(self.Answered(message.draft))

    def on_work_failed(self, message: WorkFailed) -> None:
        """A wrong passphrase is told here; whatever else it was, the app tells."""
        self._trying = False
        self.say("")
        error = message.error
        if not isinstance(error, Refused) or not is_wrong_passphrase(error):
            return
        message.stop()
        self._tries_left -= 1
        if not self._tries_left:
            draft = replace(self._before, disk_passphrase=Secret(""))
            self.leave(self.GaveUp(draft, gave_up_words(draft)))
            return
        self.query_one(Row).say(tries_left_words(self._tries_left))
        line = self.query_one(f"#{Entry.DISK_PASSPHRASE}", Line)
        if line.password:
            line.clear()  # nobody mends what they do not see
        line.focus()


class UnlockSlotPage(UnlockPage):
    """The same, where the system on the disk is what is installed."""

    about = page_words.UNLOCK_SLOT
