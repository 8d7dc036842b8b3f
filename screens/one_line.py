"""A line of text as the terminal gets it, without the machinery for paragraphs."""

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip


def fits(text: str, width: int) -> bool:
    """Whether it is one line and no longer than `width` cells."""
    return text.isprintable() and cell_len(text) <= width


def drawn(text: str, style: Style) -> Strip:
    """A text that fits. The blanks behind it are added as for any widget, in its own colours."""
    return Strip([Segment(text, style)])


def typed(text: str, cursor: int | None, style: Style, lit: Style) -> Strip:
    """A printable text whose letter at `cursor`, or the blank behind it, is `lit`; None: none."""
    if cursor is None:
        return Strip([Segment(text, style)] if text else [])
    at = text[cursor : cursor + 1] or " "
    parts = ((text[:cursor], style), (at, style + lit), (text[cursor + 1 :], style))
    return Strip([Segment(part, its) for part, its in parts if part])
