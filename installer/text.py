"""Translation of every string a person reads (gettext, domain ``atomos``)."""

import gettext
from pathlib import Path

_catalogue = gettext.translation(
    "atomos", localedir=Path(__file__).parent / "locale", fallback=True
)


def _(message: str) -> str:
    """`message` in the person's language, or as it stands when there is no translation."""
    return _catalogue.gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The form of a counted message that fits `count` in the person's language."""
    return _catalogue.ngettext(singular, plural, count)


def N_(message: str) -> str:
    """`message` as it stands: marked for the catalogues, translated by `_` where it is shown."""
    return message
