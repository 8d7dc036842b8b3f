"""What a machine starts from: kernels and menu in /boot, shim and GRUB, GRUB for BIOS, NVRAM."""

from pathlib import Path, PurePosixPath
from typing import Final

from backends.bios_core import BiosCore
from backends.boot_entries import BootEntries
from backends.boot_names import INITRD, KERNEL, MENU
from backends.boot_state_blocks import BootStateBlocks
from backends.difference import first_difference, first_difference_of_files
from backends.esp import Esp, signed_files
from backends.file_errors import file_errors
from backends.image_tree import MountedImage
from backends.loader_renewal import LoaderRenewal
from backends.mounts import Mounts, flush_directory
from backends.recovery_image import RecoveryImage
from backends.runner import Runner
from backends.whole_file import copy_whole, put_bytes
from installer.boot_state import BootState
from installer.errors import InstallError
from installer.machinery import EspPart
from installer.text import _

NEW_MENU: Final = "grub.cfg.new"
OLD_MENU: Final = "grub.cfg.old"
KERNEL_MODE: Final = 0o644
INITRD_MODE: Final = 0o600
"""An initramfs can hold keys."""
STUB: Final = PurePosixPath("/EFI/debian/grub.cfg")
"""Where Debian's signed GRUB looks first: its built-in prefix."""


class BootFilesOnDisk:
    """Boot files by mounting (ext4, SquashFS), mtools (FAT) and efibootmgr (NVRAM).

    `loaders` is the root of the system that has shim and GRUB: the live one's, ``/``.
    Files on /boot are flushed with their directories, and the file system is unmounted cleanly:
    GRUB reads ext4 without replaying its journal.
    """

    def __init__(self, runner: Runner, mounts: Mounts, loaders: Path) -> None:
        self._mounts = mounts
        self._loaders = loaders
        self._esp = Esp(runner)
        self._state = BootStateBlocks(mounts)
        self._core = BiosCore(runner, mounts, loaders)
        self._entries = BootEntries(runner)
        self._recovery = RecoveryImage(mounts)
        self._renewal = LoaderRenewal(runner, mounts)

    def copy_kernel(
        self, *, slot: str, boot: str, folder: str, kernel: PurePosixPath, initrd: PurePosixPath
    ) -> None:
        """Copy kernel and initrd of the image on `slot` to ``/<folder>`` of `boot`.

        Each file is there whole or not at all. Raises InstallError: the image lacks one of them,
        a link leads out of the image, /boot is full.
        """
        with (
            self._mounts.device(slot, "squashfs", read_only=True) as image,
            self._mounts.device(boot, "ext4", read_only=False) as target,
            file_errors(boot),
        ):
            inside, place = MountedImage(image, slot), target / folder
            place.mkdir(mode=0o755, exist_ok=True)
            flush_directory(target)
            for source, name, mode in (
                (kernel, KERNEL, KERNEL_MODE),
                (initrd, INITRD, INITRD_MODE),
            ):
                # It may be what starts next, which is not renamed without need.
                file = inside.file(source)
                if _difference(file, place / name) is not None:
                    copy_whole(file, place / name, mode=mode)

    def verify_kernel(
        self, *, slot: str, boot: str, folder: str, kernel: PurePosixPath, initrd: PurePosixPath
    ) -> None:
        """Raises InstallError unless both are there, byte for byte."""
        with (
            self._mounts.device(slot, "squashfs", read_only=True) as image,
            self._mounts.device(boot, "ext4", read_only=True) as target,
            file_errors(boot),
        ):
            for name, path in ((KERNEL, kernel), (INITRD, initrd)):
                source = MountedImage(image, slot).file(path)
                offset = _difference(source, target / folder / name)
                if offset is not None:
                    raise _differs(f"/{folder}/{name}", boot, offset)

    def verify_recovery(
        self, *, recovery: str, kernel: PurePosixPath, initrd: PurePosixPath, contract_sha256: str
    ) -> None:
        """Raises InstallError unless the ISO on `recovery` is what the menu is to start."""
        self._recovery.verify(
            recovery=recovery, kernel=kernel, initrd=initrd, contract_sha256=contract_sha256
        )

    def write_menu(self, *, boot: str, menu: str) -> None:
        """Put `menu` at ``/grub/grub.cfg`` of the ext4 on `boot`, whole or not at all."""
        with self._mounts.device(boot, "ext4", read_only=False) as target, file_errors(boot):
            place = target / MENU
            place.parent.mkdir(mode=0o755, exist_ok=True)
            flush_directory(target)
            put_bytes(place, menu.encode(), mode=0o644)

    def read_menu(self, *, boot: str) -> str:
        """The menu there now. Raises InstallError when there is none."""
        with self._mounts.device(boot, "ext4", read_only=True) as target, file_errors(boot):
            return (target / MENU).read_text()

    def replace_menu(self, *, boot: str, menu: str) -> None:
        """Put `menu` in the place of the one that is there, which machines are started by.

        GRUB does not replay a journal: what it finds after a power cut is whatever part of the last
        changes had reached its place. So the new file is in its place, unmounted, before it gets
        the name, and the old one stays, with a second name, until the next time: whichever of both
        the name leads to, there is a menu.
        """
        with self._mounts.device(boot, "ext4", read_only=False) as target, file_errors(boot):
            place = target / MENU
            put_bytes(place.with_name(NEW_MENU), menu.encode(), mode=0o644)
            place.with_name(OLD_MENU).unlink(missing_ok=True)
            flush_directory(place.parent)
        with self._mounts.device(boot, "ext4", read_only=False) as target, file_errors(boot):
            place = target / MENU
            place.with_name(OLD_MENU).hardlink_to(place)
            flush_directory(place.parent)
            place.with_name(NEW_MENU).rename(place)
            flush_directory(place.parent)

    def close_slot(self, *, boot: str, slot: str) -> None:
        """Have nothing start `slot` by itself, by both blocks of the boot state."""
        self._state.close(boot=boot, slot=slot)

    def close_slots(self, *, boot: str) -> None:
        """Have nothing start any slot by itself; both blocks are read back."""
        self._state.change(boot=boot, change=BootState.all_closed)

    def reset_slots(self, *, boot: str, slots: tuple[str, ...]) -> None:
        """Forget what is known of `slots` in both blocks of the boot state, and put them first."""
        self._state.reset(boot=boot, slots=slots)

    def open_slot(self, *, boot: str, slot: str) -> None:
        """The same of one slot; what is asked of Recovery is done before it starts."""
        self._state.open(boot=boot, slot=slot)

    def read_state(self, *, boot: str) -> BootState:
        """What both blocks say now. Raises InstallError unless they are valid and equal."""
        return self._state.read(boot=boot)

    def install_loaders(self, *, esp: str, stub: str) -> None:
        """Put shim, GRUB and MokManager on `esp`, with `stub` as GRUB's first configuration.

        The removable path is always filled: a firmware that lost its NVRAM starts from it.
        Raises InstallError when the live system lacks one of them.
        """
        for source, place in signed_files(self._loaders):
            self._esp.put(esp, source.read_bytes(), place)
        self._esp.put(esp, stub.encode(), STUB)
        self._esp.flush(esp)

    def verify_loaders(self, *, esp: str, stub: str) -> None:
        """Raises InstallError unless every file on `esp` is its source, byte for byte."""
        expected = [(source.read_bytes(), place) for source, place in signed_files(self._loaders)]
        expected.append((stub.encode(), STUB))
        self._esp.forget_cache(esp)
        for data, place in expected:
            found = self._esp.get(esp, place)
            offset = 0 if found is None else first_difference(found, data)
            if offset is not None:
                raise _differs(str(place), esp, offset)

    def loader_refusal(self, *, recovery: str, esp: str) -> str | None:
        """See `LoaderRenewal.refusal`."""
        return self._renewal.refusal(recovery=recovery, esp=esp)

    def keep_loaders(self, *, recovery: str, esp: EspPart, labels: tuple[str, str]) -> str | None:
        """See `LoaderRenewal.keep`."""
        return self._renewal.keep(recovery=recovery, esp=esp, labels=labels)

    def verify_kept_loaders(self, *, recovery: str, esp: str) -> None:
        """See `LoaderRenewal.verify_kept`."""
        self._renewal.verify_kept(recovery=recovery, esp=esp)

    def renew_loaders(self, *, recovery: str, esp: str) -> None:
        """See `LoaderRenewal.renew`."""
        self._renewal.renew(recovery=recovery, esp=esp)

    def verify_renewed_loaders(self, *, recovery: str, esp: str) -> None:
        """See `LoaderRenewal.verify`."""
        self._renewal.verify(recovery=recovery, esp=esp)

    def install_bios_core(self, *, disk: str, bios: str, boot: str, stub: str) -> None:
        """Put GRUB's core for BIOS machines into `bios`, its boot sector into that of `disk`."""
        self._core.install(disk=disk, bios=bios, boot=boot, stub=stub)

    def verify_bios_core(self, *, disk: str, bios: str, boot: str) -> None:
        """Raises InstallError unless both are on the disk as they are kept on `boot`."""
        self._core.verify(disk=disk, bios=bios, boot=boot)

    def register(self, *, disk: str, partition_number: int, label: str) -> str | None:
        """Make an NVRAM entry for ``/EFI/atomos``, first in the order; None, or why not."""
        return self._entries.register(disk=disk, partition_number=partition_number, label=label)


def _difference(source: Path, copy: Path) -> int | None:
    """Byte at which a copy is another first; None: it is the same."""
    return first_difference_of_files(source, copy) if copy.is_file() else 0


def _differs(path: str, device: str, offset: int) -> InstallError:
    return InstallError(
        _(
            "{path} on {device} is not what was written there: it differs from byte {offset} on"
        ).format(path=path, device=device, offset=offset),
        device=device,
        way_out=_("Try again; if it stays so, use another disk."),
    )
