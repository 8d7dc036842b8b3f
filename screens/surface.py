"""A screen whose focus moves, and is painted, within the key that moves it."""

from collections.abc import Iterator

from rich.control import Control
from textual.reactive import Reactive
from textual.screen import Screen, ScreenResultType
from textual.widget import Widget

from screens.painter import Painter


class Surface(Screen[ScreenResultType]):
    """Textual tells both widgets by messages, which rise to the app, and paints each in a frame of
    its own: thirty messages and 17 ms between the frames. Here nobody listens to those."""

    # Textual's own paints the whole screen whenever the focus moves: 3 KB, and ten times as long
    # as the two rows that change. Those paint themselves.
    focused = Reactive[Widget | None](None, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self._compositor = Painter()

    @property
    def focus_chain(self) -> list[Widget]:
        """What can have the focus, from the top to the bottom."""
        return list(_focusable(self))

    def set_focus(
        self,
        widget: Widget | None,
        scroll_visible: bool = True,
        from_app_focus: bool = False,  # noqa: ARG002  Textual's
    ) -> None:
        """See Screen."""
        before = self.focused
        if widget is before or (widget is not None and not widget.focusable):
            return
        self.focused = widget
        for each in (before, widget):
            if each is not None:
                each.has_focus = each is widget
                each.refresh()
        if widget is not None and scroll_visible and not self.can_view_entire(widget):
            self.call_later(self._bring_into_sight, widget)
        self.paint_at_once()

    def action_move(self, step: int) -> None:
        """To the next entry, or with -1 to the one before; from the last to the first.

        Textual's own matches each that can have the focus with a selector of style rules.
        """
        chain = self.focus_chain
        if self.focused in chain:
            self.set_focus(chain[(chain.index(self.focused) + step) % len(chain)])
        elif chain:
            self.set_focus(chain[0])

    def can_view_entire(self, widget: Widget) -> bool:
        """See Screen. All that a widget is in clips it, and what is left of it is known."""
        shown = self._compositor.visible_widgets.get(widget)
        return shown is not None and shown[1].contains_region(shown[0])

    def paint_at_once(self) -> None:
        """Paint what has changed or was scrolled, unless a layout is to come, which paints."""
        if self._layout_required or not self.is_current:
            return
        shown = self._compositor.visible_widgets
        if any(each._layout_required for each in shown):
            return
        scrolled = [each for each in shown if each._scroll_required]
        self._dirty_widgets.update(each for each in shown if each._repaint_required)
        for each in (*scrolled, *self._dirty_widgets):
            each._repaint_required = each._scroll_required = False
        if scrolled or self._scroll_required:
            self._scroll_required = False
            self._refresh_layout(scroll=True)
        elif self._dirty_widgets:
            self._compositor.update_widgets(self._dirty_widgets)
            self._compositor_refresh()
        self._dirty_widgets.clear()

    def show_cursor(self) -> None:
        """Move the terminal's cursor to where the app has it, with nothing else to paint."""
        driver = self.app._driver
        if driver is not None and not self.app.is_headless:
            place = self.outer_size.clamp_offset(self.app.cursor_position)
            driver.write(Control.move_to(*place).segment.text)
            driver.flush()

    def _bring_into_sight(self, widget: Widget) -> None:
        if self.focused is widget and not self.can_view_entire(widget):
            # At once: a frame later somebody may type already, at what they cannot see.
            self.scroll_to_center(widget, animate=False, immediate=True, origin_visible=True)


def _focusable(node: Widget) -> Iterator[Widget]:
    for child in node.displayed_children:
        if child.disabled or not child.visible:
            continue
        if child.can_focus:
            yield child
        elif child.children:
            yield from _focusable(child)
