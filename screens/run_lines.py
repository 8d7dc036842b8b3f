"""What the tools printed during a run, kept for whoever wants to read it."""

from collections import deque
from typing import Final

from installer.printable import printable

KEPT: Final = 2000
"""Lines; a whole run prints some hundreds."""


class RunLog:
    """The last lines, each with the tool that printed it."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=KEPT)
        self._count = 0

    def add(self, tool: str, line: str) -> None:
        """One more line."""
        self._lines.append(f"{printable(tool)}: {printable(line)}")
        self._count += 1

    def since(self, seen: int) -> tuple[list[str], int]:
        """Lines after the first `seen` of the run, and how many there are now."""
        new = min(self._count - seen, len(self._lines))
        return list(self._lines)[len(self._lines) - new :], self._count
