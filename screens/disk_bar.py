"""Disks drawn to scale: what is on one now, and before and after an installation."""

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from installer.disk_bar import Stretch, bar, fills, legend
from installer.text import _
from screens.cells import padded, shortened

_ROOMY: Final = Size(60, 22)
"""A terminal of less has no room for words beside a bar."""
_LEGEND_ROWS: Final = 2
_BETWEEN: Final = "   "


class DiskBar(Static):
    """One disk, and below it what the characters stand for.

    It takes as many rows whatever disk it is: another one is painted without a new layout.
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self._stretches: tuple[Stretch, ...] = ()

    def draw(self, stretches: tuple[Stretch, ...]) -> None:
        """That disk, from now on."""
        self._stretches = stretches
        self.refresh()

    def render(self) -> Content:
        """The bar between brackets, and its legend where there is room for one."""
        if not self._stretches:
            return Content("")
        width, rows = self.content_size
        told = _rows(legend(self._stretches), width)[: rows - 1]
        return Content("\n".join([_bar(self._stretches, width), *told]))

    def get_content_height(self, _container: Size, _viewport: Size, _width: int) -> int:
        """Of the bar alone on a small terminal."""
        return 1 + (_LEGEND_ROWS if _is_roomy(self.app.size) else 0)


class BeforeAndAfter(Static):
    """A disk as it is, and as it will be; what the characters of both stand for."""

    def __init__(self, before: tuple[Stretch, ...], after: tuple[Stretch, ...]) -> None:
        super().__init__(markup=False, classes="spaced")
        self._before = before
        self._after = after

    def render(self) -> Content:
        """As wide as there is room."""
        return Content("\n".join(self._lines(self.content_size.width)))

    def get_content_height(self, _container: Size, _viewport: Size, width: int) -> int:
        """Of all lines."""
        return len(self._lines(width))

    def _lines(self, width: int) -> list[str]:
        words = (_("Before"), _("After"))
        column = max(cell_len(each) for each in words) + 1
        lines = [
            padded(word, column) + _bar(stretches, width - column)
            for word, stretches in zip(words, (self._before, self._after), strict=True)
        ]
        if _is_roomy(self.app.size):
            indent = " " * (column + 1)
            told = _rows(fills((*self._before, *self._after)), width - len(indent))
            lines += [indent + each for each in told]
        return lines


def _is_roomy(size: Size) -> bool:
    return size.width >= _ROOMY.width and size.height >= _ROOMY.height


def _bar(stretches: tuple[Stretch, ...], width: int) -> str:
    return f"[{bar(stretches, max(1, width - 2))}]"


def _rows(words: Sequence[str], width: int) -> list[str]:
    """None of `words` is divided; one that is too long for a line is cut."""
    rows: list[str] = []
    for each in words:
        longer = f"{rows[-1]}{_BETWEEN}{each}" if rows else each
        if rows and cell_len(longer) <= width:
            rows[-1] = longer
        else:
            rows.append(shortened(each, width) if cell_len(each) > width else each)
    return rows
