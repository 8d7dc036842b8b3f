"""What the 16 colours of a console look like."""

from typing import Final

VGA: Final = tuple(
    bytes.fromhex(each)
    for each in (
        *("000000", "aa0000", "00aa00", "aa5500", "0000aa", "aa00aa", "00aaaa", "aaaaaa"),
        *("555555", "ff5555", "55ff55", "ffff55", "5555ff", "ff55ff", "55ffff", "ffffff"),
    )
)
"""Colours of the kernel's console (console_codes(4)) by their ANSI numbers."""
