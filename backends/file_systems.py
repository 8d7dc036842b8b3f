"""Making file systems with their own tools, and looking at what is on a device."""

import re
from typing import Final

from backends.block_device import drop_cache, require_block_device
from backends.mounts import Mounts
from backends.runner import Runner
from backends.subvolumes import TOP, Subvolumes
from installer.hardware import Contents

SECONDS: Final = 300.0
"""mkfs.ext4 discards the whole partition first: minutes on an old SSD."""
EXT4_FEATURES: Final = "^metadata_csum_seed,^orphan_file,^metadata_csum"
"""Off: GRUB 2.06 refuses the first, an incompatible feature that 2.12 knows, and a kernel older
than 5.15 mounts a file system that has orphans by the second read-only. Neither is missed.

The third refuses a superblock of which the power let one of two sectors be written, and then
``e2fsck -p`` refuses it as well: /boot could not be mounted any more. Its parts mean the same, and
each of them is whole."""
NOTHING_FOUND: Final = 2
"""Exit status of ``blkid -p`` when it recognises nothing (blkid(8))."""


class Makers:
    """The tools mkfs.vfat, mkfs.ext4, mkfs.btrfs, btrfs and blkid.

    Each maker replaces whatever is on the device, so that it can be run again after it was killed.
    """

    def __init__(self, runner: Runner, mounts: Mounts) -> None:
        self._runner = runner
        self._mounts = mounts

    def make_fat32(self, device: str, *, label: str, volume_id: str) -> None:
        """FAT32 over the whole device; `volume_id` is eight hex digits."""
        self._make(device, "mkfs.vfat", "-F", "32", "-n", label, "-i", volume_id)

    def make_ext4(self, device: str, *, label: str, uuid: str) -> None:
        """ext4 over the whole device, with nothing that GRUB 2.12 cannot read.

        The inode tables are written at once: the kernel would otherwise go on writing them for
        minutes after the first mount, and a disk that is compared byte for byte would differ.
        """
        options = ["-E", "lazy_itable_init=0,lazy_journal_init=0", "-O", EXT4_FEATURES]
        self._make(device, "mkfs.ext4", "-q", "-F", "-L", label, "-U", uuid, *options)

    def make_btrfs(
        self, device: str, *, label: str, uuid: str, subvolumes: tuple[str, ...]
    ) -> None:
        """BTRFS over the whole device, with `subvolumes` at its top."""
        self._make(device, "mkfs.btrfs", "-q", "-f", "-L", label, "-U", uuid)
        with self._mounts.device(device, "btrfs", read_only=False) as top:
            made = Subvolumes(self._runner, top, device)
            for name in subvolumes:
                made.create(name)

    def contents(self, device: str) -> Contents | None:
        """What blkid's low-level probing recognises, read from the disk and not from a cache."""
        require_block_device(device)
        drop_cache(device)
        argv = ["blkid", "-p", "-o", "export", device]
        done = self._runner.run(argv, timeout=SECONDS, device=device, ok=(0, NOTHING_FOUND))
        fields = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
        kind = fields.get("TYPE") or fields.get("PTTYPE")
        if kind is None:
            return None
        label = fields.get("LABEL")
        return Contents(
            kind=kind,
            label=None if label is None else _unescaped(label),
            uuid=fields.get("UUID") or fields.get("PTUUID"),
        )

    def subvolumes(self, device: str) -> tuple[str, ...]:
        """Names of the subvolumes at the top of a BTRFS, sorted."""
        with self._mounts.device(device, "btrfs", read_only=True, subvolume=TOP) as top:
            return Subvolumes(self._runner, top, device).names()

    def _make(self, device: str, tool: str, *arguments: str) -> None:
        """Wiped first: mkfs.btrfs refuses a UUID that exists, also when it is this device's own."""
        require_block_device(device)
        self._runner.run(["wipefs", "--all", device], timeout=SECONDS, device=device)
        self._runner.run([tool, *arguments, device], timeout=SECONDS, device=device)


def _unescaped(value: str) -> str:
    r"""A value of blkid's export format, in which a backslash stands before blanks and quotes."""
    return re.sub(r"\\(.)", r"\1", value)
