"""The installed system's tree, put together as its own initramfs will do it (DESIGN §3)."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from backends.file_errors import file_errors
from backends.mounts import Mounts
from backends.subvolumes import TOP
from installer.errors import InstallError
from installer.image_requirements import MOUNTED_ON
from installer.text import _

SUBVOLUMES: Final = {"var": "@var", "home": "@home", "nix": "@nix"}
"""Directory of the tree → subvolume of the data partition, in the order of mounting."""
ETC_UPPER: Final = PurePosixPath("lib/atomos/etc/upper")
"""In @var: the upper directory of the overlay on /etc."""
ETC_WORK: Final = PurePosixPath("lib/atomos/etc/work")
_CHARACTER_DEVICES: Final = {
    "null": (1, 3),
    "zero": (1, 5),
    "full": (1, 7),
    "random": (1, 8),
    "urandom": (1, 9),
    "tty": (5, 0),
}
"""All that account tools open, by the numbers in the kernel's devices.txt. The machine's own /dev
is not shown to the image's programs: its disks are none of their business."""


class InstalledTree:
    """Mounts the parts of an installation and takes them apart again."""

    def __init__(self, mounts: Mounts) -> None:
        self._mounts = mounts

    @contextlib.contextmanager
    def slot(self, slot: str) -> Iterator[Path]:
        """The image alone, read-only."""
        with self._mounts.device(slot, "squashfs", read_only=True) as root:
            yield root

    @contextlib.contextmanager
    def subvolume(self, data: str, name: str, *, read_only: bool = False) -> Iterator[Path]:
        """One subvolume of the data partition."""
        with self._mounts.device(data, "btrfs", read_only=read_only, subvolume=name) as top:
            yield top

    @contextlib.contextmanager
    def top(self, data: str, *, read_only: bool = False) -> Iterator[Path]:
        """The top of the data partition, where its subvolumes are directories."""
        with self.subvolume(data, TOP, read_only=read_only) as path:
            yield path

    @contextlib.contextmanager
    def whole(self, slot: str, data: str) -> Iterator[Path]:
        """Everything: image, subvolumes, /etc overlay, and what programs in a chroot need.

        Raises InstallError when the image lacks one of the directories.
        """
        with contextlib.ExitStack() as stack:
            root = stack.enter_context(self.slot(slot))
            for name in MOUNTED_ON:
                _require_directory(root, name, slot)
            for name, subvolume in SUBVOLUMES.items():
                stack.enter_context(
                    self._mounts.device_at(
                        root / name, data, "btrfs", read_only=False, subvolume=subvolume
                    )
                )
            var = root / "var"
            stack.enter_context(
                self._mounts.overlay_at(
                    root / "etc",
                    lower=root / "etc",
                    upper=var / ETC_UPPER,
                    work=var / ETC_WORK,
                    device=data,
                )
            )
            self._mount_kernel_parts(root, data, stack)
            with file_errors(data):
                yield root

    def _mount_kernel_parts(self, root: Path, data: str, stack: contextlib.ExitStack) -> None:
        private = "nosuid,mode=0755"

        def mount(name: str, fstype: str, options: str) -> Path:
            place = self._mounts.kernel_at(root / name, fstype, device=data, options=options)
            return stack.enter_context(place)

        mount("proc", "proc", "")
        mount("sys", "sysfs", "ro")
        dev = mount("dev", "tmpfs", private)
        mount("run", "tmpfs", private)
        mount("tmp", "tmpfs", "mode=1777")
        with file_errors(data):
            for name, numbers in _CHARACTER_DEVICES.items():
                os.mknod(dev / name, stat.S_IFCHR | 0o600, os.makedev(*numbers))
                (dev / name).chmod(0o666)


def overlay_folders(var: Path) -> tuple[tuple[Path, int], ...]:
    """Directories of the overlay in `var`, with their modes; the upper one's becomes /etc's.

    The first is for everybody to pass: services keep their state in it, and each login reads it.
    """
    state = ETC_UPPER.parent
    return (
        (var / state.parent, 0o755),
        (var / state, 0o700),
        (var / ETC_UPPER, 0o755),
        (var / ETC_WORK, 0o700),
    )


def make_overlay_folders(var: Path) -> None:
    """Make those that are missing; all get their modes, whatever the umask. Raises OSError."""
    for path, mode in overlay_folders(var):
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)


def _require_directory(root: Path, name: str, slot: str) -> None:
    path = root / name
    if path.is_symlink() or not path.is_dir():
        raise InstallError(
            _("the image on {slot} lacks the directory /{name}").format(slot=slot, name=name),
            device=slot,
            way_out=_("Tell whoever made this image; another release may be right."),
        )
