"""F1: what this screen is for, and which key does what everywhere."""

from installer.page_words import Ways
from installer.text import _
from screens.dialog import Dialog


class Help(Dialog):
    """Words only; any answer closes it."""

    def __init__(self, heading: str, words: str) -> None:
        super().__init__(heading, f"{words}\n\n{_everywhere()}", no=_("Close"))


def keys() -> Ways:
    """The keys that the helps of the pages speak of."""
    return Ways(
        look=_("F5"),
        back=_("Esc"),
        log=_("F3"),
        stop=_("F9"),
        tick=_("tick the box"),
        untick=_("untick the box"),
        leave_it=_("Space ticks the box."),
        show=_("tick the box"),
        greyed=_("Grey disks"),
        red=_("Red is what"),
        find=_("Type a part of its name, or the country, to find one."),
        more=_("Page Down shows more. "),
    )


def _everywhere() -> str:
    return _(
        "Up, Down or Tab   move           Enter    choose or go on\n"
        "Esc or F2         go back        PgDn     more, where there is more\n"
        "Ctrl+L            paint again    Ctrl+Q   leave to a shell\n"
        "F8                light or dark"
    )
