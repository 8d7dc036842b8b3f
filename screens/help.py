"""F1: what this screen is for, and which key does what everywhere."""

from installer.text import _
from screens.dialog import Dialog


class Help(Dialog):
    """Words only; any answer closes it."""

    def __init__(self, heading: str, words: str) -> None:
        super().__init__(heading, f"{words}\n\n{_everywhere()}", no=_("Close"))


def _everywhere() -> str:
    return _(
        "Up, Down or Tab   move           Enter    choose or go on\n"
        "Esc or F2         go back        PgDn     more, where there is more\n"
        "Ctrl+L            paint again    Ctrl+Q   leave to a shell"
    )
