"""The installation failed: what, where, the tool's own words, and what can be done."""

from collections.abc import Iterator
from dataclasses import dataclass

from textual.message import Message
from textual.widget import Widget

from installer.printable import printable, printable_lines
from installer.text import _
from screens.leave import Leave
from screens.page import Page
from screens.run_log import RunLog
from screens.widgets import Item, Push, Scrolled, Words


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What a person is told of it."""

    what: str
    step: str = ""
    device: str = ""
    tool_words: str = ""
    way_out: str = ""
    written: bool = True
    """Whether something may have been written before."""


class FailedPage(Page):
    """Try again, or a shell."""

    heading = _("The installation did not get through")
    help_text = _(
        "Trying again makes a new plan and asks you once more before it writes. F3 shows "
        'all that the tools printed. In the shell, type "exit" to come back.'
    )

    class TryAgain(Message):
        """Plan anew and ask anew."""

    def __init__(self, failure: Failure, lines: RunLog | None = None) -> None:
        super().__init__()
        self._failure = failure
        self.log_lines = lines

    def body(self) -> Iterator[Widget]:
        """The four things a person needs, then the choice."""
        failure = self._failure
        with Scrolled():
            yield Words(printable(failure.what), classes="danger spaced")
            if failure.step:
                yield Words(_("While doing: {step}").format(step=printable(failure.step)))
            if failure.device:
                yield Words(_("On device:   {device}").format(device=printable(failure.device)))
            if failure.tool_words:
                yield Words(_("The tool's own words:"), classes="strong above")
                yield Words(printable_lines(failure.tool_words), classes="under")
            if failure.way_out:
                yield Words(_("What you can do:"), classes="strong above")
                yield Words(printable(failure.way_out), classes="under")
        if failure.written:
            yield Words(_("The disk may hold a part of the new system only."))
        else:
            yield Words(_("Nothing has been written."))
        yield Push(_("Try again"), id="again", first=True)
        yield Push(_("Leave to a shell"), id="shell")

    def keys(self) -> tuple[tuple[str, str], ...]:
        """F3 only where there is a log."""
        log = ((_("F3"), _("Log")),) if self.log_lines is not None else ()
        return (
            (_("Enter"), _("Choose")),
            *log,
            (_("PgUp PgDn"), _("Read")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def on_mount(self) -> None:
        """Trying again asks before it writes, so it is safe to begin with."""
        self.query_one("#again").focus()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """Again, or out."""
        if message.item.id == "again":
            self.leave(self.TryAgain())
        else:
            self.leave(self.LeaveTo(Leave.SHELL))
