"""A box over the page: words, and one or two answers."""

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget

from screens.surface import Surface
from screens.widgets import Item, Push, Words

_Answer = TypeVar("_Answer")


class Box(Surface[_Answer], ModalScreen[_Answer]):
    """Whatever lies over a page and has the focus meanwhile."""

    def watch_focused(self, _before: Widget | None, widget: Widget | None) -> None:
        """The hardware cursor follows, as on every page."""
        if widget is not None:
            self.app.cursor_position = widget.content_region.offset

    def on_screen_resume(self) -> None:
        """What lay over this one is gone."""
        self.call_after_refresh(self._point)

    def _point(self) -> None:
        if self.focused is not None:
            self.app.cursor_position = self.focused.content_region.offset
            self.show_cursor()


class Dialog(Box[bool]):
    """Asks yes or no; the first answer is "no", has the focus, and is what Esc means."""

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f2", "answer(False)", show=False),
        Binding("up,left", "move(-1)", show=False, priority=True),
        Binding("down,right", "move(1)", show=False, priority=True),
        Binding("pageup", "turn(-1)", show=False, priority=True),
        Binding("pagedown", "turn(1)", show=False, priority=True),
    ]

    def __init__(self, heading: str, words: str, *, no: str, yes: str | None = None) -> None:
        super().__init__()
        self._heading = heading
        self._words = words
        self._no = no
        self._yes = yes

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical(id="box"):
            yield Words(self._heading, classes="strong")
            yield Words(self._words, classes="spaced")
            yield Push(self._no, id="no")
            if self._yes is not None:
                yield Push(self._yes, id="yes")

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """An answer."""
        self.dismiss(message.item.id == "yes")

    def action_turn(self, pages: int) -> None:
        """Page up and page down: on small screens a help is longer than they are."""
        rows = pages * max(1, self.size.height - 1)
        self.scroll_relative(y=rows, animate=False, force=True, immediate=True)

    def action_answer(self, answer: bool) -> None:
        """Esc."""
        self.dismiss(answer)
