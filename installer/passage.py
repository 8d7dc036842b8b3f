"""A part of a longer text for a person, and how much weight it has."""

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """How it is said; told by the words too, since not every terminal has colours."""

    PLAIN = ""
    STRONG = "strong"
    GOOD = "good"
    NOTICE = "notice"
    DANGER = "danger"


@dataclass(frozen=True, kw_only=True)
class Passage:
    """Lines that belong together."""

    text: str
    tone: Tone = Tone.PLAIN
    under: bool = False
    """It belongs to the heading before it, and stands a little to the right."""
    ends: bool = False
    """Something else follows: an empty line stands between."""
    after_bars: bool = False
    """Whoever can draw shows the disk before and after in front of it."""
