"""What an operation does when nothing goes wrong: its tools, its file systems, its bytes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

TOLERATED: Final = {
    "efibootmgr": "a disk starts without an entry in the firmware too",
    "unshare": "a home that cannot be set up now is left for the first login",
    "lsblk": "it is asked for the sake of those entries alone",
    "sfdisk --part-uuid": "it is asked for the sake of those entries alone",
}
"""Calls that may fail without the operation failing, and why that is right."""
PAGE: Final = 4096
_WITH_COMMANDS: Final = ("lvm", "cryptsetup", "btrfs", "sfdisk", "partx")
"""Tools whose calls are told apart by one more word."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of a tool: the how-many-th of its kind within the operation, from 0."""

    kind: str
    ordinal: int
    seconds: float
    cleaning_up: bool
    noting: bool = False
    """It is the journal's, which is made on the disk after the operation."""

    @property
    def breakable(self) -> bool:
        """Whether the operation has to fail when this call does.

        Whoever cleans up (umount) tries again; and where it is the cleaning itself that is broken,
        nothing can be expected to be clean.
        """
        return not (self.cleaning_up or self.noting or self.kind in TOLERATED)


@dataclass(frozen=True, kw_only=True)
class FileSystem:
    """One that the operation writes into, and found there when it began.

    `device` begins with the name of its disk (``disk``, ``stick``) in the place of that disk's
    node, which may be another one the next time.
    """

    device: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Written:
    """What an operation changed of a disk."""

    medium: str
    first: int
    """Offset of the first byte, and of the last one."""
    last: int
    pages: tuple[int, ...]
    """Offsets of all pages of `PAGE` bytes, sorted."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What one operation did in the run without faults."""

    operation: str
    seconds: float
    calls: tuple[Call, ...]
    file_systems: tuple[FileSystem, ...]
    written: Written | None
    tellings: int
    """How often it told how far it was."""

    @property
    def breakable(self) -> tuple[Call, ...]:
        """Calls that it cannot do without.

        Where closing something is all that it does, the calls that do so; then others close it.
        """
        needed = tuple(each for each in self.calls if each.breakable)
        return needed or tuple(each for each in self.calls if each.cleaning_up)


def kind_of(argv: tuple[str, ...]) -> str:
    """What a call is told apart by: its tool, and with some tools what it is to do."""
    tool = Path(argv[0]).name
    if tool == "chroot":
        return f"chroot {Path(argv[2]).name}"
    return f"{tool} {argv[1]}" if tool in _WITH_COMMANDS else tool
