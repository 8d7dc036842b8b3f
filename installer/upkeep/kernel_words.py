"""The kernel command line of an image in a slot whose owner has words of their own. Pure.

The installer made the line of the contract's templates, of the keyboard layout, the serial console
and the answers' `kernel_arguments`; nobody has those answers any more. What the templates of the
image that runs do not explain in its line is its owner's, and goes on to the next image.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from installer.contract import CommandLines, fill

_PLACEHOLDER: Final = re.compile(r"\{[a-z_.]+\}")
_KEYMAP: Final = "{keymap}"


@dataclass(frozen=True, kw_only=True)
class OwnWords:
    """What of a kernel command line no template explains."""

    keymap: str | None
    """Console keymap at the passphrase prompt; None: the line says none."""
    others: tuple[str, ...]


def own_words(words: tuple[str, ...], lines: CommandLines, *, encrypted: bool) -> OwnWords:
    """Of the line in the entry of a slot that holds an image with these templates."""
    keymap, left = None, list(words)
    template = lines.encrypted if encrypted else lines.plain
    for part in f"{template} {lines.keymap}".split():
        pattern = _pattern(part)
        index = next((n for n, word in enumerate(left) if pattern.fullmatch(word)), None)
        if index is None:
            continue
        match = pattern.fullmatch(left.pop(index))
        if match is not None and _KEYMAP in part:
            keymap = match["keymap"]
    return OwnWords(keymap=keymap, others=tuple(left))


def words_for(
    lines: CommandLines, values: Mapping[str, str], own: OwnWords, *, encrypted: bool
) -> tuple[str, ...]:
    """The line of an image with these templates. Raises ValueError for a placeholder without a
    value."""
    filled = dict(values)
    if own.keymap is not None:
        filled["keymap"] = own.keymap
    template = lines.encrypted if encrypted else lines.plain
    keymap = fill(lines.keymap, filled) if own.keymap is not None else ""
    return (*fill(template, filled).split(), *keymap.split(), *own.others)


def _pattern(part: str) -> re.Pattern[str]:
    """An expression for a word of a template with whatever was filled in."""
    texts, place = [], 0
    for match in _PLACEHOLDER.finditer(part):
        group = "(?P<keymap>.+)" if match[0] == _KEYMAP else ".+"
        texts += [re.escape(part[place : match.start()]), group]
        place = match.end()
    return re.compile("".join((*texts, re.escape(part[place:]))))
