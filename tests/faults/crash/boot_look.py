"""What a boot partition starts, as it is and when its journal was replayed."""

import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from installer.boot_state import RECOVERY
from installer.grub_entry import words_in
from tests.faults.crash.grub_look import GrubLook
from tests.faults.crash.whole import System, sha256

_ROOT_HASH: Final = re.compile(r"(?:\S*[.])?roothash=([0-9a-f]+)")
_MENU: Final = "/grub/grub.cfg"


@dataclass(frozen=True, kw_only=True)
class Start:
    """What starts by itself."""

    entry: str
    """A slot, or Recovery."""
    root_hash: str
    kernel: str
    """SHA-256, as of the initrd."""
    initrd: str

    def fits(self, system: System) -> bool:
        """Whether kernel, initrd and command line are that system's."""
        mine = (self.root_hash, self.kernel, self.initrd)
        return mine == (system.root_hash, system.kernel, system.initrd)


@dataclass(frozen=True, kw_only=True)
class BootLook:
    """What there is of a boot partition's file."""

    start: Start | None
    fault: str = ""
    """Why nothing starts."""


def look_at(file: Path, menus: Mapping[str, str]) -> BootLook:
    """What GRUB would do with it. `menus`: those that are whole, their SHA-256 and a name."""
    grub = GrubLook(file)
    menu = grub.read(_MENU)
    if menu is None:
        return BootLook(start=None, fault="GRUB finds no menu")
    if sha256(menu) not in menus:
        return BootLook(start=None, fault=f"GRUB finds a menu of {len(menu)} bytes that is no one's")
    text = menu.decode()
    has_recovery = "set atomos_recovery=yes\n" in text
    sequence = grub.sequence(has_recovery=has_recovery)
    for entry in sequence:
        if entry == RECOVERY:
            return BootLook(start=Start(entry=entry, root_hash="", kernel="", initrd=""))
        loaded = grub.loads(entry)
        if loaded is not None:
            kernel, initrd = map(sha256, loaded)
            root_hash = _root_hash(text, entry)
            return BootLook(
                start=Start(entry=entry, root_hash=root_hash, kernel=kernel, initrd=initrd)
            )
    return BootLook(start=None, fault=f"GRUB can load none of {', '.join(sequence)}")


def replay(file: Path) -> str:
    """Have the kernel mount an ext4, which replays its journal; what is not clean then, in words.

    Not ``e2fsck -E journal_only``: its version 1.47.0 leaves the counts of free blocks as they were
    before.
    """
    with tempfile.TemporaryDirectory(dir=file.parent) as place:
        for argv in (["mount", "-t", "ext4", "-o", "loop", str(file), place], ["umount", place]):
            done = subprocess.run(argv, check=False, capture_output=True, text=True)
            if done.returncode != 0:
                return f"ext4 cannot be mounted: {done.stderr}"
    done = subprocess.run(
        ["e2fsck", "-f", "-n", str(file)], check=False, capture_output=True, text=True
    )
    return "" if done.returncode == 0 else f"ext4 is not clean: {done.stdout}{done.stderr}"


def _root_hash(menu: str, slot: str) -> str:
    for each in words_in(menu, slot):
        match = _ROOT_HASH.fullmatch(each)
        if match is not None:
            return match[1]
    return ""
