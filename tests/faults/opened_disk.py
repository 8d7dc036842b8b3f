"""An encrypted disk whose slot A is said to run: its container is open."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backends.boot_state_blocks import BootStateBlocks
from backends.mounts import Mounts
from backends.runner import Runner
from installer.grub_entry import words_in
from installer.layout import VOLUME_GROUP, VOLUMES, Role, partition_path
from tests.faults.layouts import PASSPHRASE
from tests.tools.installed_disk import InstalledDisk
from tests.tools.written_disk import Attached

LUKS: Final = 5
"""Number of the partition with the container (installer/layout.py)."""
_NUMBERS: Final = {Role.BIOS: 1, Role.ESP: 2, Role.BOOT: 3, Role.RECOVERY: 4}


@dataclass(frozen=True, kw_only=True)
class Opened(Attached):
    """The disk, while its container is open."""

    def node(self, role: Role) -> str:
        """That of a role."""
        if role in VOLUMES:
            return f"/dev/{VOLUME_GROUP}/{VOLUMES[role]}"
        return partition_path(self.path, _NUMBERS[role])


@contextlib.contextmanager
def running_encrypted(disk: Opened, folder: Path, mounts: Mounts) -> Iterator[InstalledDisk]:
    """The system on it, started from A, and marked good; `folder` is for what is in memory."""
    boot = disk.node(Role.BOOT)
    with mounts.device(boot, "ext4", read_only=True) as top:
        words = " ".join(words_in((top / "grub/grub.cfg").read_text(), "a"))
    (folder / "cmdline").write_text(f"{words} atomos.slot=a\n")
    BootStateBlocks(mounts).change(boot=boot, change=lambda state: state.begun("a").good("a"))
    slot = disk.node(Role.SLOT_A)
    with container(disk), mounts.device(slot, "squashfs", read_only=True) as top:
        yield InstalledDisk(disk=disk, slot=top, folder=folder, mounts=mounts)


@contextlib.contextmanager
def container(disk: Opened) -> Iterator[None]:
    """As the initramfs opens it."""
    key, tools = PASSPHRASE.reveal(), Runner().run
    partition = partition_path(disk.path, LUKS)
    tools(["cryptsetup", "open", "--key-file=-", partition, VOLUME_GROUP], stdin=key, timeout=60)
    try:
        tools(["lvm", "vgchange", "--activate", "y", VOLUME_GROUP], timeout=60)
        yield
    finally:
        tools(["lvm", "vgchange", "--activate", "n", VOLUME_GROUP], timeout=60)
        tools(["cryptsetup", "close", VOLUME_GROUP], timeout=60)
