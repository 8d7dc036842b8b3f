"""Widgets that find their colours out once, and not for each paint."""

from typing import TYPE_CHECKING

from rich.style import Style
from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    MixedIn = Widget
else:
    # Textual takes style rules and bindings from the first base that is a widget, and no other.
    MixedIn = object


class Coloured(MixedIn):
    """Textual's own mixes the colours of a widget and of all that it is in, anew for each paint and
    twice for one line to type into: a tenth of what a key takes."""

    _rules: tuple[int, ...] = ()
    _behind: tuple[Color, Color] | None = None
    _rich: Style | None = None

    @property
    def background_colors(self) -> tuple[Color, Color]:
        """Behind the widget, and of it."""
        self._look_at_the_rules()
        if self._behind is None:
            self._behind = super().background_colors
        return self._behind

    @property
    def rich_style(self) -> Style:
        """Of the text."""
        self._look_at_the_rules()
        if self._rich is None:
            self._rich = super().rich_style
        return self._rich

    def render_lines(self, crop: Region) -> list[Strip]:
        """All of a widget of one row that is nothing but text: no border, title or link is looked
        for. It goes into the cache that Textual's own keeps."""
        whole = self.outer_size.region
        if crop != whole or whole.height != 1 or any(self.styles.gutter) or self.get_line_filters():
            return super().render_lines(crop)
        cache = self._styles_cache
        inner, _outer = cache.get_inner_outer(*self.background_colors)
        line = self.render_line(0).adjust_cell_length(whole.width, inner.rich_style)
        cache.clear()
        cache._width = whole.width
        cache._cache[0] = line
        return [line]

    def _look_at_the_rules(self) -> None:
        """Forget the colours when a rule has changed here or further out: each counts them."""
        rules = tuple(node.styles._cache_key for node in self.ancestors_with_self)
        if rules != self._rules:
            self._rules = rules
            self._behind = self._rich = None
