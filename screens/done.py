"""The installation is done: what is on the disk, and how to go on."""

from collections.abc import Iterator

from textual.message import Message
from textual.widget import Widget

from installer import page_words
from installer.done_words import done_words, next_words
from installer.partition_lines import partition_lines
from installer.printable import printable
from installer.session import Plan
from installer.start_menu_words import menu_heading, menu_picture
from installer.text import _
from screens.leave import Leave
from screens.page import Page
from screens.run_lines import RunLog
from screens.run_picture import RunPicture
from screens.widgets import Item, Push, Scrolled, Words


class DonePage(Page):
    """`plan` is known when the run was started from these screens, not when it was joined."""

    about = page_words.DONE

    class OnceMore(Message):
        """Install again, from the first question."""

    class Save(Message):
        """The person wants the answers as a file."""

    def __init__(
        self,
        picture: RunPicture,
        lines: RunLog,
        *,
        plan: Plan | None,
        user: str,
        seconds: float,
        can_save: bool = False,
    ) -> None:
        super().__init__()
        self._can_save = can_save
        self._picture = picture
        self._plan = plan
        self._user = user
        self._seconds = seconds
        self.log_lines = lines

    def body(self) -> Iterator[Widget]:
        """Disk, menu, notices, contents, what next."""
        yield Words(done_words(self._picture.disk, self._seconds), classes="good spaced")
        with Scrolled():
            if self._plan is not None:
                yield Words(menu_heading(), classes="strong")
                yield Words(menu_picture(self._plan.table), classes="spaced")
            for notice in self._picture.notices:
                yield Words(f"- {printable(notice)}", classes="notice")
            # Last, since it was in the plan: not all of it has room on small screens.
            yield Words(_("What is on it"), classes="strong above")
            yield Words(self._contents())
        yield Words(next_words(self._plan, self._user))
        yield Push(_("Restart the machine"), id="reboot", first=True)
        if self._can_save:
            yield Push(_("Save the answers"), id="save")
        yield Push(_("Leave to a shell"), id="shell")
        if self._plan is None:
            # A run of another person or of another time: this one may want a run of their own.
            yield Push(_("Install once more"), id="again")

    def keys(self) -> tuple[tuple[str, str], ...]:
        """No way back from here."""
        return ((_("Enter"), _("Choose")), (_("F3"), _("Log")), (_("Ctrl+Q"), _("Shell")))

    def on_mount(self) -> None:
        """Restarting is what most want."""
        self.query_one("#reboot").focus()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """Out of the app, whose caller restarts the machine; or anew."""
        if message.item.id == "again":
            self.leave(self.OnceMore())
            return
        if message.item.id == "save":
            self.post_message(self.Save())
            return
        leave = Leave.REBOOT if message.item.id == "reboot" else Leave.SHELL
        self.leave(self.LeaveTo(leave))

    def _contents(self) -> str:
        if self._plan is not None:
            return partition_lines(self._plan.table)
        return "\n".join(f"- {printable(each.step.sentence)}" for each in self._picture.steps)
