"""The boot menu that an installed disk will show, as a person is told of it. Pure."""

from dataclasses import dataclass
from typing import Final

from installer.grub_menu import TIMEOUT_SECONDS
from installer.layout import PartitionTable, Role
from installer.text import N_, _


@dataclass(frozen=True, kw_only=True)
class MenuEntry:
    """One line of it."""

    title: str
    """As the menu has it, whatever the language."""
    meaning: str
    """Its key, and what it is for; empty where the title says both."""


_SLOTS: Final = (
    ("Root A", N_("key A: starts by itself")),
    ("Root B", N_("key B: the same system again")),
)
_RECOVERY: Final = (
    ("Recovery", N_("key R: to repair from")),
    ("Recovery with speech and braille (key S)", ""),
)
_RESET: Final = (("Reset ... (key X)", ""),)


def menu_entries(table: PartitionTable) -> tuple[MenuEntry, ...]:
    """From the top; a disk without Recovery has none there."""
    recovery = _RECOVERY if table.find(Role.RECOVERY) is not None else ()
    known = (*_SLOTS, *recovery, *_RESET)
    return tuple(MenuEntry(title=title, meaning=meaning and _(meaning)) for title, meaning in known)


def menu_heading() -> str:
    """What stands above them."""
    return _("The boot menu, {seconds} seconds long at each start").format(seconds=TIMEOUT_SECONDS)


def menu_picture(table: PartitionTable) -> str:
    """The menu as it will look; the mark is where GRUB has it."""
    entries = menu_entries(table)
    width = max(len(each.title) for each in entries if each.meaning)
    rows = (f"{each.title:<{width}}  {each.meaning}".rstrip() for each in entries)
    return "\n".join(f"│{' ' if place else '*'}{row}" for place, row in enumerate(rows))
