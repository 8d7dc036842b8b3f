"""What the machine hangs on: its network, by NetworkManager (nmcli(1)), and its battery."""

from collections.abc import Callable
from typing import Final, Protocol

from backends.runner import Runner
from installer.errors import InstallError

_SECONDS: Final = 20.0
_METERED: Final = ("yes", "yes (guessed)")
"""NetworkManager guesses by what the network itself says, as a telephone does."""


class Battery(Protocol):
    """What psutil says of one."""

    @property
    def percent(self) -> float:
        """How full it is."""
        ...

    @property
    def power_plugged(self) -> bool | None:
        """None: nobody knows."""
        ...


class SurroundingsHere:
    """Fulfils Surroundings. `battery` is psutil's."""

    def __init__(self, runner: Runner, battery: Callable[[], Battery | None]) -> None:
        self._runner = runner
        self._battery = battery

    def is_metered(self) -> bool:
        """See Surroundings: false where NetworkManager does not say it."""
        try:
            argv = ["nmcli", "--terse", "--fields", "METERED", "general", "status"]
            done = self._runner.run(argv, timeout=_SECONDS)
        except InstallError:
            return False
        return done.stdout.strip() in _METERED

    def battery_percent(self) -> int | None:
        """See Surroundings."""
        found = self._battery()
        if found is None or found.power_plugged is not False:
            return None
        return int(found.percent)


def battery_here() -> Battery | None:
    """None where there is none."""
    import psutil

    # Where nobody says anything of power, psutil has no such function, or it finds no folder.
    found: Battery | None = psutil.sensors_battery()
    return found
