"""What is rendered of a screen, all of it or a part that has changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from textual._compositor import ChopsUpdate, Compositor
from textual.dom import NoScreen
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

_Line = dict[int, Strip | None]
"""The pieces of a row, by the column that each begins at; None until it is rendered."""


class Painter(Compositor):
    """Renders what can be seen of what has changed, from the front to the back.

    Textual's own renders all that lies between the first row that has changed and the last: when
    the focus goes from the first entry to the button at the end, the whole screen (8 ms of 20 for a
    key). And it cuts up what lies behind other widgets, and keeps the pieces: 1 MiB for a screen.
    """

    def reflow_visible(self, parent: Widget, size: Size) -> set[Widget]:
        """See Compositor. Textual's own takes everything for changed when the page has been laid
        out, or looked at in whole, since the last scroll, and so the screen is painted in whole."""
        if self._visible_map is None:
            self._visible_map = dict(self._full_map)
        return super().reflow_visible(parent, size)

    def render_partial_update(self) -> ChopsUpdate | None:
        """See Compositor."""
        screen = self.size.region
        changed = [part for each in self._dirty_regions if (part := each.intersection(screen))]
        self._dirty_regions.clear()
        if not changed:
            return None
        spans = sorted(self._regions_to_spans(changed))
        lines = self._empty(spans)
        ends = [[self._end(y, cut) for cut in line] for y, line in enumerate(lines)]
        self._fill(lines)
        return ChopsUpdate(lines, spans, ends)

    def _render_chops(
        self, crop: Region, is_rendered_line: Callable[[int], bool]
    ) -> Sequence[Mapping[int, Strip]]:
        rows = filter(is_rendered_line, crop.line_range)
        lines = self._empty((y, crop.x, crop.right) for y in rows)
        self._fill(lines)
        return [{cut: piece for cut, piece in line.items() if piece} for line in lines]

    def _empty(self, spans: Iterable[tuple[int, int, int]]) -> list[_Line]:
        """A row each, with the pieces that `spans` (row, first column, end) touch."""
        lines: list[_Line] = [{} for _ in range(self.size.height)]
        for y, begin, end in spans:
            for cut, following in pairwise(self.cuts[y]):
                if cut < end and following > begin:
                    lines[y][cut] = None
        return lines

    def _end(self, y: int, cut: int) -> int:
        return next(each for each in self.cuts[y] if each > cut)

    def _fill(self, lines: list[_Line]) -> None:
        empty = {y: list(line) for y, line in enumerate(lines) if line}
        for widget, (region, clip) in self.visible_widgets.items():
            if not empty:
                return
            x, top, width, height = region.intersection(clip)
            right, bottom = x + width, top + height
            rows = [
                y
                for y, cuts in empty.items()
                if top <= y < bottom and any(x <= cut < right for cut in cuts)
            ]
            if not rows or _has_left(widget):
                continue
            for first, end in _runs(rows):
                part = Region(x - region.x, first - region.y, width, end - first)
                for y, strip in enumerate(_strips(widget, region.width, part), first):
                    for cut in empty[y]:
                        if x <= cut < right:
                            lines[y][cut] = strip.crop(cut - x, self._end(y, cut) - x)
            for y in rows:
                empty[y] = [cut for cut in empty[y] if not x <= cut < right]
                if not empty[y]:
                    del empty[y]


def _has_left(widget: Widget) -> bool:
    """Was taken off its page, which has not been laid out anew yet. To render it would end the app
    with NoScreen; what lies behind it is seen."""
    try:
        return widget.screen is None
    except NoScreen:
        return True


def _strips(widget: Widget, width: int, part: Region) -> Sequence[Strip]:
    """A part of a widget so wide, as its own render_lines makes it.

    Of rows that it has rendered and that have not changed that gives its cache, when it has found
    out all of their style: 0.1 ms a widget, and a page that is turned has ten.
    """
    cache = widget._styles_cache
    if (
        part.width == width == cache._width
        and cache._dirty_lines.isdisjoint(part.line_range)
        and cache._cache.keys() >= set(part.line_range)
        and not widget.get_line_filters()
    ):
        return [cache._cache[y] for y in part.line_range]
    return widget.render_lines(part)


def _runs(rows: list[int]) -> Iterator[tuple[int, int]]:
    """Rows that follow each other: the first, and the one after the last."""
    begin = 0
    for number, row in enumerate(rows):
        if number + 1 == len(rows) or rows[number + 1] != row + 1:
            yield rows[begin], row + 1
            begin = number + 1
