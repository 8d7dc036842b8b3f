"""The install journal in a boot partition: made, added to in place, read without a change, removed.

It must be readable after a power cut without the replay of the ext4's own journal, which would
write. So the file is made whole and flushed by an unmount, and from then on its blocks are written
where they are, past the file system: a line costs one write of a sector or two, and no mount.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from backends.block_device import device_error, drop_cache
from backends.boot_names import MENU
from backends.boot_state_blocks import states_in
from backends.file_errors import file_errors
from backends.file_extents import Extent, extents_of, write_direct
from backends.mounts import Mounts, flush_directory
from backends.read_only_loop import ReadOnlyLoops
from backends.regular_file import opened_regular, read_regular
from backends.reset_request import asked_in
from backends.runner import Runner
from installer.boot_state import BootState, merged
from installer.errors import InstallError
from installer.installed_version import HEAD_BYTES, version_in
from installer.machinery import TargetJournal
from installer.quantity import KIB, MIB, align_up
from installer.traces import BootContent
from installer.upkeep.system import Level

FOLDER: Final = "atomos"
FILE: Final = "install.journal"
LEAST: Final = 64 * KIB
"""Bytes of the file: a header of 6 KiB and 20 steps of 300 bytes leave room for eight attempts."""
ROOM: Final = 48 * KIB
"""Bytes there are at least after what it says when it is made."""
MODE: Final = 0o600
_LONGEST: Final = MIB
"""Bytes that are read of one: nobody's answers are as long."""


class TargetJournalsOnDisk:
    """Fulfils TargetJournals and BootPartitions."""

    def __init__(self, runner: Runner, mounts: Mounts) -> None:
        self._mounts = mounts
        self._loops = ReadOnlyLoops(runner)

    def look(self, partition: str) -> BootContent:
        """See BootPartitions."""
        with self._untouched(partition) as top:
            journal, states, menu = _read(top), states_in(top), _menu(top)
            room = os.statvfs(top)
            return BootContent(
                journal=None if journal is None else journal[0],
                is_empty={each.name for each in top.iterdir()} <= {"lost+found"},
                was_started=_says_of_a_start(states),
                version=version_in(menu[:HEAD_BYTES]),
                resets_everything=asked_in(top) is Level.EVERYTHING,
                menu=menu,
                state=merged(*states),
                free_bytes=room.f_bavail * room.f_frsize,
            )

    def put(self, boot: str, text: str) -> TargetJournal:
        """See TargetJournals. A line that was cut short after `text` is no reason to write."""
        wanted = text.encode()
        try:
            with self._untouched(boot) as top:
                found = _read(top)
        except InstallError:
            # Without a replay it may be in pieces; the mount for writing replays it.
            found = None
        if found is not None and _is_cut_from(found[0], wanted):
            return JournalOnDisk(self._mounts, boot, wanted, found[1])
        return JournalOnDisk(self._mounts, boot, wanted, self._make(boot, wanted))

    def _make(self, boot: str, wanted: bytes) -> tuple[Extent, ...]:
        size = align_up(max(LEAST, len(wanted) + ROOM), LEAST)
        with self._mounts.device(boot, "ext4", read_only=False) as top, file_errors(boot):
            folder = top / FOLDER
            if folder.is_symlink() or folder.is_file():
                folder.unlink()
            folder.mkdir(mode=0o700, exist_ok=True)
            new = folder / f".{FILE}.new"
            new.unlink(missing_ok=True)
            descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
            with os.fdopen(descriptor, "wb") as file:
                # Written, not reserved: an extent that was never written reads as zeros whatever
                # is in its blocks.
                file.write(wanted.ljust(size, b"\0"))
                file.flush()
                os.fsync(file.fileno())
                extents = extents_of(file.fileno())
            new.rename(folder / FILE)
            flush_directory(folder)
            flush_directory(top)
        return extents

    @contextlib.contextmanager
    def _untouched(self, partition: str) -> Iterator[Path]:
        with (
            self._loops.over(partition) as loop,
            self._mounts.untouched(loop.device, "ext4") as top,
            file_errors(partition),
        ):
            loop.release()
            yield top


class JournalOnDisk:
    """Fulfils TargetJournal: the blocks of a file in an ext4 that is not mounted."""

    def __init__(
        self, mounts: Mounts, boot: str, content: bytes, extents: tuple[Extent, ...]
    ) -> None:
        self._mounts = mounts
        self._boot = boot
        self._content = content
        self._extents = extents
        self._is_full = False

    def append(self, line: str) -> None:
        """See TargetJournal.

        Whole sectors are written, up to the NUL that ends the journal: what stands behind it of a
        line that was cut short counts no more.
        """
        content = self._content + line.encode()
        size = sum(extent.length for extent in self._extents)
        self._is_full = self._is_full or len(content) >= size
        if self._is_full:
            return
        try:
            write_direct(self._boot, self._extents, content + b"\0", len(self._content))
        except OSError as error:
            raise device_error(self._boot, error) from error
        self._content = content

    def remove(self) -> None:
        """See TargetJournal."""
        drop_cache(self._boot)
        with (
            self._mounts.device(self._boot, "ext4", read_only=False) as top,
            file_errors(self._boot),
        ):
            folder = top / FOLDER
            if folder.is_dir():
                for each in folder.iterdir():
                    each.unlink()
                folder.rmdir()
            flush_directory(top)


def _menu(top: Path) -> str:
    folder = top / MENU.parent
    if folder.is_symlink() or not folder.is_dir():
        return ""
    return read_regular(top / MENU, _LONGEST).decode("utf-8", "replace")


def is_begun(top: Path) -> bool:
    """Whether the boot partition that is mounted at `top` has one, so that what was begun onto the
    disk is not at its end. Raises OSError."""
    return (top / FOLDER / FILE).exists()


def _read(top: Path) -> tuple[bytes, tuple[Extent, ...]] | None:
    """What the journal holds, and where; None when there is none."""
    folder = top / FOLDER
    if folder.is_symlink() or not folder.is_dir():
        return None
    descriptor = opened_regular(folder / FILE)
    if descriptor is None:
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read(_LONGEST), extents_of(file.fileno())


def _is_cut_from(found: bytes, wanted: bytes) -> bool:
    """Whether `found` says `wanted`, and at most the beginning of one more line."""
    said = found.split(b"\0")[0]
    return said.startswith(wanted) and b"\n" not in said[len(wanted) :]


def _says_of_a_start(states: list[BootState | None]) -> bool:
    """Whether the boot state is another than those that an installation leaves, and a reset."""
    state = merged(*states)
    # What is asked for once was asked by a person, of Recovery too.
    return any(states) and state.forgotten() != BootState() and not state.is_closed
