"""Time zones and keyboard layouts that there are, as far as this live system knows them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from installer.answers import Answers
from installer.errors import Problem
from installer.keymaps import CONSOLE_KEYMAPS
from installer.question import QuestionId
from installer.text import _

_XKB_NAMES: Final = {console: xkb for xkb, console in CONSOLE_KEYMAPS.items()}


@dataclass(frozen=True, kw_only=True)
class KnownNames:
    """Of tzdata and of XKB; an empty set: it does not know, and nothing is refused."""

    zones: frozenset[str] = frozenset()
    layouts: frozenset[str] = frozenset()


def name_problems(answers: Answers, known: KnownNames) -> Iterator[Problem]:
    """What the answers ask for and nobody has: it was found out when the disk had been written."""
    zone, layout = answers.timezone, answers.keymap
    if zone is not None and known.zones and zone not in known.zones:
        yield Problem(
            what=_("There is no time zone {name}.").format(name=zone),
            way_out=_way_out(zone, known.zones, "Europe/Berlin"),
            question=QuestionId.TIMEZONE,
        )
    if layout is not None and known.layouts and layout not in known.layouts:
        yield Problem(
            what=_("There is no keyboard layout {name}.").format(name=layout),
            way_out=_way_out(_XKB_NAMES.get(layout, layout), known.layouts, "de"),
            question=QuestionId.LANGUAGE,
        )


def _way_out(name: str, known: frozenset[str], example: str) -> str:
    # Only here: who is right needs none of it.
    import difflib

    folded = {each.casefold(): each for each in sorted(known)}
    near = difflib.get_close_matches(name.casefold(), folded, n=3)
    if near:
        names = ", ".join(folded[each] for each in near)
        return _("Names that are like it: {names}.").format(names=names)
    return _("Write for example {name}.").format(name=example)
