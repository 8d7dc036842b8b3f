"""What a run that ended before its end has left mounted, open or active."""

from pathlib import Path

from backends.holders import DiskHolders
from backends.mounts import Mounts
from backends.runner import Runner


class Leftovers:
    """Only for whoever holds the lock of the installation: another's would go too."""

    def __init__(self, runner: Runner, base: Path) -> None:
        self._mounts = Mounts(runner, base)
        self._holders = DiskHolders(runner)

    def clear(self) -> None:
        """Unmount what is below the base of a run's mounts. Raises InstallError."""
        self._mounts.unmount_leftovers()

    def leave(self, disk: str) -> None:
        """The same, and end all that is open on `disk`: volumes, the container, loop devices.

        Raises InstallError with what stays in use.
        """
        self.clear()
        self._holders.release(disk)
