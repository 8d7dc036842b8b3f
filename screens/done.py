"""The installation is done: what is on the disk, and how to go on."""

from collections.abc import Iterator

from textual.message import Message
from textual.widget import Widget

from installer.durations import clock_time
from installer.layout import Role
from installer.printable import printable
from installer.session import Plan
from installer.text import N_, _
from screens.leave import Leave
from screens.page import Page
from screens.partitions import partition_lines
from screens.run_log import RunLog
from screens.run_picture import RunPicture
from screens.widgets import Item, Push, Scrolled, Words


class DonePage(Page):
    """`plan` is known when the run was started from these screens, not when it was joined."""

    heading = N_("AtomOS is installed")
    help_text = N_(
        "Everything was written and read back. Take the installation medium out when "
        "the machine starts anew, or it may start the installer again. The boot menu "
        "offers Root A, Root B and, where it was made, Recovery. F3 shows what the tools "
        "printed."
    )

    class OnceMore(Message):
        """Install again, from the first question."""

    def __init__(
        self, picture: RunPicture, lines: RunLog, *, plan: Plan | None, user: str, seconds: float
    ) -> None:
        super().__init__()
        self._picture = picture
        self._plan = plan
        self._user = user
        self._seconds = seconds
        self.log_lines = lines

    def body(self) -> Iterator[Widget]:
        """Disk, contents, notices, what next."""
        disk = printable(self._picture.disk)
        told = _("{disk} was written and checked, in {time}.")
        yield Words(told.format(disk=disk, time=clock_time(self._seconds)), classes="good spaced")
        with Scrolled():
            yield Words(_("What is on it"), classes="strong")
            yield Words(self._contents(), classes="spaced")
            for notice in self._picture.notices:
                yield Words(f"- {printable(notice)}", classes="notice")
        yield Words(self._next())
        yield Push(_("Restart the machine"), id="reboot", first=True)
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
        leave = Leave.REBOOT if message.item.id == "reboot" else Leave.SHELL
        self.leave(self.LeaveTo(leave))

    def _contents(self) -> str:
        if self._plan is not None:
            return partition_lines(self._plan.table)
        return "\n".join(f"- {printable(each.step.sentence)}" for each in self._picture.steps)

    def _next(self) -> str:
        words = [_("Restart, and take the installation medium out.")]
        if self._plan is not None and self._plan.table.find(Role.LUKS) is not None:
            words.append(_("The passphrase is asked for at every start."))
        if self._user:
            words.append(_("Then log in as {user}.").format(user=self._user))
        elif self._plan is not None:
            words.append(_("Then log in as before."))
        return " ".join(words)
