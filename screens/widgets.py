"""The few widgets that the screens are made of.

Glyphs are ASCII and ``─│┌┐└┘├┤┼ ═║ █ ░`` only: the kernel's console fonts have no eighth blocks,
round corners or bullets, and only some have the half blocks of a QR code. State and focus are
always told by a character too, never by colour alone: ``>`` stands before what has the focus.
"""

from dataclasses import replace
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import Reactive
from textual.strip import Strip
from textual.style import Style
from textual.visual import VisualType
from textual.widgets import Checkbox, Input, Static

from installer.passage import Passage
from installer.text import _
from screens.cells import hanging
from screens.coloured import Coloured
from screens.one_line import drawn, fits, typed
from screens.surface import Surface

_LONGEST = 4096
"""Cells of a line: more than anybody types."""
_PROSE = 72
"""Cells of further rows of an item: 80 columns less the margins and the mark."""
_FOCUSED = "> "
_UNFOCUSED = "  "


class Words(Coloured, Static):
    """Text that is never read as markup: a model name may hold square brackets."""

    # There are none, and to look for their colours takes as long as the text.
    auto_links = Reactive(False, repaint=False)

    def __init__(self, text: str = "", *, id: str | None = None, classes: str = "") -> None:
        super().__init__(text, id=id, classes=classes, markup=False)

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """The same once more costs nothing."""
        if content != self.content:
            super().update(content, layout=layout)

    def render_line(self, y: int) -> Strip:
        """Most are one line, and drawn as one."""
        content, width = self.content, self.size.width
        if y == 0 and isinstance(content, str) and fits(content, width):
            return drawn(content, self.visual_style.rich_style)
        return super().render_line(y)


def words_of(passage: Passage) -> Words:
    """A passage with its weight."""
    marks = {passage.tone.value: True, "under": passage.under, "spaced": passage.ends}
    return Words(passage.text, classes=" ".join(mark for mark, there in marks.items() if there))


class Focusable(Coloured):
    """Whatever can have the focus. Its keys have their effect at once, and are painted with it."""

    auto_links = Reactive(False, repaint=False)  # as with Words

    def watch_has_focus(self, _has_focus: bool) -> None:
        """No rule of atomos.tcss has it look different with the focus: to look all of them up again
        takes a millisecond for each of the two widgets that a key moves the focus between."""

    async def on_key(self, event: Key) -> None:
        """Its own bindings come before those of what it is in: Textual has the key rise to the app,
        message by message, and looks them up there."""
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if await self.app.run_action(binding.action, self):
                event.stop()
                event.prevent_default()
                self.paint_at_once()
                return

    def paint_at_once(self) -> None:
        """What has changed."""
        if isinstance(self.screen, Surface):
            self.screen.paint_at_once()


class Lit(Focusable):
    """Shows its colours the other way round while it has the focus."""

    @property
    def visual_style(self) -> Style:
        """Of the text."""
        style = super().visual_style
        if not self.has_focus:
            return style
        return replace(style, background=style.foreground, foreground=style.background)

    @property
    def background_colors(self) -> tuple[Color, Color]:
        """Behind the widget, and of the widget around the text."""
        base, background = super().background_colors
        lit = self.visual_style.background if self.has_focus else None
        return base, lit or background

    def render_line(self, y: int) -> Strip:
        """Most are one line, and drawn as one."""
        content, width = self.render(), self.size.width
        if y == 0 and isinstance(content, Content) and fits(content.plain, width):
            return drawn(content.plain, self.visual_style.rich_style)
        return super().render_line(y)


class Item(Lit, Static, can_focus=True):
    """Something to choose with Enter: a button, or a row of a list."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "choose", show=False)]

    class Chosen(Message):
        """Enter was pressed on `item`."""

        def __init__(self, item: "Item") -> None:
            super().__init__()
            self.item = item

    def __init__(self, text: str, *, id: str | None = None, classes: str = "") -> None:
        super().__init__(text, id=id, classes=classes, markup=False)
        self._text = text

    def render(self) -> Content:
        """The text with its mark; further rows are indented like the first."""
        first, *rest = self._rows(self.content_size.width)
        mark = _FOCUSED if self.has_focus else _UNFOCUSED
        return Content("\n".join([mark + first, *(_UNFOCUSED + row for row in rest)]))

    def get_content_width(self, *_: object) -> int:
        """As wide as its longest row, mark included."""
        return len(_FOCUSED) + max(map(cell_len, self._rows(_LONGEST)))

    def get_content_height(self, _container: Size, _viewport: Size, width: int) -> int:
        """As many rows as it needs."""
        return len(self._rows(width))

    def _rows(self, width: int) -> list[str]:
        """Without the mark, for which there is room in `width`."""
        first, *rest = self._text.split("\n")
        room = (width or _LONGEST) - len(_FOCUSED)
        prose = min(room, _PROSE)
        return [*hanging(first, room), *(row for line in rest for row in hanging(line, prose))]

    def on_click(self) -> None:
        """By a mouse, where there is one."""
        if self.can_focus:
            self.action_choose()

    def action_choose(self) -> None:
        """Tell the page."""
        self.post_message(self.Chosen(self))


class Push(Item):
    """A button: ``[ Continue ]``; the first of a group stands off from what is above."""

    def __init__(self, label: str, *, id: str, first: bool = False) -> None:
        super().__init__(f"[ {label} ]", id=id, classes="first" if first else "")
        self._label = label

    def _rows(self, width: int) -> list[str]:
        """No bracket stands alone."""
        room = (width or _LONGEST) - len(_FOCUSED)
        first, *rest = hanging(self._label, room - len("[  ]"))
        rows = [f"[ {first}", *(f"  {row}" for row in rest)]
        return [*rows[:-1], f"{rows[-1]} ]"]


class Tick(Lit, Checkbox):
    """A check box that prints its state: ``[x]`` or ``[ ]``."""

    def render(self) -> Content:
        """Mark, box, label. Textual's own box differs by colour alone."""
        mark = _FOCUSED if self.has_focus else _UNFOCUSED
        box = "[x] " if self.value else "[ ] "
        return Content.assemble(mark, box, self.label)

    def get_content_width(self, *_: object) -> int:
        """Mark, box, label."""
        return len(_FOCUSED) + 4 + self.label.cell_length

    def get_content_height(self, _container: Size, _viewport: Size, width: int) -> int:
        """More lines where one is too short. Textual's own is a line high, and cuts its label."""
        return self.render().get_height({}, width)


class Pick(Item):
    """One of several, of which just one is chosen: ``(x)`` or ``( )``."""

    def __init__(self, label: str, *, value: str, picked: bool = False) -> None:
        super().__init__(label)
        self._label = label
        self.value = value
        self.pick(picked)

    def pick(self, picked: bool) -> None:
        """Show whether it is this one."""
        self.picked = picked
        self._text = f"({'x' if picked else ' '}) {self._label}"
        self.refresh(layout=True)


class Line(Focusable, Input):
    """One line of text to type; a password shows ``*``."""

    # How long the text is changes nothing but how far it scrolls: no layout.
    virtual_size = Reactive(Size(0, 0))

    def __init__(
        self, value: str, *, id: str, password: bool = False, classes: str = "short"
    ) -> None:
        super().__init__(
            value, id=id, password=password, classes=classes, compact=True, select_on_focus=False
        )
        self.cursor_blink = False  # costs 1.3 KB/s on a serial line for nothing

    def replace(self, text: str, start: int, end: int) -> None:
        """Typed, pasted or deleted. Who wants to know watches `value`, and needs no message that
        rises to the app."""
        with self.prevent(Input.Changed):
            super().replace(text, start, end)
        self.paint_at_once()

    async def action_submit(self) -> None:
        """Enter: to the next entry at once, before another key can come."""
        self.screen.focus_next()

    def render_line(self, y: int) -> Strip:
        """What is typed, and the cursor. Textual's own takes it for a paragraph, and finds out its
        colours for each letter: a fifth of what one costs."""
        shown = "*" * len(self.value) if self.password else self.value
        if y or self.placeholder or not self.selection.is_empty or not fits(shown, _LONGEST):
            return super().render_line(y)
        width = self.scrollable_content_region.width + 1
        style, begin = self.rich_style, round(self.scroll_x)
        cursor = self.cursor_position if self.has_focus else None
        line = typed(shown, cursor, style, self.style_of_part("input--cursor"))
        return line.crop(begin, begin + width).adjust_cell_length(width, style)

    @property
    def cursor_screen_offset(self) -> Offset:
        """The place of the hardware cursor: Textual's is one cell too far behind the last letter,
        and so past the line when that is full."""
        place = super().cursor_screen_offset
        return place - Offset(1, 0) if self.cursor_at_end else place

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        """A text longer than the line moves below the cursor, which Textual has placed before.

        It takes no layout, and there is no bar: Textual's own moves one out of sight, and looks
        for all widgets of the page again.
        """
        if round(old_value) != round(new_value):
            self.refresh()
        if self.has_focus and self.app.screen is self.screen:
            self.app.cursor_position = self.cursor_screen_offset

    @property
    def _value(self) -> Text:
        # The bullet that Textual shows is in no console font.
        if self.password:
            return Text("*" * len(self.value), no_wrap=True, overflow="ignore", end="")
        return super()._value


class Row(Vertical):
    """A label, one line to type into between brackets, and what is wrong with it below."""

    def __init__(self, label: str, line: Line, *, hint: str = "") -> None:
        super().__init__()
        self._label = label
        self._marked = Words(_UNFOCUSED + label, classes="label")
        self._line = line
        self._hint = hint

    def compose(self) -> ComposeResult:
        """Mark and label, ``[``, the line, ``]``, hint; the problem below takes no room if none."""
        with Horizontal():
            yield self._marked
            yield Words("[", classes="edge")
            yield self._line
            yield Words("]", classes="edge")
            if self._hint:
                yield Words(self._hint, classes="hint")
        yield Words(classes="problem")

    def say(self, problem: str) -> None:
        """Show what is wrong; nothing when it is empty."""
        words = self.query_one(".problem", Words)
        words.update(f"! {problem}" if problem else "")
        words.display = bool(problem)

    def on_mount(self) -> None:
        """No problem yet."""
        self.say("")
        # Not by the messages that tell it: they come a frame later than the line is painted.
        self.watch(self._line, "has_focus", self._mark)

    def _mark(self, has_focus: bool) -> None:
        mark = _FOCUSED if has_focus else _UNFOCUSED
        # The column of labels is as wide as it is: no layout, which would paint all of the page.
        self._marked.update(mark + self._label, layout=False)


class Scrolled(VerticalScroll, can_focus=False, inherit_bindings=False):
    """A part that scrolls when it must, and says in the line below it that there is more.

    It has no scroll bar: Textual draws its ends with eighth blocks.
    Arrows belong to the page, which moves the focus: Textual's own bindings would scroll instead.
    """

    def turn(self, pages: int) -> None:
        """Scroll by pages, keeping one line of the last."""
        lines = pages * max(1, self.scrollable_content_region.height - 1)
        self.scroll_relative(y=lines, animate=False, force=True, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolled: what is above and below is another. Textual's own moves the bar as well, which
        has no place, and has all of the page laid out again to look for it."""
        if round(old_value) != round(new_value):
            self._refresh_scroll()
        self._tell()

    def watch_virtual_size(self) -> None:
        """What it holds has grown or shrunk."""
        self._tell()

    def on_resize(self) -> None:
        """It has more room, or less."""
        self._tell()

    def _tell(self) -> None:
        above = self.scroll_y > 0
        below = self.scroll_y < self.max_scroll_y
        words = (_("PgUp: above"), _("PgDn: more below"))
        shown = [word for word, there in zip(words, (above, below), strict=True) if there]
        line = Content("  ".join(shown))
        if line != self._border_subtitle:
            # Not by border_subtitle: Textual's own renders all of it anew for the line, each time.
            self._border_subtitle = line
            width, height = self.outer_size
            self.refresh(Region(0, height - 1, width, 1).translate(-self.content_offset))
