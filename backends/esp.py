"""Files on the EFI system partition, by mtools: no kernel support for FAT is needed."""

import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from backends.block_device import drop_cache, flush, require_block_device
from backends.fat import exchange, room_on
from backends.runner import Runner
from installer.errors import InstallError
from installer.quantity import format_size
from installer.text import _

SECONDS: Final = 120.0
"""GRUB is 4 MB; an old stick takes a minute when it is busy with something else."""


_BESIDE: Final = "ATOMOS.NEW"
"""A short name, whose entry is one, in the same sector as the others of a small folder."""
_REPAIRED: Final = 1
"""Exit status of fsck.fat for a file system that it repaired, or would (fsck.fat(8))."""
_PASSES: Final = 4
"""A folder that has lost its cluster is cut in one pass, and taken out in the next."""
_SALVAGED: Final = "FSCK*.REC"
_SHIM: Final = PurePosixPath("usr/lib/shim")
_GRUB: Final = PurePosixPath("usr/lib/grub/x86_64-efi-signed")
LOADERS: Final = (
    (_GRUB / "grubx64.efi.signed", PurePosixPath("/EFI/atomos/grubx64.efi")),
    (_SHIM / "mmx64.efi.signed", PurePosixPath("/EFI/atomos/mmx64.efi")),
    (_SHIM / "shimx64.efi.signed", PurePosixPath("/EFI/atomos/shimx64.efi")),
    (_GRUB / "grubx64.efi.signed", PurePosixPath("/EFI/BOOT/grubx64.efi")),
    (_SHIM / "mmx64.efi.signed", PurePosixPath("/EFI/BOOT/mmx64.efi")),
    (_SHIM / "shimx64.efi.signed", PurePosixPath("/EFI/BOOT/BOOTX64.EFI")),
)
"""Where Debian has each signed program, and where it goes on the ESP. Shim is last in each folder:
it loads the other two from beside itself."""
BIOS_GRUB: Final = PurePosixPath("usr/lib/grub/i386-pc")
"""Where GRUB's modules for BIOS machines are (package grub-pc-bin)."""
LOADER_FILES: Final = (
    *dict.fromkeys("/" / name for name, _place in LOADERS),
    "/" / BIOS_GRUB / "boot.img",
)
"""Each signed program once, and the boot sector that GRUB's modules for BIOS come with."""


def signed_files(root: Path) -> Iterator[tuple[Path, PurePosixPath]]:
    """Each loader in the system at `root`, with its place on the ESP, in the order to copy.

    Raises InstallError for one that is not there.
    """
    for name, place in LOADERS:
        source = root / name
        if not source.is_file():
            raise InstallError(
                _("this live system lacks {file}").format(file=source),
                way_out=_("Use a live medium that was built for UEFI machines."),
            )
        yield source, place


class Esp:
    """The FAT file system on a device, unmounted."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def mend(self, device: str) -> None:
        """Repair the file system where a write that failed, or was cut off, has left a table that
        contradicts its folders: mtools make no folder in it any more. What belonged to nobody is
        free afterwards. Nothing is written to a sound one.

        Raises InstallError where that does not come to an end.
        """
        require_block_device(device)
        for _pass in range(_PASSES):
            if not self._check(device, "-n"):
                return
            self._check(device, "-a")
            # By itself it keeps what was lost, for somebody who would look into it.
            argv = ["mdel", "-i", device, f"::{_SALVAGED}"]
            self._runner.run(argv, timeout=SECONDS, device=device, ok=(0, 1))
            self.flush(device)
        if self._check(device, "-n"):
            raise InstallError(
                _("the file system on {device} is damaged").format(device=device),
                device=device,
                way_out=_("Look at it with `fsck.fat {device}`; the disk may be failing.").format(
                    device=device
                ),
            )

    def _check(self, device: str, how: str) -> bool:
        """Whether something was to be repaired."""
        argv = ["fsck.fat", how, device]
        ok = (0, _REPAIRED)
        return self._runner.run(argv, timeout=SECONDS, device=device, ok=ok).returncode != 0

    def put(self, device: str, data: bytes, place: PurePosixPath) -> None:
        """Make the file `place` hold `data`, its folders made as needed.

        Raises InstallError with nothing changed where there is no room beside what is there.
        """
        require_block_device(device)
        _require_room(device, data, place)
        for folder in reversed(place.parents[:-1]):
            self._make_folder(device, folder)
        argv = ["mcopy", "-o", "-i", device, "-", f"::{place}"]
        self._runner.run(argv, stdin=data, timeout=SECONDS, device=device)

    def replace(self, device: str, data: bytes, place: PurePosixPath) -> None:
        """Make the file `place` hold `data`, so that at any moment it holds either what it held or
        all of that; flushed.

        Raises InstallError with `place` as it was, or holding `data`.
        """
        if self.get(device, place) is None:
            self.put(device, data, place)
            self.flush(device)
            return
        beside = place.with_name(_BESIDE)
        self.put(device, data, beside)
        self.flush(device)
        self.forget_cache(device)
        if self.get(device, beside) != data:
            raise InstallError(
                _("{path} on {device} is not what was written there").format(
                    path=beside, device=device
                ),
                device=device,
                way_out=_("The disk may be failing: look at what the kernel says (dmesg)."),
            )
        exchange(device, place.parent, place.name, _BESIDE)
        self.forget_cache(device)
        self.clear(device, place.parent)

    def clear(self, device: str, folder: PurePosixPath) -> None:
        """Remove what a replacement in `folder`, or one that was cut off, has left beside; flushed.

        Raises InstallError.
        """
        beside = folder / _BESIDE
        if self._exists(device, beside):
            argv = ["mdel", "-i", device, f"::{beside}"]
            self._runner.run(argv, timeout=SECONDS, device=device)
            self.flush(device)

    def get(self, device: str, place: PurePosixPath) -> bytes | None:
        """The bytes of `place`; None when there is no such file."""
        if not self._exists(device, place):
            return None
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy"
            argv = ["mcopy", "-i", device, f"::{place}", str(copy)]
            self._runner.run(argv, timeout=SECONDS, device=device)
            return copy.read_bytes()

    def flush(self, device: str) -> None:
        """Return when it is on the disk: mtools do not fsync."""
        flush(device)

    def forget_cache(self, device: str) -> None:
        """Make the next read come from the disk."""
        drop_cache(device)

    def _make_folder(self, device: str, folder: PurePosixPath) -> None:
        if not self._exists(device, folder):
            argv = ["mmd", "-i", device, f"::{folder}"]
            self._runner.run(argv, timeout=SECONDS, device=device)

    def _exists(self, device: str, place: PurePosixPath) -> bool:
        argv = ["mdir", "-b", "-i", device, f"::{place}"]
        return self._runner.run(argv, timeout=SECONDS, device=device, ok=(0, 1)).returncode == 0


def _require_room(device: str, data: bytes, place: PurePosixPath) -> None:
    """mcopy says of a full file system that all went well, and mmd too, of a folder that is the
    root then. Each folder may have to be made, and one of them to grow."""
    room = room_on(device, files=len(place.parts))
    if room < len(data):
        raise InstallError(
            _("the file system on {device} is full: {free} is free").format(
                device=device, free=format_size(room)
            ),
            device=device,
        )
