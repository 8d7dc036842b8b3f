"""How hard a passphrase is to guess, by zxcvbn."""

from dataclasses import dataclass
from typing import Final

from installer.text import N_, _

_LOOKED_AT: Final = 72
"""Characters. zxcvbn takes no more unless told to; a text of that many costs it up to 3 s."""
_BAR_CELLS: Final = 20
_SCORES: Final = 5
ADVICE: Final = (
    N_("Use a few words, avoid common phrases."),
    N_("No need for symbols, digits, or uppercase letters."),
    N_("Add another word or two. Uncommon words are better."),
    N_("Straight rows of keys are easy to guess."),
    N_("Short keyboard patterns are easy to guess."),
    N_("Use a longer keyboard pattern with more turns."),
    N_('Repeats like "aaa" are easy to guess.'),
    N_('Repeats like "abcabcabc" are only slightly harder to guess than "abc".'),
    N_("Avoid repeated words and characters."),
    N_('Sequences like "abc" or "6543" are easy to guess.'),
    N_("Avoid sequences."),
    N_("Recent years are easy to guess."),
    N_("Avoid recent years."),
    N_("Avoid years that are associated with you."),
    N_("Dates are often easy to guess."),
    N_("Avoid dates and years that are associated with you."),
    N_("This is a top-10 common password."),
    N_("This is a top-100 common password."),
    N_("This is a very common password."),
    N_("This is similar to a commonly used password."),
    N_("A word by itself is easy to guess."),
    N_("Names and surnames by themselves are easy to guess."),
    N_("Common names and surnames are easy to guess."),
    N_("Capitalization doesn't help very much."),
    N_("All-uppercase is almost as easy to guess as all-lowercase."),
    N_("Reversed words aren't much harder to guess."),
    N_("Predictable substitutions like '@' instead of 'a' don't help very much."),
)
"""All that zxcvbn 4.5.0 says, for the catalogues; a test compares it with zxcvbn."""


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
    from screens.common_words import zxcvbn

    result = zxcvbn()(passphrase[:_LOOKED_AT])
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
