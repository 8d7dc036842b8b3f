"""The installation failed: what, where, the tool's own words, and what can be done."""

from collections.abc import Iterator

from textual.message import Message
from textual.widget import Widget

from installer import page_words
from installer.failure import Failure
from installer.flow import Question
from installer.passage import Tone
from installer.refusal_words import change_words
from installer.text import _
from screens.leave import Leave
from screens.page import Page
from screens.run_lines import RunLog
from screens.widgets import Item, Push, Scrolled, Words, words_of


class FailedPage(Page):
    """Try again, start over, or a shell."""

    about = page_words.FAILED

    class TryAgain(Message):
        """Plan anew and ask anew."""

    class StartOver(Message):
        """From the first question, and from the first step."""

    class SaveLog(Message):
        """The person wants the log as a file."""

    def __init__(
        self,
        failure: Failure,
        lines: RunLog | None = None,
        *,
        question: Question | None = None,
        may_start_over: bool = False,
        can_save: bool = False,
    ) -> None:
        """`question`: whose answer may be why. `may_start_over`: there are answers to use again.
        `can_save`: there is somebody to write the log."""
        super().__init__()
        self._can_save = can_save
        self._failure = failure
        self._question = question
        self._may_start_over = may_start_over
        self.log_lines = lines

    def body(self) -> Iterator[Widget]:
        """The four things a person needs, then the choice."""
        failure = self._failure
        with Scrolled():
            for passage in failure.told():
                words = words_of(passage)
                words.set_class(passage.tone is Tone.STRONG, "above")
                yield words
        yield Words(failure.state_of_the_disk())
        if self._question is not None:
            yield Push(change_words(self._question), id="change", first=True)
        yield Push(_("Try again"), id="again", first=self._question is None)
        if self._may_start_over:
            yield Push(_("Start over"), id="start-over")
        if self._can_save:
            yield Push(_("Save the log"), id="save-log")
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
            case "save-log":
                self.post_message(self.SaveLog())
            case "change" if self._question is not None:
                self.leave(self.Change(self._question.id))
            case _:
                self.leave(self.LeaveTo(Leave.SHELL))
