"""The kernel command line in a slot's entry of the start menu: read, and another put there. Pure.

All else of the menu stays as it is, also what its owner has changed.
"""

import re
from collections.abc import Iterable
from typing import Final

from installer.grub_menu import RESET_WORD, linux_line, word

_QUOTED: Final = re.compile(r"'([^']*)'")


def words_in(menu: str, slot: str) -> tuple[str, ...]:
    """The words of a slot's kernel command line, without the menu's own ``atomos.slot=``.

    Raises ValueError where the menu does not have that line, or has words that nobody of us writes.
    """
    written = _line(menu, slot)[1].removesuffix(f" {RESET_WORD}")
    words = plain_words(written.split())
    return tuple(each for each in words if each != f"atomos.slot={slot}")


def plain_words(written: Iterable[str]) -> tuple[str, ...]:
    """Words of the menu without GRUB's quotation marks.

    Raises ValueError for those that nobody of us writes.
    """
    words = []
    for text in written:
        quoted = _QUOTED.fullmatch(text)
        plain = quoted[1] if quoted is not None else text
        if word(plain) not in (text, plain):
            raise ValueError(f"{text!r} is no word of a menu that we write")
        words.append(plain)
    return tuple(words)


def with_words(menu: str, slot: str, words: tuple[str, ...]) -> str:
    """`menu` with these as the kernel command line of a slot. Raises ValueError as `words_in`."""
    match = _line(menu, slot)
    line = linux_line(slot, " ".join(words))
    return menu[: match.start()] + line + menu[match.end() :]


def _line(menu: str, slot: str) -> re.Match[str]:
    pattern = rf"^  linux \(\$atomos_boot\)/{slot}/vmlinuz ([^\n]*)$"
    found = list(re.finditer(pattern, menu, re.MULTILINE))
    if len(found) != 1:
        raise ValueError(f"the menu has {len(found)} entries of the slot {slot}")
    return found[0]
