"""What a boot partition starts: as GRUB finds it, and when its journal was replayed."""

import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from installer.boot_state import RECOVERY
from installer.grub_entry import words_in
from installer.grub_state import STATE_FILES
from installer.operations.boot import WriteMenu
from installer.session import Plan
from installer.upkeep.recovery_operations import RenewRecovery
from tests.faults.crash.whole import System, sha256
from tests.vm.boot_cases import Blocks

_ROOT_HASH: Final = re.compile(r"(?:\S*[.])?roothash=([0-9a-f]+)")
_MENU: Final = "grub/grub.cfg"


class Files(Protocol):
    """The files of a boot partition."""

    def read(self, path: str) -> bytes | None:
        """One of them; None where it cannot be read."""
        ...


@dataclass(frozen=True)
class GrubFiles:
    """As GRUB's own code finds them, which replays no journal."""

    place: Path
    """A file with that one file system."""

    def read(self, path: str) -> bytes | None:
        """See Files."""
        argv = ["grub-fstest", str(self.place), "cat", f"/{path}"]
        done = subprocess.run(argv, capture_output=True, check=False)
        # It says what goes wrong, and ends well after some of it.
        return done.stdout if done.returncode == 0 and not done.stderr else None


@dataclass(frozen=True)
class MountedFiles:
    """As the kernel has them."""

    top: Path

    def read(self, path: str) -> bytes | None:
        """See Files."""
        try:
            return (self.top / path).read_bytes()
        except OSError:
            return None


@dataclass(frozen=True, kw_only=True)
class Start:
    """What starts by itself."""

    entry: str
    """A slot, or Recovery."""
    root_hash: str = ""
    """By the slot's command line."""
    kernel: str = ""
    """SHA-256, as of the initrd."""
    initrd: str = ""

    def fits(self, system: System) -> bool:
        """Whether kernel, initrd and command line are that system's."""
        mine = (self.root_hash, self.kernel, self.initrd)
        return mine == (system.root_hash, system.kernel, system.initrd)


@dataclass(frozen=True, kw_only=True)
class BootLook:
    """What there is of a boot partition."""

    start: Start | None
    fault: str = ""
    """Why nothing starts."""
    comes_to_recovery: bool = False
    """Whether Recovery is among what starts by itself."""


def menus_of(plan: Plan) -> dict[str, str]:
    """Those that a plan writes, each by its SHA-256: the step that does."""
    return {
        sha256(each.menu.encode()): each.id
        for each in plan.operations
        if isinstance(each, WriteMenu | RenewRecovery)
    }


def look_at(files: Files, menus: Mapping[str, str]) -> BootLook:
    """What the menu there starts. `menus`: those that are whole, their SHA-256 and a name.

    What it makes of the two blocks of the boot state is said by the model; that GRUB makes the same
    of any two blocks is shown by the scenario ``boot-state``, and by the points that GRUB starts.
    """
    menu = files.read(_MENU)
    if menu is None:
        return BootLook(start=None, fault="there is no menu")
    if sha256(menu) not in menus:
        return BootLook(start=None, fault=f"the menu, of {len(menu)} bytes, is none that we wrote")
    text = menu.decode()
    one, two = map(files.read, STATE_FILES)
    recovery = "set atomos_recovery=yes\n" in text
    for entry in Blocks(one, two).state.sequence(has_recovery=recovery):
        if entry == RECOVERY:
            return BootLook(start=Start(entry=entry), comes_to_recovery=recovery)
        kernel, initrd = (files.read(f"{entry}/{name}") for name in ("vmlinuz", "initrd"))
        # Where one cannot be loaded, GRUB goes on to the next entry.
        if kernel and initrd:
            start = Start(
                entry=entry,
                root_hash=_root_hash(text, entry),
                kernel=sha256(kernel),
                initrd=sha256(initrd),
            )
            return BootLook(start=start, comes_to_recovery=recovery)
    return BootLook(start=None, fault="GRUB can load nothing of what the menu has")


def replayed(file: Path, menus: Mapping[str, str]) -> tuple[BootLook, str]:
    """Have the kernel mount an ext4, which replays its journal; what starts then, and what is not
    clean, in words.

    Not ``e2fsck -E journal_only``: its version 1.47.0 leaves the counts of free blocks as they were
    before.
    """
    with tempfile.TemporaryDirectory(dir=file.parent) as place:
        fault = said(["mount", "-t", "ext4", "-o", "loop", str(file), place])
        if fault:
            return BootLook(start=None, fault=f"/boot cannot be mounted: {fault}"), fault
        try:
            look = look_at(MountedFiles(Path(place)), menus)
        finally:
            subprocess.run(["umount", place], check=True)
    return look, said(["e2fsck", "-f", "-n", str(file)])


def said(argv: list[str]) -> str:
    """What a tool says when it fails."""
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    return f"{argv[0]}: {done.stdout}{done.stderr}" if done.returncode != 0 else ""


def _root_hash(menu: str, slot: str) -> str:
    for each in words_in(menu, slot):
        match = _ROOT_HASH.fullmatch(each)
        if match is not None:
            return match[1]
    return ""
