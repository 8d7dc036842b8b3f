"""Which front end a person gets: screens where the terminal can draw, lines where it cannot."""

from enum import Enum, auto
from typing import Final

from installer.errors import Refused
from installer.text import _

_CANNOT_DRAW: Final = ("", "dumb", "unknown", "network", "dialup", "ethernet")
"""What terminals are called that nobody knows anything of: terminfo(5), login's and getty's."""

_DRAWS: Final = ("linux", "vt", "xterm", "screen", "tmux", "rxvt")
"""How the names of most terminals begin: nothing is looked up for them, which costs time."""


class FrontEnd(Enum):
    """The two of them."""

    SCREENS = auto()
    LINES = auto()


def front_end(*, plain: bool, reads_terminal: bool, writes_terminal: bool, term: str) -> FrontEnd:
    """`plain`: it was asked for. `term`: what the environment calls the terminal.

    Raises Refused where standard input is no terminal: nobody could be asked, and lines from
    anywhere else are no person who has read the plan.
    """
    if not reads_terminal:
        raise Refused.because(
            _("Standard input is no terminal: there is nobody to ask."),
            _(
                "Start `atomos-install` on a terminal, or install by an answers file:"
                " `atomos-install run --answers FILE`. `atomos-install attach` watches an"
                " installation that is running."
            ),
        )
    if plain or not writes_terminal or not can_draw(term):
        return FrontEnd.LINES
    return FrontEnd.SCREENS


def can_draw(term: str) -> bool:
    """Whether the cursor can be moved on a terminal of that name.

    One that terminfo does not know is taken for one of today's, which all understand the same.
    """
    if term in _CANNOT_DRAW:
        return False
    if term.startswith(_DRAWS):
        return True
    import curses

    try:
        curses.setupterm(term)
    except curses.error as error:
        # It finds paper terminals too, and then refuses them: setupterm(3).
        return "could not find" in str(error)
    return curses.tigetstr("cup") is not None
