"""The passphrase of the encrypted disk whose data are kept."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from textual.message import Message
from textual.widget import Widget
from textual.widgets import Checkbox

from installer.draft import Draft
from installer.errors import Refused
from installer.flow import Entry
from installer.printable import printable
from installer.question import QuestionId
from installer.secret import Secret
from installer.text import _, ngettext
from screens.background import WorkFailed, in_background
from screens.form import Form
from screens.widgets import Line, Push, Row, Tick, Words

TRIES: Final = 3
_SHOWN: Final = "shown"


class UnlockPage(Form):
    """Tries the passphrase on the disk before it goes on."""

    question = QuestionId.UNLOCK
    heading = _("Unlock the data that are kept")
    help_text = _(
        "The data can be kept only when the disk can be opened. Its passphrase is the one that "
        "AtomOS asks for when it starts; the recovery key, hyphens included, opens it as well. "
        "It is tried on the disk, which changes nothing there, and it stays the passphrase. "
        "Without it the disk can only be erased: Esc leads back."
    )

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

    def body(self) -> Iterator[Widget]:
        """Which disk, and one line."""
        disk = printable(self._before.disk_name)
        yield Words(_("The data on this disk are encrypted:"))
        yield Words(f"  {disk}", classes="strong spaced")
        yield Words(
            _("Type the passphrase that AtomOS asks for when it starts from there."),
            classes="spaced",
        )
        secret = self._before.disk_passphrase.reveal()
        yield Row(_("Passphrase"), Line(secret, id=Entry.DISK_PASSPHRASE, password=True))
        yield Tick(_("Show the passphrase"), id=_SHOWN, classes="above")
        yield Push(_("Unlock"), id="continue", first=True)

    def on_mount(self) -> None:
        """There is only one."""
        self.query_one(f"#{Entry.DISK_PASSPHRASE}").focus()

    def on_checkbox_changed(self, message: Checkbox.Changed) -> None:
        """Show the passphrase, or stop showing it."""
        self.query_one(f"#{Entry.DISK_PASSPHRASE}", Line).password = not message.value

    def draft(self) -> Draft:
        """Exactly as typed."""
        return replace(self._before, disk_passphrase=Secret(self.line(Entry.DISK_PASSPHRASE)))

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
