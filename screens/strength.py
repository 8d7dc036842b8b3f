"""How hard a passphrase is to guess, by zxcvbn."""

from dataclasses import dataclass
from typing import Final

from installer.text import _

_LOOKED_AT: Final = 72
"""Characters. zxcvbn takes no more unless told to; a text of that many costs it up to 3 s."""
_BAR_CELLS: Final = 20
_SCORES: Final = 5


@dataclass(frozen=True, kw_only=True)
class Strength:
    """What is said of a passphrase."""

    score: int
    """0 (guessed at once) to 4 (never by trying)."""
    advice: str
    """What is weak, and what would be better; empty when nothing is to be said."""

    def words(self) -> str:
        """The score in words."""
        return _words()[self.score]

    def bar(self) -> str:
        """A bar, and the score in words."""
        full = _BAR_CELLS * (self.score + 1) // _SCORES
        return f"{'█' * full}{'░' * (_BAR_CELLS - full)}  {self.words()}"


def strength_of(passphrase: str) -> Strength:
    """The strength of a passphrase, which has at least one character."""
    from zxcvbn import zxcvbn

    result = zxcvbn(passphrase[:_LOOKED_AT])
    feedback = result["feedback"]
    # One suggestion: there are up to three, and 24 rows have no room for all.
    said = [feedback["warning"], *feedback["suggestions"][:1]]
    return Strength(score=result["score"], advice=" ".join(_(each) for each in said if each))


def _words() -> tuple[str, ...]:
    return (
        _("very weak: guessed at once"),
        _("weak: guessed in no time"),
        _("fair: holds for a while"),
        _("good"),
        _("very good"),
    )
