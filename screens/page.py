"""What all screens have in common: bar, heading, body, a line of words, keys, help."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.errors import NoWidget
from textual.geometry import Offset, Size
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from installer import VERSION
from installer.page_words import PageWords
from installer.question import QuestionId
from installer.text import N_, _
from screens.bars import Bar, KeyBar
from screens.help import Help, keys
from screens.leave import Leave
from screens.surface import Surface
from screens.widgets import Scrolled, Words

if TYPE_CHECKING:  # the first page is painted before these are loaded
    from installer.draft import Draft
    from installer.steps import Steps
    from screens.run_lines import RunLog


LEAST: Final = Size(40, 20)
"""The smallest terminal that all can be done on."""


class Page(Surface[None]):
    """One full screen of the installer. Posts to the app what the person wants; decides nothing."""

    AUTO_FOCUS = ""
    # Typed so by Textual.
    HORIZONTAL_BREAKPOINTS = [(0, "tiny"), (LEAST.width, "narrow"), (64, "wide"), (100, "broad")]  # noqa: RUF012
    """Columns, and the name that atomos.tcss has for screens from there on."""
    VERTICAL_BREAKPOINTS = [(0, "flat"), (LEAST.height, "tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", show=False),
        Binding("escape,f2", "back", show=False),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("f4", "steps", show=False),
        Binding("f3", "log", show=False),
        Binding("pageup", "scroll_body(-1)", show=False, priority=True),
        Binding("pagedown", "scroll_body(1)", show=False, priority=True),
    ]

    class Answered(Message):
        """This question is answered: on to the next."""

        def __init__(self, draft: "Draft") -> None:
            super().__init__()
            self.draft = draft

    class Back(Message):
        """To the question before, or `to` one; `draft` keeps what was typed here."""

        def __init__(self, draft: "Draft") -> None:
            super().__init__()
            self.draft = draft
            self.to: QuestionId | None = None

    class Change(Message):
        """Back to one question."""

        def __init__(self, question: QuestionId) -> None:
            super().__init__()
            self.question = question

    class LeaveTo(Message):
        """Out of the app."""

        def __init__(self, leave: Leave) -> None:
            super().__init__()
            self.leave = leave

    about: ClassVar[PageWords]
    program: ClassVar[str] = N_("AtomOS installer {version}")
    """What the first row says one is in."""
    follows_a_run: ClassVar[bool] = False
    log_lines: "RunLog | None" = None
    """What the tools printed, where there is a run to speak of."""
    steps: "Steps | None" = None
    """Where in the flow it is; None where it is in none."""

    def __init__(self, *, place: str = "") -> None:
        super().__init__()
        self._place = place
        self._left = False
        self._said = ""
        self._goal: QuestionId | None = None
        """Where to go back to; None: to the question before."""

    def body(self) -> Iterator[Widget]:
        """The widgets between heading and keys."""
        raise NotImplementedError

    def keys(self) -> tuple[tuple[str, str], ...]:
        """Keys worth naming in the last row, besides F1."""
        return ((_("Enter"), _("Choose")), (_("Esc"), _("Back")), (_("Ctrl+Q"), _("Shell")))

    def compose(self) -> ComposeResult:
        """The frame around the body."""
        yield Bar(_(self.program).format(version=VERSION), self._place)
        yield Words(_(self.about.heading), id="heading")
        with Vertical(id="body"):
            if self.steps is not None and self.steps.all:
                from screens.steps import Sidebar

                yield Sidebar(self.steps)
            yield from self.body()
        yield Words(id="says")
        needs = _("This terminal is too small: it takes {columns} columns and {rows} rows.")
        yield Words(needs.format(columns=LEAST.width, rows=LEAST.height), id="too-small")
        steps = ((_("F4"), _("Steps")),) if self._can_jump else ()
        yield KeyBar(((_("F1"), _("Help")), *steps, *self.keys()))

    def leave(self, message: Message) -> None:
        """Post what ends this page, once: a second Enter, pressed too soon, must not count."""
        if not self._left:
            self._left = True
            if isinstance(message, self.Back):
                message.to = self._goal
            self.post_message(message)

    def say(self, words: str, *, danger: bool = False) -> None:
        """One line above the keys."""
        self._said = words
        says = self.query_one("#says", Words)
        says.set_class(danger and bool(words), "danger")
        says.update(words or self._more)

    @property
    def _more(self) -> str:
        """Said where a page is longer than the screen: a button may be out of sight."""
        body = self.query_one("#body")
        return _("Down: more below") if body.scroll_y < body.max_scroll_y else ""

    def _tell_more(self) -> None:
        if not self._said:
            # One line, for which there always is room: no layout.
            self.query_one("#says", Words).update(self._more, layout=False)

    def action_help(self) -> None:
        """F1."""
        self.app.push_screen(Help(_(self.about.heading), keys().fill(self.about.help)))

    def action_back(self) -> None:
        """Esc or F2; pages with a page before them say how."""

    def action_steps(self) -> None:
        """F4: back to which of the finished steps?"""
        if self.steps is not None and self._can_jump and not self._left:
            from screens.steps import StepList

            self.app.push_screen(StepList(self.steps), self._go_back_to)

    def _go_back_to(self, question: QuestionId | None) -> None:
        if question is not None:
            self._goal = question
            self.action_back()
            self._goal = None

    @property
    def _can_jump(self) -> bool:
        return self.steps is not None and bool(self.steps.finished)

    def action_log(self) -> None:
        """F3: what the tools printed."""
        if self.log_lines is not None:
            from screens.run_log import LogScreen

            self.app.push_screen(LogScreen(self.log_lines))

    def action_scroll_body(self, pages: int) -> None:
        """Page up and page down, on pages with something that scrolls."""
        for scrolled in self.walk_children(Scrolled):
            scrolled.turn(pages)
        self.paint_at_once()

    def on_mount(self) -> None:
        """Whatever moves what has the focus, a problem above it or a scroll, moves the cursor."""
        self.screen_layout_refresh_signal.subscribe(self, self._laid_out, immediate=True)
        self.watch(self.query_one("#body"), "scroll_y", self._tell_more, init=False)

    def _laid_out(self, _screen: Screen[object]) -> None:
        self._tell_more()
        self._point_again()

    def watch_focused(self, _before: Widget | None, widget: Widget | None) -> None:
        """Keep the hardware cursor on what has the focus: screen readers read what is there.

        At once, so that it moves with the paint of what has the focus and needs none of its own.
        """
        if widget is not None:
            self._point_at(widget)

    def on_screen_resume(self) -> None:
        """A dialog is gone: the cursor belongs to this page again."""
        self.call_after_refresh(self._point_again)

    def _point_again(self) -> None:
        # The place of a widget is known only after the layout, which has painted by then.
        focused = self.focused
        if focused is None or self.app.screen is not self:
            return  # what lies over this page has the cursor
        if self._is_out_of_sight(focused):
            # The page has grown since it got the focus: a problem is told above it.
            focused.scroll_visible(animate=False, immediate=True)
        if self._point_at(focused):
            self.show_cursor()

    def _is_out_of_sight(self, widget: Widget) -> bool:
        try:
            return not self.find_widget(widget).visible_region
        except NoWidget:
            return False

    def _point_at(self, widget: Widget) -> bool:
        """Whether the cursor's place changed. A line of text keeps it by itself."""
        if isinstance(widget, Input):
            place = widget.cursor_screen_offset
        else:
            place = Offset(*widget.content_region.offset)
        moved = self.app.cursor_position != place
        self.app.cursor_position = place
        return moved
