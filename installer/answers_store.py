"""Where a file of answers may be saved, and who writes it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from installer.answers_saved import FILE_NAME
from installer.errors import InstallError
from installer.hardware import Machine
from installer.header_backup_offer import offered_places
from installer.printable import printable
from installer.quantity import format_size
from installer.secret import Secret
from installer.text import _

MEMORY: Final = Path("/run/atomos/saved")
"""In the live system's memory: gone after a restart, and there to be copied over the network."""


class AlreadyThere(InstallError):
    """A file of that name is there, and nobody said that it may be replaced."""


@dataclass(frozen=True, kw_only=True)
class SavePlace:
    """A file system on a stick; `device` is None for this machine's memory."""

    device: str | None
    kind: str
    """Of the file system, as mount(8) names it; empty for memory."""
    words: str
    """What a person calls it."""

    @property
    def file(self) -> str:
        """The file there, for a person."""
        return FILE_NAME if self.device is not None else str(MEMORY / FILE_NAME)


class AnswersStore(Protocol):
    """Writes answers, and hashes the password in them."""

    def save(self, place: SavePlace, text: str, *, replaces: bool) -> None:
        """Write the file, for root alone (mode 0600) where the file system has modes.

        Whole or not at all. Raises AlreadyThere where there is one and `replaces` is false;
        InstallError when it cannot be written.
        """
        ...

    def hashed(self, password: Secret) -> Secret | None:
        """The crypt(5) hash of a password; None where this system makes none."""
        ...


def save_places(machine: Machine, target: str) -> tuple[SavePlace, ...]:
    """Sticks first, then memory; `target` is the disk that AtomOS goes onto, which is none."""
    sticks = tuple(
        SavePlace(
            device=place.path,
            kind=place.contents.kind or "",
            words=" ".join(
                filter(
                    None,
                    (
                        place.path,
                        format_size(place.size_bytes),
                        printable(place.contents.label or place.disk.model or ""),
                    ),
                )
            ),
        )
        for place in offered_places(machine, target)
        if place.contents is not None
    )
    memory = SavePlace(device=None, kind="", words=_("this machine's memory, gone after a restart"))
    return (*sticks, memory)
