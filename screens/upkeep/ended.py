"""How it ended: written, or why not."""

from collections.abc import Iterator

from textual.widget import Widget

from installer.passage import Passage, Tone
from installer.printable import printable
from installer.text import _
from installer.upkeep import page_words
from screens.leave import Leave
from screens.run_lines import RunLog
from screens.upkeep.base import UpkeepPage
from screens.widgets import Item, Push, Scrolled, Words, words_of


class WrittenPage(UpkeepPage):
    """`words` say what was done; `restarts`: it takes a restart to come to it."""

    about = page_words.DONE

    def __init__(
        self, words: str, notices: tuple[str, ...], lines: RunLog, *, restarts: bool
    ) -> None:
        super().__init__()
        self._words = words
        self._notices = notices
        self._restarts = restarts
        self.log_lines = lines

    def body(self) -> Iterator[Widget]:
        """That it is done, what was noticed, and how to go on."""
        yield Words(self._words, classes="good spaced")
        with Scrolled():
            for notice in self._notices:
                yield Words(f"- {printable(notice)}", classes="notice")
        yield Push(_("Back to the status"), id="status", first=True)
        if self._restarts:
            yield Push(_("Restart the machine"), id="reboot")

    def keys(self) -> tuple[tuple[str, str], ...]:
        """F3 shows what the tools printed."""
        return ((_("Enter"), _("Choose")), (_("F3"), _("Log")), (_("Ctrl+Q"), _("Shell")))

    def on_mount(self) -> None:
        """Nobody's machine is restarted by an Enter too many."""
        self.query_one("#status").focus()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """Back, or out of the app, whose caller restarts the machine."""
        if message.item.id == "reboot":
            self.leave(self.LeaveTo(Leave.REBOOT))
        else:
            self.action_back()


class TroublePage(UpkeepPage):
    """Everything that was in the way, each with what can be done."""

    about = page_words.TROUBLE

    def __init__(self, passages: tuple[Passage, ...], lines: RunLog | None = None) -> None:
        super().__init__()
        self._passages = passages
        self.log_lines = lines

    def body(self) -> Iterator[Widget]:
        """All of it."""
        with Scrolled():
            for passage in self._passages:
                words = words_of(passage)
                words.set_class(passage.tone is Tone.STRONG, "above")
                yield words
        yield Push(_("Back to the status"), id="status", first=True)

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
        """There is one way."""
        self.query_one("#status").focus()

    def on_item_chosen(self, _message: Item.Chosen) -> None:
        """Back."""
        self.action_back()
