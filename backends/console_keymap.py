"""The keyboard of the kernel's console, loaded while somebody sits at it."""

from pathlib import Path
from typing import Final, Protocol

from backends.runner import Completed
from installer.errors import InstallError
from installer.keymaps import is_layout
from installer.text import _

CONSOLE: Final = Path("/dev/tty0")
"""The console in front; a keymap is one for all of them."""
_SECONDS: Final = 30.0
"""ckbcomp is Perl: 0.4 s, and 6 s under emulation."""


class Tools(Protocol):
    """Whoever runs tools (`backends.runner.Runner`)."""

    def run(
        self, argv: tuple[str, ...], *, stdin: str | bytes | None = None, timeout: float
    ) -> Completed:
        """See Runner.run."""
        ...


class ConsoleKeymap:
    """ckbcomp(1) makes a console keymap of an XKB layout, and loadkeys(1) gives it to the kernel.

    Debian 13 has no keymaps of kbd's own. Nothing is written to any disk, and it is over with the
    next start of the machine.
    """

    def __init__(self, tools: Tools, console: Path = CONSOLE) -> None:
        self._tools = tools
        self._console = console

    def load(self, layout: str) -> None:
        """Make the keys mean what `layout` says. Raises InstallError; else nothing changes."""
        if not is_layout(layout):
            raise InstallError(
                _("There is no keyboard layout {name}.").format(name=layout),
                way_out=_("Choose another one."),
            )
        keymap = self._tools.run(("ckbcomp", layout), timeout=_SECONDS).stdout
        self._tools.run(
            ("loadkeys", "--console", str(self._console), "-"), stdin=keymap, timeout=_SECONDS
        )
