"""How the app was left: what `screens.app.run` answers, and its caller acts upon."""

from enum import IntEnum


class Leave(IntEnum):
    """What the person wants next. Clear of ExitCode (0 to 5) and of the shell's own (126 up)."""

    SHELL = 10
    """A shell on this console. An installation that was running still is."""
    REBOOT = 11
    """The installation is done: start the machine anew."""
    HUNG_UP = 12
    """The terminal went away: start the app again when one comes back."""
