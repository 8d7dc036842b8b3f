"""What is rendered where only a part of a screen has changed."""

from collections.abc import Iterator
from itertools import pairwise

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

_Line = dict[int, Strip | None]
"""The pieces of a line, by the column that each begins at; None until it is painted."""


class Painter(Compositor):
    """Renders the rows that have changed, and only what can be seen of them.

    Textual's own renders all that lies between the first and the last of them: when the focus goes
    from the first entry to the button at the end, the whole screen (8 ms of 20 for a key).
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
        lines: list[_Line] = [{} for _ in range(screen.height)]
        ends: list[list[int]] = [[] for _ in range(screen.height)]
        for y, begin, end in spans:
            for cut, following in pairwise(self.cuts[y]):
                if cut < end and following > begin and cut not in lines[y]:
                    lines[y][cut] = None
                    ends[y].append(following)
        self._paint(lines, {y for y, _, _ in spans})
        return ChopsUpdate(lines, spans, ends)

    def _paint(self, lines: list[_Line], wanted: set[int]) -> None:
        """From the front to the back, until nothing behind can be seen any more."""
        for widget, (region, clip) in self.visible_widgets.items():
            if not wanted:
                return
            seen = region.intersection(clip)
            rows = sorted(wanted.intersection(seen.line_range))
            if not seen or not rows:
                continue
            for first, end in _runs(rows):
                part = Region(seen.x - region.x, first - region.y, seen.width, end - first)
                for y, strip in enumerate(widget.render_lines(part), first):
                    if _put(lines[y], self.cuts[y], strip, seen):
                        wanted.discard(y)


def _runs(rows: list[int]) -> Iterator[tuple[int, int]]:
    """Rows that follow each other: the first, and the one after the last."""
    first = rows[0]
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        if following != row + 1:
            yield first, row + 1
            first = following if following is not None else first


def _put(line: _Line, cuts: list[int], strip: Strip, seen: Region) -> bool:
    """Fill what is empty of a line; whether nothing is any more."""
    within = [cut for cut in cuts if seen.x <= cut <= seen.right]
    for cut, piece in zip(within, strip.divide([cut - seen.x for cut in within[1:]]), strict=False):
        if line.get(cut, piece) is None:
            line[cut] = piece
    return None not in line.values()
