"""What a terminal shows, so that nothing is sent to it that is there already."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.control import Control
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate

if TYPE_CHECKING:
    from rich.console import Console

_Piece = tuple[int, int, int, str]
"""A part of a row: the row, its first column, the one after its last, and what is sent for it."""


class Shown:
    """The pieces of each row as they were sent.

    Textual paints a page four times until it is laid out for good: 10 KB, 0.9 s of a serial line,
    of which 3 KB are not what is there already.
    """

    def __init__(self) -> None:
        self._rows: dict[int, dict[int, tuple[int, str]]] = {}

    def forget(self) -> None:
        """The terminal may show anything now: the next paint is sent in whole."""
        self._rows.clear()

    def lacks(self, piece: _Piece) -> bool:
        """Whether this is to be sent; it is taken for sent then."""
        y, begin, end, text = piece
        row = self._rows.setdefault(y, {})
        if row.get(begin) == (end, text):
            return False
        for other in [each for each, (stop, _) in row.items() if each < end and stop > begin]:
            del row[other]
        row[begin] = end, text
        return True


class Difference(CompositorUpdate):
    """What the terminal lacks of an update."""

    def __init__(self, update: "LayoutUpdate | ChopsUpdate", shown: Shown) -> None:
        self._update = update
        self._shown = shown

    def render_segments(self, console: "Console") -> str:
        """See CompositorUpdate. Called when it is about to be written, and only then."""
        sent: list[str] = []
        cursor: tuple[int, int] | None = None
        for piece in self._pieces(console):
            if not self._shown.lacks(piece):
                continue
            y, begin, end, text = piece
            if cursor != (y, begin):
                sent.append(Control.move_to(begin, y).segment.text)
            sent.append(text)
            cursor = y, end
        return "".join(sent)

    def _pieces(self, console: "Console") -> Iterator[_Piece]:
        if isinstance(self._update, LayoutUpdate):
            yield from _laid_out(self._update, console)
        else:
            yield from _chopped(self._update, console)


def _laid_out(update: LayoutUpdate, console: "Console") -> Iterator[_Piece]:
    for y, strips in enumerate(update.strips, update.region.y):
        begin = update.region.x
        for strip in strips:
            end = begin + strip.cell_length
            yield y, begin, end, strip.render(console)
            begin = end


def _chopped(update: ChopsUpdate, console: "Console") -> Iterator[_Piece]:
    """The pieces that its spans touch; the last of a span ends with that."""
    for y, first, last in update.spans:
        for end, (begin, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or begin >= last or end <= first:
                continue
            if end > last:
                strip = strip.crop(0, last - begin)
            yield y, begin, min(end, last), strip.render(console)
