"""The protocol through which the system on a disk is read before it is taken away."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from installer.release import ReleaseFile, SlotPlace
from installer.secret import Secret


class Slots(Protocol):
    """Slots of a disk. No byte of it changes, and nothing of it is open afterwards."""

    def fetch(
        self,
        place: SlotPlace,
        image: ReleaseFile,
        file: Path,
        *,
        passphrase: Secret | None,
        progress: Callable[[int, int], None],
    ) -> None:
        """Bring the image in a slot into `file`, which is there whole and right or not at all.

        One that is there already, and right, stays as it is: the slot may be gone by now.
        """
        ...
