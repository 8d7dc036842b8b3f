"""archinstall, from its first page to its plan (``--dry-run``, on an empty disk of 32 GiB)."""

import tempfile
from pathlib import Path
from typing import Final

from tests.bench.archinstall import archinstall
from tests.compare.foreign import DOWN, ENTER, Foreign
from tests.compare.room import ROOM, empty_disk

PASSWORD: Final = "Snyder-Sort-Merge-51"
PASSPHRASE: Final = "abacus lantern thicket plum"
_OPTIONS: Final = (
    *("--dry-run", "--offline", "--skip-ntp", "--skip-wkd", "--skip-version-check"),
    "--no-pkg-lookups",
)


def main(cache: Path) -> None:
    """Walk through it and take the pictures."""
    there = archinstall(cache)
    with tempfile.TemporaryDirectory() as folder, empty_disk(Path(folder) / "disk") as disk:
        command = there.command("TERM=linux", "/opt/archinstall/bin/archinstall", *_OPTIONS)
        room = ("unshare", "--mount", "--pid", "--fork", "sh", "-c", ROOM, "room")
        foreign = Foreign("archinstall", (*room, str(there.root), disk, *command), term="linux")
        try:
            _walk(foreign)
        finally:
            foreign.close()
    print(there.version)


def _walk(foreign: Foreign) -> None:
    foreign.shows("Archinstall language")
    foreign.picture("first")
    foreign.press(ENTER)
    foreign.shows("Arabic")
    foreign.picture("language")
    foreign.press(ENTER)
    foreign.shows("Disk configuration")
    _disk(foreign)
    _people(foreign)


def _disk(foreign: Foreign) -> None:
    foreign.press(DOWN, DOWN, DOWN, ENTER)
    foreign.shows("Partitioning")
    foreign.press(ENTER)
    foreign.shows("best-effort")
    foreign.press(ENTER)
    foreign.shows("Select disks")
    foreign.press(" ")
    foreign.picture("disk")
    foreign.press(ENTER)
    foreign.shows("Select main filesystem")
    foreign.press(ENTER)
    foreign.shows("BTRFS subvolumes")
    foreign.press(ENTER)
    foreign.shows("compression")
    foreign.press(ENTER)
    foreign.shows("Disk encryption")
    foreign.press(DOWN, DOWN, ENTER)
    foreign.shows("Encryption type")
    foreign.press(ENTER)
    foreign.shows("Select encryption type")
    foreign.press(ENTER)
    foreign.shows("Encryption password")
    foreign.press(DOWN, ENTER)
    foreign.shows("Enter disk encryption password")
    foreign.type(PASSPHRASE)
    foreign.picture("passphrase")
    foreign.press(ENTER)
    foreign.shows("Confirm password")
    foreign.type(PASSPHRASE)
    foreign.press(ENTER)
    foreign.shows("Encryption password")
    foreign.press(DOWN, DOWN, ENTER)
    foreign.shows("Select disks")
    foreign.press(" ", ENTER)
    foreign.shows("HSM")
    foreign.press(DOWN, DOWN, ENTER)
    foreign.shows("Btrfs snapshots")
    foreign.press(DOWN, DOWN, ENTER)


def _people(foreign: Foreign) -> None:
    foreign.shows("Authentication")
    foreign.press(*(DOWN for _ in range(6)), ENTER)
    foreign.shows("User account")
    foreign.press(DOWN, ENTER)
    foreign.shows("Add a user")
    foreign.press(ENTER)
    foreign.shows("Enter a username")
    foreign.type("ada")
    foreign.press(ENTER)
    foreign.shows("assword")
    foreign.type(PASSWORD)
    foreign.picture("user")
    foreign.press(ENTER)
    foreign.shows("Confirm password")
    foreign.type(PASSWORD)
    foreign.press(ENTER)
    foreign.shows("sudo")
    foreign.press(ENTER)
    foreign.shows("Confirm and exit")
    foreign.press(DOWN, DOWN, ENTER)
    foreign.shows("U2F")
    foreign.press(DOWN, DOWN, ENTER)
    foreign.shows("Timezone")
    foreign.press(*(DOWN for _ in range(9)))
    foreign.shows("Ready to install")
    foreign.picture("summary")
