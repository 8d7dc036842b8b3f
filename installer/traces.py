"""What an earlier installation, finished or not, has left to be found: on disks and in memory."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from installer.boot_state import BootState
from installer.errors import InstallError
from installer.hardware import Disk, Machine
from installer.install_journal import InstallJournal, JournalUnreadable, read_journal
from installer.layout import Role
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class BootContent:
    """What is in the file system of a boot partition."""

    journal: bytes | None = None
    """The install journal, where there is one."""
    is_empty: bool = False
    """Whether nothing at all is in it: whoever made it came no further."""
    was_started: bool = False
    """Whether its boot state says that somebody has started a slot since they were written."""
    version: str | None = None
    """Of the system that its start menu starts; None where there is no menu that says it."""
    resets_everything: bool = False
    """Whether somebody has asked for that (docs/reset.md)."""
    menu: str = ""
    """The start menu; empty where there is none."""
    state: BootState = field(default_factory=BootState)
    free_bytes: int = 0


class BootPartitions(Protocol):
    """Whoever looks into boot partitions."""

    def look(self, partition: str) -> BootContent:
        """What is in the ext4 on `partition`. Changes no byte of it, nor replays its journal.

        Raises InstallError.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One of them. `journal` is None where there is none, or one that cannot be gone by."""

    disk: str | None
    """Device node of the disk that it is about; None: that one is not attached."""
    place: str | None
    """The boot partition that it was found on; None: it is in this machine's memory."""
    journal: InstallJournal | None = None
    unreadable: str = ""
    """Why there is a journal that cannot be gone by, as a clause."""
    is_empty: bool = False
    was_started: bool = False
    version: str | None = None
    """As in `BootContent`."""
    resets_everything: bool = False
    menu: str = ""
    state: BootState = field(default_factory=BootState)
    free_bytes: int = 0


def find_traces(machine: Machine, boots: BootPartitions, memory: Path) -> tuple[Trace, ...]:
    """All there are; that in `memory` first, which is of the latest run since this machine started.

    Whatever cannot be looked at has left none.
    """
    found = []
    if memory.is_file():
        found.append(_in_memory(machine, memory.read_bytes()))
    for disk in machine.disks:
        for part in () if disk.damaged else disk.partitions:
            kind = part.contents.kind if part.contents is not None else ""
            if part.label == Role.BOOT.value and kind == "ext4" and not part.uses:
                try:
                    found.append(_on_disk(disk, part.path, boots.look(part.path)))
                except InstallError:
                    continue
    return tuple(found)


def _in_memory(machine: Machine, data: bytes) -> Trace:
    try:
        journal = read_journal(data)
    except JournalUnreadable as error:
        return Trace(disk=None, place=None, unreadable=str(error))
    known = journal.header.disk
    own = [disk.path for disk in machine.disks if known.is_of(disk)]
    if len(own) > 1 or not (known.serial or known.ids):
        # Nothing but its name tells it from another one, and names stay as long as memory does.
        own = [path for path in own if path == known.path]
    return Trace(disk=next(iter(own), None), place=None, journal=journal)


def _on_disk(disk: Disk, partition: str, content: BootContent) -> Trace:
    journal, unreadable = None, ""
    if content.journal is not None:
        try:
            journal = read_journal(content.journal)
        except JournalUnreadable as error:
            unreadable = str(error)
    if journal is not None and not journal.header.disk.is_of(disk):
        unreadable = _("it is of another disk, {disk}").format(disk=journal.header.disk.name)
        journal = None
    return Trace(
        disk=disk.path,
        place=partition,
        journal=journal,
        unreadable=unreadable,
        is_empty=content.is_empty,
        was_started=content.was_started,
        version=content.version,
        resets_everything=content.resets_everything,
        menu=content.menu,
        state=content.state,
        free_bytes=content.free_bytes,
    )
