"""A wish to stop, as SIGINT and SIGTERM bring it."""

from types import FrameType

from installer.errors import Interrupted


class Stop:
    """Remembers that somebody asked; the work looks at it where it can be left."""

    def __init__(self) -> None:
        self._asked = False

    def ask(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Ask for it; fit to be a signal handler."""
        self._asked = True

    def check(self) -> None:
        """Raises Interrupted when somebody asked."""
        if self._asked:
            raise Interrupted
