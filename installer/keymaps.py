"""Keyboard layouts: what XKB calls them, and what the console does. Pure."""

from typing import Final

from installer import answers_rules as rules

DEFAULT_KEYMAP: Final = "us"
CONSOLE_KEYMAPS: Final = {
    "be": "be-latin1",
    "br": "br-abnt2",
    "ch": "sg",
    "cz": "cz-us-qwertz",
    "dk": "dk-latin1",
    "ee": "et",
    "gb": "uk",
    "hr": "croat",
    "jp": "jp106",
    "latam": "la-latin1",
    "no": "no-latin1",
    "pt": "pt-latin1",
    "se": "sv-latin1",
    "si": "slovene",
    "sk": "sk-qwertz",
    "tr": "trq",
}
"""XKB layouts whose console keymap has another name (systemd's kbd-model-map); others share it."""


def console_keymap(layout: str) -> str:
    """The console's keymap for an XKB layout; of several (``us,ru``) the first counts.

    `DEFAULT_KEYMAP` for what is no name of a layout: it becomes a word of a kernel command line.
    """
    first = layout.split(",")[0].strip()
    if not rules.KEYMAP.allows(first):
        return DEFAULT_KEYMAP
    return CONSOLE_KEYMAPS.get(first, first)
