"""Where a file may be saved that outlives the live system: sticks, and its memory for a while."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from installer.errors import InstallError
from installer.hardware import Machine
from installer.header_backup_offer import offered_places
from installer.printable import printable
from installer.quantity import format_size
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

    def file(self, name: str) -> str:
        """The file of that name there, for a person."""
        return name if self.device is not None else str(MEMORY / name)


def save_places(machine: Machine, target: str | None) -> tuple[SavePlace, ...]:
    """Sticks first, then memory. `target` is the disk that AtomOS goes onto, which is none; where
    nobody knows it, that is no stick that an installation of ours is on."""
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


def saved_words(place: SavePlace, name: str) -> str:
    """That a file of that name is there now, and where."""
    if place.device is None:
        return _("Saved as {file}.").format(file=place.file(name))
    return _("Saved as {file} on {device}.").format(file=name, device=place.device)
