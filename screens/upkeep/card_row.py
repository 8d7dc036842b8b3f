"""Both slots and Recovery, drawn beside each other, or one below the other where that is narrow."""

from typing import Final

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from installer.upkeep.cards import Card
from screens.cells import padded, shortened, wrapped

_LEAST_WIDTH: Final = 22
"""Columns of a card with something on it; three of them and two gaps have 68."""
_GAP: Final = " "
_INDENT: Final = "    "


class CardRow(Static):
    """`cards` in the order in which they are drawn."""

    def __init__(self, cards: tuple[Card, ...]) -> None:
        super().__init__(markup=False)
        self._cards = cards

    def render(self) -> Content:
        """As wide as there is room."""
        return Content("\n".join(self._rows(self.content_size.width)))

    def get_content_height(self, _container: Size, _viewport: Size, width: int) -> int:
        """Of all rows."""
        return len(self._rows(width))

    def _rows(self, width: int) -> list[str]:
        each = (width - len(_GAP) * (len(self._cards) - 1)) // len(self._cards)
        if each < _LEAST_WIDTH:
            return [row for card in self._cards for row in _listed(card, width)]
        bodies = [_body(card, each - 4) for card in self._cards]
        height = max(len(body) for body in bodies)
        drawn = [
            _boxed(card, [*body, *[""] * (height - len(body))], each)
            for card, body in zip(self._cards, bodies, strict=True)
        ]
        return [_GAP.join(row) for row in zip(*drawn, strict=True)]


def _body(card: Card, room: int) -> list[str]:
    return [row for line in card.lines for row in wrapped(line, room)]


def _boxed(card: Card, body: list[str], width: int) -> list[str]:
    head = f"┌ {shortened(card.title, width - 4)} "
    return [
        head + "─" * (width - cell_len(head) - 1) + "┐",
        *(f"│ {padded(row, width - 4)} │" for row in body),
        "└" + "─" * (width - 2) + "┘",
    ]


def _listed(card: Card, width: int) -> list[str]:
    rows = wrapped(card.title, width)
    for line in card.lines:
        rows += wrapped(line, width, indent=_INDENT)
    return rows
