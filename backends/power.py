"""Ending the live system."""

from typing import Final

from backends.runner import Runner
from installer.errors import ToolFailed

SECONDS: Final = 60.0


class Power:
    """Restart and power-off, by whatever init there is."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def reboot(self) -> None:
        """Restart the machine. Returns before it does. Raises ToolFailed."""
        self._ask("reboot")

    def poweroff(self) -> None:
        """Switch the machine off. Returns before it does. Raises ToolFailed."""
        self._ask("poweroff")

    def _ask(self, what: str) -> None:
        """By systemctl, else by the program of that name, which OpenRC and busybox have."""
        try:
            self._runner.run(["systemctl", what], timeout=SECONDS)
        except ToolFailed:
            self._runner.run([what], timeout=SECONDS)
