"""What a person is told when the installation is done."""

from installer.durations import clock_time
from installer.layout import Role
from installer.printable import printable
from installer.session import Plan
from installer.text import _


def done_words(disk: str, seconds: float) -> str:
    """That it is, and how long it took."""
    told = _("{disk} was written and checked, in {time}.")
    return told.format(disk=printable(disk), time=clock_time(seconds))


def next_words(plan: Plan | None, user: str) -> str:
    """How to go on. `plan`: where it is known; `user`: the account that was made, if any."""
    words = [_("Restart, and take the installation medium out.")]
    if plan is not None and plan.table.find(Role.LUKS) is not None:
        words.append(_("The passphrase is asked for at every start."))
    if user:
        words.append(_("Then log in as {user}.").format(user=user))
    elif plan is not None:
        words.append(_("Then log in as before."))
    return " ".join(words)
