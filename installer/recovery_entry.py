"""Recovery in a start menu that is there: whether it starts by itself, and how. Pure.

All else of the menu stays as it is, also what its owner has changed.
"""

import re
from typing import Final

from installer.grub_entry import plain_words
from installer.grub_menu import SPEECH, RecoveryEntry, recovery_entries, recovery_lines

_ENTRY: Final = re.compile(
    r'^(?P<head>menuentry "[^"\n]*"[^\n]* --id=(?P<id>recovery(?:-speech)?) \{\n)'
    r"  linux \(\$atomos_disk,gpt(?P<number>\d+)\)(?P<words>/[^\n]*)\n"
    r"  initrd (?P<file>[^\n]*)\n(?P<end>\}\n)",
    re.MULTILINE,
)
_ROOT_B: Final = re.compile(
    r'^menuentry "[^"\n]*"[^\n]* --id=root-b \{\n(?:  [^\n]*\n)*\}\n', re.MULTILINE
)
_SWITCH: Final = re.compile(r"^set atomos_recovery=(yes|no)$", re.MULTILINE)
_PLAIN: Final = "recovery"


def has_recovery(menu: str) -> bool:
    """Whether a menu has an entry for it."""
    return any(match["id"] == _PLAIN for match in _ENTRY.finditer(menu))


def starts_by_itself(menu: str) -> bool:
    """Whether Recovery is among what starts when nobody chooses. It is not while it is written, and
    after that was cut off."""
    return has_recovery(menu) and [match[1] for match in _SWITCH.finditer(menu)] == ["yes"]


def recovery_words(menu: str) -> tuple[str, ...]:
    """The words of Recovery's kernel command line; none where the menu has no entry for it.

    Raises ValueError for words that nobody of us writes.
    """
    for match in _ENTRY.finditer(menu):
        if match["id"] == _PLAIN:
            return plain_words(match["words"].split()[1:])
    return ()


def recovery_entry(menu: str) -> RecoveryEntry | None:
    """How a menu starts Recovery; None where it has no entry for it. Raises ValueError where that
    is none that we write."""
    for match in _ENTRY.finditer(menu):
        if match["id"] == _PLAIN:
            kernel, *words = plain_words(match["words"].split())
            (initrd,) = plain_words(match["file"].partition(")")[2].split())
            return RecoveryEntry(
                partition_number=int(match["number"]),
                kernel=kernel,
                initrd=initrd,
                command_line=" ".join(words),
            )
    return None


def with_recovery(menu: str, entry: RecoveryEntry, *, by_itself: bool) -> str:
    """`menu` with Recovery started like this, and, `by_itself`, where nothing else can be.

    Raises ValueError where the menu is not as the installer writes it.
    """
    if len(_SWITCH.findall(menu)) != 1:
        raise ValueError("the menu does not say once whether there is Recovery")
    menu = _SWITCH.sub(f"set atomos_recovery={'yes' if by_itself else 'no'}", menu)
    if not has_recovery(menu):
        # Where the installer has it: GRUB's fallback counts the entries.
        place = _ROOT_B.search(menu)
        if place is None:
            raise ValueError("the menu has no entry of the slot b")
        return f"{menu[: place.end()]}\n{recovery_entries(entry)}{menu[place.end() :]}"

    def changed(match: re.Match[str]) -> str:
        more = "" if match["id"] == _PLAIN else f" {SPEECH}"
        return f"{match['head']}{recovery_lines(entry, more)}{match['end']}"

    return _ENTRY.sub(changed, menu)
