"""The installation failed: what, where, the tool's own words, and what can be done."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from textual.message import Message
from textual.widget import Widget

from installer.errors import InstallError
from installer.events import RunFailed, RunInterrupted
from installer.flow import Question
from installer.printable import printable, printable_lines
from installer.text import N_, _
from screens.leave import Leave
from screens.page import Page
from screens.run_log import RunLog
from screens.run_picture import RunPicture
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

    @classmethod
    def of_run(cls, event: RunFailed | RunInterrupted, picture: RunPicture) -> Self:
        """Of a run that came to no end."""
        step, written = picture.sentence_of(event.id), picture.has_begun
        if isinstance(event, RunInterrupted):
            return cls(what=_("The installation was stopped."), step=step, written=written)
        return cls(
            what=event.what,
            step=step,
            device=event.device,
            tool_words=event.tool_words,
            way_out=event.way_out,
            written=written,
        )

    @classmethod
    def of_error(cls, error: InstallError, *, written: bool) -> Self:
        """Of whatever else did not work out."""
        return cls(
            what=error.what,
            device=error.device or "",
            tool_words=error.tool_words,
            way_out=error.way_out,
            written=written,
        )


class FailedPage(Page):
    """Try again, start over, or a shell."""

    heading = N_("The installation did not get through")
    help_text = N_(
        "Trying again goes on where it ended: what is done is looked at and not done again. "
        "Starting over does everything anew, and asks all questions with the answers they have. "
        "Both ask you once more before anything is written. F3 shows all that the tools "
        'printed. In the shell, type "exit" to come back.'
    )

    class TryAgain(Message):
        """Plan anew and ask anew."""

    class StartOver(Message):
        """From the first question, and from the first step."""

    def __init__(
        self,
        failure: Failure,
        lines: RunLog | None = None,
        *,
        question: Question | None = None,
        may_start_over: bool = False,
    ) -> None:
        """`question`: whose answer may be why. `may_start_over`: there are answers to use again."""
        super().__init__()
        self._failure = failure
        self._question = question
        self._may_start_over = may_start_over
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
        if self._question is not None:
            change = _("Change: {screen}").format(screen=self._question.title)
            yield Push(change, id="change", first=True)
        yield Push(_("Try again"), id="again", first=self._question is None)
        if self._may_start_over:
            yield Push(_("Start over"), id="start-over")
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
        self.query(Push).first().focus()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """Again, anew, or out."""
        match message.item.id:
            case "again":
                self.leave(self.TryAgain())
            case "start-over":
                self.leave(self.StartOver())
            case "change" if self._question is not None:
                self.leave(self.Change(self._question.id))
            case _:
                self.leave(self.LeaveTo(Leave.SHELL))
