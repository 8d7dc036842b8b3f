"""GRUB for BIOS machines: its core in a partition of its own, its boot sector in the disk's.

The two are written here and not by grub-bios-setup, which looks at every disk of the machine for
the file system that its files are on, and refuses a disk with the mark of an older file system.
What is written is what ``grub-bios-setup --no-rs-codes`` writes, but for the bytes 3 to 89 of the
boot sector: it keeps what an older FAT has there.
"""

import io
import os
import struct
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from backends.block_device import opened, size_of, write_at
from backends.difference import first_difference
from backends.esp import BIOS_GRUB
from backends.file_errors import file_errors
from backends.mounts import Mounts, flush_directory
from backends.read_back import reading
from backends.runner import Runner
from backends.sysfs import Sysfs
from backends.udev import settle
from backends.whole_file import put_bytes
from installer.errors import InstallError
from installer.hardware import SECTOR
from installer.text import _

SECONDS: Final = 120.0
"""grub-mkimage compresses 0.5 MB with LZMA."""
FOLDER: Final = PurePosixPath("grub/i386-pc")
"""On /boot; where grub-install has them too."""
BOOT_IMAGE: Final = "boot.img"
CORE_IMAGE: Final = "core.img"
MODULES: Final = (
    *("biosdisk", "part_gpt", "part_msdos", "ext2", "iso9660", "fat", "memdisk", "tar"),
    *("search", "search_fs_uuid", "search_fs_file", "search_label", "probe", "loopback"),
    *("normal", "configfile", "regexp", "test", "true", "echo", "sleep", "loadenv", "keystatus"),
    *("linux", "gzio", "all_video", "serial", "terminal", "reboot", "halt"),
    *("minicmd", "ls", "cat", "help"),
)
"""All that the stub and the menu can name: nothing is loaded from the disk, as on UEFI machines
with Secure Boot. The last four are for a person at GRUB's prompt."""
CONFIGURATION: Final = PurePosixPath("grub/grub.cfg")
CODE_BYTES: Final = 440
"""Of the disk's first sector; the disk's signature and the partition entries follow (UEFI 2.10,
table 5.1)."""
_KERNEL_SECTOR: Final = slice(0x5C, 0x64)
_DRIVE_CHECK: Final = slice(0x66, 0x68)
"""In boot.img: where the core is, and a jump past the repair of a drive number (GRUB,
include/grub/i386/pc/boot.h and grub-core/boot/i386/pc/boot.S)."""
_FIRST_BLOCK: Final = slice(0x1F4, 0x1FC)
"""In the core's first sector: where its second one is (grub-core/boot/i386/pc/diskboot.S)."""
_NO_JUMP: Final = b"\x90\x90"
_MARK: Final = b"\x55\xaa"
_COUNT: Final = struct.Struct("<Q")


@dataclass(frozen=True, kw_only=True)
class _Images:
    """boot.img and core.img, as grub-mkimage and the package made them."""

    boot: bytes
    core: bytes

    def code(self, start: int) -> bytes:
        """The first bytes of the disk, for a core that starts at sector `start`.

        Without the jump, a BIOS that hands over 0x00 or 0x01 for the first hard disk is
        corrected: grub-bios-setup does so on every disk that is no floppy.
        """
        data = bytearray(self.boot[:CODE_BYTES])
        data[_KERNEL_SECTOR] = _COUNT.pack(start)
        data[_DRIVE_CHECK] = _NO_JUMP
        return bytes(data)

    def placed(self, start: int) -> bytes:
        """The core in whole sectors, for the place that starts at sector `start`."""
        data = bytearray(self.core + bytes(-len(self.core) % SECTOR))
        data[_FIRST_BLOCK] = _COUNT.pack(start + 1)
        return bytes(data)


class BiosCore:
    """GRUB's core by grub-mkimage. `loaders` is the root of the system that has its modules."""

    def __init__(
        self, runner: Runner, mounts: Mounts, loaders: Path, *, sysfs: Sysfs | None = None
    ) -> None:
        self._runner = runner
        self._mounts = mounts
        self._modules = loaders / BIOS_GRUB
        self._sysfs = sysfs or Sysfs(Path("/"))

    def install(self, *, disk: str, bios: str, boot: str, stub: str) -> None:
        """Make a core with `stub` in it; put it onto `boot`, into `bios` and the first sector.

        The partition entries in the first sector stay. The boot sector is written last, so that
        it never points to half a core. Raises InstallError: `bios` is no partition of `disk`, the
        core does not fit, the disk's sectors are not of 512 bytes, /boot is full.
        """
        start = self._start(disk, bios)
        images = _Images(boot=self._boot_image(), core=self._make(stub))
        placed = images.placed(start)
        _require_room(bios, len(placed))
        self._keep(boot, images)
        with opened(bios, os.O_WRONLY | os.O_EXCL) as descriptor:
            write_at(descriptor, placed, 0)
            os.fsync(descriptor)
            # The partition stays open: when somebody has written to a whole disk, udev makes the
            # kernel read its table again, and all nodes of partitions were gone for a moment. With
            # one of them open the kernel refuses that (EBUSY).
            self._write_sector(disk, images.code(start))
            settle(self._runner)

    def _write_sector(self, disk: str, code: bytes) -> None:
        with opened(disk, os.O_RDWR) as descriptor:
            sector = os.pread(descriptor, SECTOR, 0)
            _require_table(sector, disk)
            write_at(descriptor, code + sector[CODE_BYTES:], 0)
            os.fsync(descriptor)

    def verify(self, *, disk: str, bios: str, boot: str) -> None:
        """Raises InstallError unless both are on the disk as they are kept on `boot`."""
        start = self._start(disk, bios)
        images = self._kept(boot)
        placed = images.placed(start)
        for device, expected in ((bios, placed), (disk, images.code(start))):
            with reading(device) as place:
                offset = first_difference(place.at(0, len(expected)), expected)
            if offset is not None:
                raise InstallError(
                    _(
                        "GRUB for BIOS machines is not on {device} as it was written: it differs"
                        " from byte {offset} on"
                    ).format(device=device, offset=offset),
                    device=device,
                    way_out=_("Try again; if it stays so, use another disk."),
                )
        with opened(disk, os.O_RDONLY) as descriptor:
            _require_table(os.pread(descriptor, SECTOR, 0), disk)

    def _start(self, disk: str, bios: str) -> int:
        """First sector of the partition; the BIOS counts from the start of the disk."""
        name, partition = self._sysfs.name_of(disk), self._sysfs.name_of(bios)
        if self._sysfs.parent(partition) != name:
            raise InstallError(
                _("{partition} is not a partition of {disk}").format(partition=bios, disk=disk),
                device=bios,
                way_out=_("Check that the disk is still connected, then start again."),
            )
        if self._sysfs.number(name, "queue/logical_block_size", SECTOR) != SECTOR:
            raise InstallError(
                _("BIOS machines cannot start from {disk}: its sectors have not 512 bytes").format(
                    disk=disk
                ),
                device=disk,
                way_out=_("Choose another disk, or a machine that starts by UEFI."),
            )
        return self._sysfs.number(partition, "start")

    def _boot_image(self) -> bytes:
        source = self._modules / BOOT_IMAGE
        if not source.is_file():
            raise InstallError(
                _("this live system lacks {file}").format(file=source),
                way_out=_("Use a live medium that was built for BIOS machines too."),
            )
        return source.read_bytes()

    def _make(self, stub: str) -> bytes:
        """The core; the same for the same stub and modules.

        The stub is a file in a memory disk, as in grub-mkstandalone: a configuration that is
        embedded as such (``--config``) is read by a parser that knows no ``if``.
        """
        with tempfile.TemporaryDirectory() as name, file_errors(name):
            folder = Path(name)
            (folder / "memdisk.tar").write_bytes(_archive(stub))
            argv = ["grub-mkimage", "--format", "i386-pc", "--directory", str(self._modules)]
            argv += ["--memdisk", str(folder / "memdisk.tar")]
            argv += ["--prefix", f"(memdisk)/{CONFIGURATION.parent}"]
            argv += ["--output", str(folder / CORE_IMAGE), *MODULES]
            self._runner.run(argv, timeout=SECONDS)
            return (folder / CORE_IMAGE).read_bytes()

    def _keep(self, boot: str, images: _Images) -> None:
        with self._mounts.device(boot, "ext4", read_only=False) as top, file_errors(boot):
            for folder in (FOLDER.parent, FOLDER):
                (top / folder).mkdir(mode=0o755, exist_ok=True)
                flush_directory((top / folder).parent)
            put_bytes(top / FOLDER / BOOT_IMAGE, images.boot, mode=0o644)
            put_bytes(top / FOLDER / CORE_IMAGE, images.core, mode=0o644)

    def _kept(self, boot: str) -> _Images:
        with self._mounts.device(boot, "ext4", read_only=True) as top, file_errors(boot):
            folder = top / FOLDER
            return _Images(
                boot=(folder / BOOT_IMAGE).read_bytes(), core=(folder / CORE_IMAGE).read_bytes()
            )


def _archive(stub: str) -> bytes:
    """A tar file with the stub, without anything that differs from one time to the next."""
    data = stub.encode()
    entry = tarfile.TarInfo(str(CONFIGURATION))
    entry.size = len(data)
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        archive.addfile(entry, io.BytesIO(data))
    return memory.getvalue()


def _require_room(bios: str, length: int) -> None:
    with opened(bios, os.O_RDONLY) as descriptor:
        room = size_of(descriptor)
    if length > room:
        raise InstallError(
            _("GRUB for BIOS machines has {length} bytes, {device} has room for {room}").format(
                length=length, device=bios, room=room
            ),
            device=bios,
            way_out=_("Start the installation again with a new partition table."),
        )


def _require_table(sector: bytes, disk: str) -> None:
    """The first sector has the mark that a partition table has, GPT's protective one too."""
    if sector[-len(_MARK) :] != _MARK:
        raise InstallError(
            _("the first sector of {device} is not that of a partition table").format(device=disk),
            device=disk,
            way_out=_("Try again; if it stays so, use another disk."),
        )
