"""Translation of every string a person reads (gettext, domain ``atomos``).

English is the language of the sources. Another one is spoken from the moment `speak` names it: the
screens do when a person chooses it, the process that installs when it is told whose run it is.
What stands at the level of a module is marked with `N_` and goes through `_` where it is shown,
since it was read before anybody chose.
"""

import gettext
from pathlib import Path
from typing import Final

DOMAIN: Final = "atomos"
ENGLISH: Final = "en"
CATALOGUES: Final = Path(__file__).parent / "locale"
"""A folder for each language, with ``LC_MESSAGES/atomos.po``, and ``.mo`` where that was made."""


class _Speech:
    """What this process speaks. One for all threads, as the screens and their workers need it."""

    def __init__(self) -> None:
        self.language = ENGLISH
        self.catalogue = gettext.NullTranslations()


_speech: Final = _Speech()


def speak(language: str) -> None:
    """Speak `language` from now on; English where there is no catalogue of it."""
    catalogue = gettext.NullTranslations()
    if language != ENGLISH:
        catalogue = gettext.translation(DOMAIN, CATALOGUES, [language], fallback=True)
    # Without a catalogue it is English, and says so to whoever asks.
    is_there = isinstance(catalogue, gettext.GNUTranslations)
    _speech.language = language if is_there else ENGLISH
    _speech.catalogue = catalogue


def spoken() -> str:
    """The language that is spoken now, by the name of its catalogue: ``en``, ``de``, ``pt_BR``."""
    return _speech.language


def _(message: str) -> str:
    """`message` in the person's language, or as it stands when there is no translation."""
    # The empty message is the catalogue's own header.
    return _speech.catalogue.gettext(message) if message else ""


def ngettext(singular: str, plural: str, count: int) -> str:
    """The form of a counted message that fits `count` in the person's language."""
    return _speech.catalogue.ngettext(singular, plural, count)


def N_(message: str) -> str:
    """`message` as it stands: marked for the catalogues, translated by `_` where it is shown."""
    return message
