"""A disk's passphrase is tried before one goes on: how often, and what is said of a wrong one."""

from typing import Final

from installer.draft import Draft
from installer.errors import Refused
from installer.printable import printable
from installer.question import QuestionId
from installer.text import _, ngettext

TRIES: Final = 3


def is_wrong_passphrase(refusal: Refused) -> bool:
    """Whether it is the passphrase alone that is wrong."""
    return all(problem.question is QuestionId.UNLOCK for problem in refusal.problems)


def tries_left_words(count: int) -> str:
    """It was wrong, and may be typed again."""
    words = ngettext(
        "That does not open it. {count} try is left.",
        "That does not open it. {count} tries are left.",
        count,
    )
    return words.format(count=count)


def gave_up_words(draft: Draft) -> str:
    """It was wrong too often."""
    words = _("! Three wrong passphrases for {disk}; nothing on it has changed.")
    return words.format(disk=printable(draft.disk_name))
