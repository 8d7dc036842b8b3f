"""The passphrase of the encrypted disk whose data are kept."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from textual.message import Message

from installer.draft import Draft
from installer.errors import Refused
from installer.flow import Entry
from installer.printable import printable
from installer.question import QuestionId
from installer.secret import Secret
from installer.text import N_, _, ngettext
from screens.background import WorkFailed, in_background
from screens.disk_passphrase import DiskPassphrasePage
from screens.widgets import Line, Row

TRIES: Final = 3


class UnlockPage(DiskPassphrasePage):
    """Tries the passphrase on the disk before it goes on."""

    heading = N_("Unlock the data that are kept")
    help_text = N_(
        "The data can be kept only when the disk can be opened. Its passphrase is the one that "
        "AtomOS asks for when it starts; the recovery key, hyphens included, opens it as well. "
        "It is tried on the disk, which changes nothing there, and it stays the passphrase. "
        "Without it the disk can only be erased: Esc leads back."
    )
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

    def why(self) -> str:
        """See DiskPassphrasePage."""
        return _("The data on this disk are encrypted:")

    def which(self) -> str:
        """See DiskPassphrasePage."""
        return _("Type the passphrase that AtomOS asks for when it starts from there.")

    def answered(self, draft: Draft) -> None:
        """Try it, beside the app: a good key derivation takes seconds."""
        self.say(_("Trying the passphrase. This takes some seconds ..."))
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
        if not isinstance(error, Refused) or not _is_wrong_passphrase(error):
            return
        message.stop()
        self._tries_left -= 1
        disk = printable(self._before.disk_name)
        if not self._tries_left:
            words = _("! Three wrong passphrases for {disk}; nothing on it has changed.")
            draft = replace(self._before, disk_passphrase=Secret(""))
            self.leave(self.GaveUp(draft, words.format(disk=disk)))
            return
        wrong = ngettext(
            "That does not open it. {count} try is left.",
            "That does not open it. {count} tries are left.",
            self._tries_left,
        )
        self.query_one(Row).say(wrong.format(count=self._tries_left))
        line = self.query_one(f"#{Entry.DISK_PASSPHRASE}", Line)
        if line.password:
            line.clear()  # nobody mends what they do not see
        line.focus()


def _is_wrong_passphrase(refusal: Refused) -> bool:
    return all(problem.question is QuestionId.UNLOCK for problem in refusal.problems)
