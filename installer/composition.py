"""What the command line needs of the rest, as one protocol: the real parts, or a test's."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from installer.errors import ExitCode

if TYPE_CHECKING:
    from installer.answers import Answers
    from installer.hardware import Machine
    from installer.session import Session
    from installer.upkeep.system import Level


class Parts(Protocol):
    """Everything that is wired together in one place (``installer/__main__.py``).

    `run` is the run directory.
    """

    def session(self, run: Path, *, unattended: bool) -> "Session":
        """A session at this machine."""
        ...

    def show_screens(
        self, session: "Session", run: Path, answers: str | None, *, plain: bool
    ) -> ExitCode:
        """Show the app until the person leaves it: as screens or, where it is to be `plain` or
        the terminal cannot draw, line by line. `answers` is the file that it begins with.

        Raises Refused where nobody can be asked.
        """
        ...

    def execute(self, run: Path, document: bytes) -> ExitCode:
        """Be the process that installs."""
        ...

    def told(self, run: Path, document: bytes) -> str:
        """Be the process that reads a release: what is told to the AskedRelease in `document`."""
        ...

    def answers(self, place: str) -> "Answers":
        """The answers in a file or behind a URL. Raises AnswersInvalid, InstallError or OSError."""
        ...

    def schema(self) -> str:
        """The JSON Schema of the answers."""
        ...

    def recorded(self, machine: "Machine") -> str:
        """`machine` as a recording, with serial numbers and addresses replaced."""
        ...

    def look_before_reset(self, run: Path, boot: str, disk: str) -> None:
        """Raises Refused while something is being installed, or where what was begun onto `disk`,
        as a person calls it, is not at its end; InstallError. `boot` is its boot partition."""
        ...

    def ask_reset(self, run: Path, level: "Level | None", boot: str, disk: str) -> None:
        """Have the next start of the system with that boot partition reset `level`, or nothing.

        Raises as `look_before_reset`, with nothing asked for.
        """
        ...

    def reboot(self) -> None:
        """Restart the machine. Raises InstallError."""
        ...

    def poweroff(self) -> None:
        """Switch the machine off. Raises InstallError."""
        ...
