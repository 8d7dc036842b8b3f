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
LAYOUTS: Final = {
    "be": "Belgique, België",
    "br": "Português (Brasil)",
    "ca": "Canada",
    "ch": "Schweiz, Suisse",
    "cz": "Czech",
    "de": "Deutsch",
    "dk": "Dansk",
    "ee": "Eesti",
    "es": "Español",
    "fi": "Suomi",
    "fr": "Français",
    "gb": "English (UK)",
    "hr": "Hrvatski",
    "hu": "Magyar",
    "is": "Íslenska",
    "it": "Italiano",
    "jp": "Japanese",
    "latam": "Español (Latinoamérica)",
    "nl": "Nederlands",
    "no": "Norsk",
    "pl": "Polski",
    "pt": "Português",
    "ro": "Romanian",
    "se": "Svenska",
    "si": "Slovenian",
    "sk": "Slovak",
    "tr": "Turkish",
    DEFAULT_KEYMAP: "English (US)",
}
"""The layouts that a person is offered, in the words of who uses them where letters that every
console's font has are enough for that. All write a-z, as passphrase and login name need them."""


def is_layout(name: str) -> bool:
    """Whether that can be the name of a layout."""
    return rules.KEYMAP.allows(name)


def console_keymap(layout: str) -> str:
    """The console's keymap for an XKB layout; of several (``us,ru``) the first counts.

    `DEFAULT_KEYMAP` for what is no name of a layout: it becomes a word of a kernel command line.
    """
    first = layout.split(",")[0].strip()
    if not rules.KEYMAP.allows(first):
        return DEFAULT_KEYMAP
    return CONSOLE_KEYMAPS.get(first, first)
