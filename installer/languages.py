"""The languages of the installer, and how a machine says which of them it wants."""

import contextlib
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from installer.keymaps import DEFAULT_KEYMAP
from installer.text import ENGLISH


@dataclass(frozen=True, kw_only=True)
class Language:
    """One language, and what goes with it for most who speak it."""

    code: str
    """As its catalogue is called (``installer/locale``)."""
    name: str
    """In itself: whoever looks for it may read no other."""
    locale: str
    """Of the installed system; empty: the image's own, which is English."""
    keymap: str
    """XKB layout."""
    letters: str = ""
    """All that its words need beside ASCII: a console's font may lack them."""

    @property
    def in_ascii(self) -> str:
        """Its name in letters that every font has."""
        return self.name if self.name.isascii() else self.code


LANGUAGES: Final = (
    Language(code=ENGLISH, name="English", locale="", keymap=DEFAULT_KEYMAP),
    Language(code="de", name="Deutsch", locale="de_DE.UTF-8", keymap="de", letters="ÄÖÜßäöü"),
    Language(
        code="pt_BR",
        name="Português (Brasil)",
        locale="pt_BR.UTF-8",
        keymap="br",
        letters="ÀÁÂÃÇÉÊÍÓÔÕÚàáâãçéêíóôõú",
    ),
)
_KERNEL_WORDS: Final = {
    "lang": "locale",
    "locale": "locale",
    "locale.lang": "locale",
    "keymap": "keymap",
    "vconsole.keymap": "keymap",
    "rd.vconsole.keymap": "keymap",
}
"""Words of a kernel command line that name one; systemd's and dracut's own are among them."""


@dataclass(frozen=True, kw_only=True)
class Speech:
    """What a machine speaks with the person at it, and which keyboard they have."""

    language: str = ENGLISH
    keymap: str = DEFAULT_KEYMAP
    chosen: bool = False
    """A person has said so, on this start of the machine."""


def language_of(name: str) -> Language:
    """The language of a locale or a code (``de_AT.UTF-8``, ``de``); English for any other."""
    wanted = name.partition(".")[0].partition("@")[0].replace("-", "_").lower()
    codes = {each.code.lower(): each for each in LANGUAGES}
    if wanted in codes:
        return codes[wanted]
    # A German of Austria reads German. One of Portugal would not take Brazil's for theirs, but
    # reads it more easily than English.
    spoken = wanted.partition("_")[0]
    alike = [each for code, each in codes.items() if code.partition("_")[0] == spoken]
    return alike[0] if spoken and alike else LANGUAGES[0]


def wanted_by(command_line: str) -> Speech:
    """What a kernel command line asks for: ``lang=``, ``locale=``, ``keymap=``; the last counts.

    Without a keyboard it is the one that goes with the language.
    """
    said: dict[str, str] = {}
    for word in _words(command_line):
        key, equals, value = word.partition("=")
        if equals and key.lower() in _KERNEL_WORDS:
            said[_KERNEL_WORDS[key.lower()]] = value
    language = language_of(said.get("locale", ""))
    keymap = said.get("keymap", "")
    return Speech(language=language.code, keymap=keymap if _may_be(keymap) else language.keymap)


def _may_be(keymap: str) -> bool:
    if not keymap:
        return False
    # The rest of the rules takes 2 ms to load, and the first page waits for its language.
    from installer.answers_rules import KEYMAP

    return KEYMAP.allows(keymap)


def kept_speech(file: Path, command_line: Path) -> Speech:
    """As a person has chosen since the machine was started, and `file` says; else as the kernel's
    command line asks."""
    with contextlib.suppress(OSError, ValueError):
        language, keymap = file.read_text(encoding="utf-8").split()
        return Speech(language=language, keymap=keymap, chosen=True)
    with contextlib.suppress(OSError):
        return wanted_by(command_line.read_text(encoding="utf-8", errors="replace"))
    return Speech()


def missing(language: Language, font: frozenset[str] | None) -> str:
    """The letters of `language` that a console's font lacks; none where it is not known."""
    if font is None:
        return ""
    return "".join(each for each in language.letters if each not in font)


def _words(command_line: str) -> list[str]:
    try:
        return shlex.split(command_line)
    except ValueError:  # a quotation mark without its partner
        return command_line.split()
