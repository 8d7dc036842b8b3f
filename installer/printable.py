"""Text from outside (a disk's model, a tool's words) made safe to print on a terminal."""

import unicodedata
from typing import Final

_LINE_ENDS: Final = ("Zl", "Zp")
"""U+2028 and U+2029, which some terminals and programs take for the end of a line."""


def printable(text: str) -> str:
    """`text` on one line, with control and format characters replaced by ``?``.

    A disk's firmware chooses its model name, a server its words, and tools colour their output:
    none may move the cursor or switch the keyboard of the person's terminal.
    """
    return "".join(
        " " if character in "\t\n\r" else "?" if _unseen(character) else character
        for character in text
    ).rstrip()


def printable_lines(text: str) -> str:
    """`text` with its lines kept and each of them printable; blank ones at the end left out."""
    return "\n".join(printable(line) for line in text.splitlines()).rstrip()


def _unseen(character: str) -> bool:
    category = unicodedata.category(character)
    return category.startswith("C") or category in _LINE_ENDS
