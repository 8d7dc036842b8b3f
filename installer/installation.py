"""An AtomOS that is on a disk already, as far as its data could be kept."""

from dataclasses import dataclass
from typing import Protocol

from installer.hardware import Disk
from installer.machinery import Settings
from installer.secret import Secret


@dataclass(frozen=True, kw_only=True)
class Installation:
    """What a look at it found. Sizes in bytes."""

    luks_uuid: str | None
    """Of the container that slots and data are in; None in the plain layout."""
    slot_bytes: tuple[int, int]
    """Sizes of Root A and Root B."""
    data_free_bytes: int
    """Room left in the file system of the data."""
    subvolumes: tuple[str, ...]
    """At the top of the data's file system, sorted."""
    accounts: tuple[str, ...]
    """Login names of its people, sorted."""
    settings: Settings
    """Host name, locale, keymap, time zone and machine-id."""
    data: str
    """Device node that its data are known by."""
    errors: str = ""
    """What the file system of the data has counted of errors, in words; empty without any."""


class Installations(Protocol):
    """Whoever looks into an AtomOS disk."""

    def look(self, disk: Disk, passphrase: Secret | None) -> Installation:
        """What is on `disk` (which has the partitions of an AtomOS). Changes no byte of it.

        Read-only devices and no log replay; everything that was opened is closed again.
        `passphrase` opens the LUKS container, where there is one. Raises Refused with every
        reason why its data cannot be kept, in words with the device: no passphrase or a wrong
        one (`question` is QuestionId.UNLOCK), LUKS1 or a foreign header, no volume group or
        volume of ours, no BTRFS, a damaged one, one without room, no @home, @nix or @snapshots,
        no account files.
        """
        ...
