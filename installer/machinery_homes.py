"""The protocol through which a person's home is set up at installation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from installer.release import ReleaseFile


@dataclass(frozen=True, kw_only=True)
class HomeOrder:
    """Whose home is to be set up where, and of what."""

    slot: str
    data: str
    user: str
    flake: str | None
    """None: the starter, that of the seed or the image's."""
    seed: ReleaseFile | None
    """What the starter is built of without a network."""
    proxy: str | None
    insists: bool
    """Try also where nothing can be reached, by the look of it."""


class Homes(Protocol):
    """Homes by home-manager in the installed system."""

    def set_up(self, order: HomeOrder, progress: Callable[[int, int], None]) -> str | None:
        """Build the home with the image's own nix and activate it as its person (docs/home.md).

        None, or in words why it is left for the first login, with nothing changed but what nix
        keeps in its store. Nothing runs and nothing is mounted afterwards. Raises InstallError
        where the disk itself fails.
        """
        ...

    def verify(self, *, slot: str, data: str, user: str) -> None:
        """Look whether the home is set up whole, or left whole for the first login."""
        ...
