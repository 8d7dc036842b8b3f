"""What the tools printed during a run, kept for F3."""

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Log

from installer.text import _
from screens.bars import KeyBar
from screens.cells import hanging
from screens.run_lines import KEPT, RunLog
from screens.surface import Surface
from screens.widgets import Words

_LOOK_SECONDS: Final = 0.5


class LogScreen(Surface[None], ModalScreen[None]):
    """The log over the page, growing while one looks."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f2,f3,enter", "dismiss", show=False),
        Binding("up", "scroll(-1)", show=False, priority=True),
        Binding("down", "scroll(1)", show=False, priority=True),
        Binding("pageup", "scroll(-15)", show=False, priority=True),
        Binding("pagedown", "scroll(15)", show=False, priority=True),
    ]

    def __init__(self, lines: RunLog) -> None:
        super().__init__()
        self._log_lines = lines
        self._seen = 0

    def compose(self) -> ComposeResult:
        """Heading, lines, keys."""
        yield Words(_("What the tools printed"), id="heading")
        yield Log(max_lines=KEPT)
        yield KeyBar(((_("Esc"), _("Back")), (_("PgUp PgDn"), _("Scroll"))))

    def on_mount(self) -> None:
        """Show what there is, and go on looking."""
        self.query_one(Log).can_focus = False
        self._look()
        self.set_interval(_LOOK_SECONDS, self._look)

    def action_scroll(self, lines: int) -> None:
        """By lines; new lines pull the view along only when it is at the end."""
        self.query_one(Log).scroll_relative(y=lines, animate=False, force=True, immediate=True)
        self.paint_at_once()

    def _look(self) -> None:
        new, self._seen = self._log_lines.since(self._seen)
        if new:
            # Textual's Log breaks no line, and what is beyond the edge nobody could read.
            width = max(1, self.size.width - 4)
            self.query_one(Log).write_lines(row for line in new for row in hanging(line, width))
