"""The first and the last row of a page: where one is, and which key does what."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from screens.widgets import Words


class Bar(Horizontal):
    """The first row of the screen: the program's name, and where one is."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__()
        self._left = left
        self._right = right

    def compose(self) -> ComposeResult:
        """Name at the left, place at the right."""
        yield Words(self._left, classes="left")
        yield Words(self._right, classes="right")


class KeyBar(Static):
    """The last row of the screen: which key does what. It takes a second one where words are long.

    A pair of key and word is never divided, and none is left out.
    """

    def __init__(self, keys: tuple[tuple[str, str], ...]) -> None:
        super().__init__()
        self._keys = keys

    def render(self) -> Content:
        """All pairs."""
        return Content("\n").join(self._rows(self.content_size.width))

    def get_content_height(self, _container: Size, _viewport: Size, width: int) -> int:
        """As many rows as they need."""
        return len(self._rows(width))

    def _rows(self, width: int) -> list[Content]:
        roomy = [_pair(f" {key} ", f" {word}  ") for key, word in self._keys]
        closer = [_pair(f" {key} ", f" {word} ") for key, word in self._keys]
        tight = [_pair(key, f" {word}  ") for key, word in self._keys]
        fitting = [each for each in (roomy, closer, tight) if _width(each) <= width]
        if fitting:
            return [Content("").join(fitting[0])]
        rows: list[list[Content]] = [[]]
        for pair in roomy:
            if rows[-1] and _width([*rows[-1], pair]) > width:
                rows.append([])
            rows[-1].append(pair)
        return [Content("").join(row) for row in rows]


def _pair(key: str, word: str) -> Content:
    return Content.assemble((key, "reverse"), word)


def _width(pairs: list[Content]) -> int:
    """Without the blanks at the end."""
    return Content("").join(pairs).rstrip().cell_length
