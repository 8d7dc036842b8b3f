"""What of the words on a screen cannot be read, since there is no room for it."""

from collections import Counter
from collections.abc import Iterator

from rich.cells import cell_len
from textual.widget import Widget
from textual.widgets import Input, Static

from screens.widgets import Scrolled
from screens.wizard import AtomosApp

Place = tuple[int, ...]
"""Of a widget in its screen: the same in every language."""


def cut_off(app: AtomosApp, *, may_scroll: bool) -> dict[Place, str]:
    """The words of each widget that are not on the screen, or not whole.

    What scrolls is read by scrolling: of that only a word that is wider than its place counts.
    `may_scroll`: the whole body of a page may have to, too.
    """
    strips = app.screen._compositor.render_strips()
    found = {}
    for place, widget in _texts(app.screen, ()):
        text = str(widget.render())
        if _scrolls(widget, may_scroll=may_scroll):
            width = widget.content_size.width
            lacking = [word for word in text.split() if cell_len(word) > width]
        else:
            geometry = app.screen._compositor.full_map.get(widget)
            seen = ""
            if geometry is not None:
                region = geometry.region.intersection(geometry.clip)
                rows = strips[region.y : region.bottom]
                seen = "\n".join(row.crop(region.x, region.right).text for row in rows)
            lacking = list((Counter(text.split()) - Counter(seen.split())).elements())
        if lacking:
            found[place] = f"{type(widget).__name__} {widget.id or ''}: {lacking} of {text!r}"
    return found


def too_wide(app: AtomosApp) -> list[str]:
    """Rows that are wider than the terminal."""
    rows = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
    return [row for row in rows if cell_len(row) > app.size.width]


def _texts(node: Widget, place: Place) -> Iterator[tuple[Place, Static]]:
    for number, child in enumerate(node.children):
        if not child.display:
            continue
        if isinstance(child, Static):
            yield (*place, number), child
        if not isinstance(child, Input):
            yield from _texts(child, (*place, number))


def _scrolls(widget: Widget, *, may_scroll: bool) -> bool:
    return any(
        isinstance(each, Scrolled)
        or (each.styles.overflow_y == "auto" and (may_scroll or each.id != "body"))
        for each in widget.ancestors
        if isinstance(each, Widget) and each is not widget.screen
    )
