"""The voice that reads the first console aloud."""

import contextlib
from pathlib import Path
from typing import Final, Protocol

from backends.runner import Completed
from installer.errors import InstallError

SETTINGS: Final = Path("/run/atomos/espeakup")
"""Written when the voice starts (live/medium/usr/lib/atomos/live/speech); else nothing speaks."""
_SECONDS: Final = 30.0
"""It takes 0.5 s, and under emulation 2."""


class Tools(Protocol):
    """Whoever runs tools (`backends.runner.Runner`)."""

    def run(self, argv: tuple[str, ...], *, timeout: float) -> Completed:
        """See Runner.run."""
        ...


class ConsoleVoice:
    """espeakup, which takes its language from what a person has chosen when it starts.

    What is printed while it starts anew is never spoken: speakup drops it where nobody listens.
    """

    def __init__(self, tools: Tools, settings: Path = SETTINGS) -> None:
        self._tools = tools
        self._settings = settings

    def change(self) -> None:
        """Start it anew where it speaks; returns when it listens. A voice that cannot be changed
        goes on as it is, or not at all: nothing of the installation hangs on it."""
        if self._settings.exists():
            with contextlib.suppress(InstallError):
                self._tools.run(("systemctl", "try-restart", "espeakup.service"), timeout=_SECONDS)
