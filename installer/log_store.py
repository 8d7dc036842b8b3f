"""The log of what happened on this machine, as one file for whoever is asked for help."""

from datetime import UTC, datetime
from typing import Protocol

from installer.save_place import SavePlace


def log_name(now: float) -> str:
    """Its name, by the time in seconds since the epoch: each is another file."""
    return f"atomos-install-{datetime.fromtimestamp(now, UTC):%Y%m%d-%H%M%S}.tar.gz"


class LogStore(Protocol):
    """Gathers the log and writes it."""

    def save(self, place: SavePlace) -> str:
        """Write all that is known of the runs on this machine; gives the name of the file.

        Whole or not at all, and read back. What a run leaves behind has no secrets in it, and
        neither has this. Raises InstallError when it cannot be written.
        """
        ...
