"""Text measured as a terminal shows it: a letter of Chinese or Japanese takes two cells."""

import re
from typing import Final

from rich.cells import cell_len, chop_cells

_CUT: Final = " ..."
_WORDS: Final = re.compile(r" *[^ ]+")
"""Each with the blanks before it."""


def padded(text: str, cells: int) -> str:
    """`text` with blanks after it up to that width."""
    return text + " " * (cells - cell_len(text))


def shortened(text: str, cells: int) -> str:
    """`text` in one line of at most that width; what does not fit is cut at a blank, and `` ...``
    stands for it."""
    words = text.split()
    if cell_len(" ".join(words)) <= cells:
        return " ".join(words)
    while len(words) > 1 and cell_len(" ".join(words)) + len(_CUT) > cells:
        words.pop()
    # A language without blanks, or one long word.
    return (chop_cells(" ".join(words), cells - len(_CUT)) or [""])[0] + _CUT


def wrapped(text: str, cells: int, *, indent: str = "") -> list[str]:
    """`text` in lines of at most that width, `indent` before each counted in."""
    room = cells - cell_len(indent)
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if cell_len(longer) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        *whole, line = chop_cells(word, room)
        lines += whole
    return [indent + each for each in [*lines, line] if each]


def hanging(line: str, cells: int) -> list[str]:
    """`line` in rows of at most that width, further ones below its first letter. Columns in it,
    which stand by several blanks, stay where they are."""
    if cell_len(line) <= cells:
        return [line]
    indent = line[: len(line) - len(line.lstrip(" "))]
    rows: list[str] = []
    row = ""
    for word in _WORDS.findall(line):
        if cell_len(row + word) <= cells:
            row += word
            continue
        if row:
            rows.append(row)
        *whole, row = wrapped(word, max(cells, cell_len(indent) + 2), indent=indent)
        rows += whole
    return [*rows, row]
