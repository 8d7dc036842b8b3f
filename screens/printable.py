"""Text from outside (a disk's model, a tool's words) made safe to put on a terminal."""

import unicodedata


def printable(text: str) -> str:
    """`text` on one line, with control and format characters replaced by ``?``.

    A disk's firmware chooses its model name, and tools colour their output: neither may move
    the cursor or switch the keyboard of the person's terminal.
    """
    return "".join(
        " " if character in "\t\n\r" else "?" if _unseen(character) else character
        for character in text
    ).strip()


def printable_lines(text: str) -> str:
    """`text` with its lines kept and each of them printable; blank ones at the end left out."""
    return "\n".join(printable(line) for line in text.splitlines()).rstrip()


def _unseen(character: str) -> bool:
    return unicodedata.category(character).startswith("C")
