"""The protocol through which the system on a disk is read before it is taken away."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from installer.release import ReleaseFile, SlotPlace
from installer.secret import Secret


class Slots(Protocol):
    """Slots of a disk. No byte of them changes, and nothing of it is open afterwards."""

    def fetch(
        self,
        place: SlotPlace,
        image: ReleaseFile,
        file: Path,
        *,
        boot: str,
        passphrase: Secret | None,
        progress: Callable[[int, int], None],
    ) -> None:
        """Bring the image in a slot into `file`, which is there whole and right or not at all.

        The slot may be gone by now: what is right stays as it is, and what was kept on `boot`
        is taken before the slot.
        """
        ...

    def keep(self, file: Path, *, boot: str) -> None:
        """Leave a copy of `file` on the ext4 on `boot`, beside the journal, and flush."""
        ...

    def verify_kept(self, image: ReleaseFile, *, boot: str) -> None:
        """Read that copy back."""
        ...
