"""GRUB for BIOS machines on a loop disk: what is written, what is refused, and that it starts."""

import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from backends.boot_files import BootFilesOnDisk
from backends.file_systems import Makers
from backends.mounts import Mounts
from backends.runner import Runner
from installer.errors import InstallError, ToolFailed
from installer.grub_menu import menu, stub
from installer.layout import TYPE_GUIDS, Role
from installer.quantity import MIB
from tests.tools.conftest import LoopMaker

UUID = "12345678-9abc-4def-8123-456789abcdef"
STUB = stub(boot_uuid=UUID, boot_number=3)
MODULES = Path("/usr/lib/grub/i386-pc")
SETUP = MODULES / "grub-bios-setup"
QEMU = shutil.which("qemu-system-x86_64")
STARTS_WITHIN = 120.0
"""Seconds from SeaBIOS to the menu; 4 without KVM on an idle machine."""

pytestmark = pytest.mark.skipif(
    not (MODULES / "boot.img").exists(), reason="grub-pc-bin is not installed"
)


@dataclass(frozen=True, kw_only=True)
class BiosDisk:
    """A disk with the three partitions that GRUB needs, and the files that it is in."""

    path: str
    bios: str
    boot: str
    file: Path

    def sector(self) -> bytes:
        with Path(self.path).open("rb") as disk:
            return disk.read(512)

    def core(self, length: int) -> bytes:
        with Path(self.bios).open("rb") as partition:
            return partition.read(length)


DiskMaker = Callable[..., BiosDisk]


@pytest.fixture
def make(loop: LoopMaker, runner: Runner, mounts: Mounts, tmp_path: Path) -> DiskMaker:
    def make(*, bios_kib: int = 1024, sector: int = 512, before: int = 1) -> BiosDisk:
        file = tmp_path / f"{bios_kib}-{sector}.img"
        with file.open("wb") as made:
            made.truncate(160 * MIB)
        path = loop(file=file, sector=sector)
        script = f"label: gpt\nstart={before}MiB, size={bios_kib}KiB, type={TYPE_GUIDS[Role.BIOS]}"
        script += f"\nsize=64MiB, type={TYPE_GUIDS[Role.ESP]}\nsize=64MiB\n"
        subprocess.run(["sfdisk", "-q", path], input=script, text=True, check=True)
        subprocess.run(["partx", "--update", path], check=False, capture_output=True)
        disk = BiosDisk(path=path, bios=f"{path}p1", boot=f"{path}p3", file=file)
        Makers(runner, mounts).make_ext4(disk.boot, label="atomos-boot", uuid=UUID)
        return disk

    return make


@pytest.fixture
def boot_files(runner: Runner, mounts: Mounts) -> BootFilesOnDisk:
    return BootFilesOnDisk(runner, mounts, Path("/"))


def install(boot_files: BootFilesOnDisk, disk: BiosDisk) -> None:
    boot_files.install_bios_core(disk=disk.path, bios=disk.bios, boot=disk.boot, stub=STUB)


def verify(boot_files: BootFilesOnDisk, disk: BiosDisk) -> None:
    boot_files.verify_bios_core(disk=disk.path, bios=disk.bios, boot=disk.boot)


def damage(device: str, offset: int) -> None:
    with Path(device).open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 1]))


def table(disk: BiosDisk) -> str:
    argv = ["sfdisk", "--dump", disk.path]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


@pytest.mark.skipif(not SETUP.exists(), reason="this grub-pc-bin has grub-bios-setup elsewhere")
@pytest.mark.parametrize("before", [1, 30])
def test_the_same_bytes_as_by_grubs_own_tool(
    boot_files: BootFilesOnDisk, make: DiskMaker, mounts: Mounts, before: int
) -> None:
    disk = make(before=before)
    install(boot_files, disk)
    ours = disk.sector(), disk.core(MIB)
    with Path(disk.path).open("r+b") as file:
        file.write(bytes(440))
    with Path(disk.bios).open("r+b") as file:
        file.write(bytes(MIB))
    with mounts.device(disk.boot, "ext4", read_only=False) as top:
        argv = [str(SETUP), "--no-rs-codes", f"--directory={top}/grub/i386-pc", disk.path]
        subprocess.run(argv, check=True, capture_output=True)
        core = (top / "grub/i386-pc/core.img").read_bytes()
    subprocess.run(["blockdev", "--flushbufs", disk.path], check=True)
    subprocess.run(["blockdev", "--flushbufs", disk.bios], check=True)
    length = -(-len(core) // 512) * 512
    assert disk.sector() == ours[0]
    assert disk.core(length) == ours[1][:length]
    assert not any(ours[1][length:])
    verify(boot_files, disk)


def test_again_gives_the_same_disk_and_leaves_the_table(
    boot_files: BootFilesOnDisk, make: DiskMaker, mounts: Mounts
) -> None:
    disk = make()
    before = disk.sector()[440:], table(disk)
    install(boot_files, disk)
    verify(boot_files, disk)
    first = disk.sector(), disk.core(MIB)
    install(boot_files, disk)
    verify(boot_files, disk)
    assert (disk.sector(), disk.core(MIB)) == first
    assert (disk.sector()[440:], table(disk)) == before
    with mounts.device(disk.boot, "ext4", read_only=True) as top:
        kept = sorted(path.name for path in (top / "grub/i386-pc").iterdir())
    assert kept == ["boot.img", "core.img"]


def test_nothing_of_an_older_boot_sector_stays(
    boot_files: BootFilesOnDisk, make: DiskMaker
) -> None:
    disk, other = make(), make(bios_kib=1023)
    with Path(disk.path).open("r+b") as file:
        file.write(b"\xeb\x58\x90mkfs.fat" + b"x" * 400)
    for each in (disk, other):
        install(boot_files, each)
    assert disk.sector()[:440] == other.sector()[:440]


@pytest.mark.parametrize("where", ["disk", "bios"])
def test_a_changed_byte_is_found(boot_files: BootFilesOnDisk, make: DiskMaker, where: str) -> None:
    disk = make()
    install(boot_files, disk)
    device = disk.path if where == "disk" else disk.bios
    offset = 300 if where == "disk" else 100_000
    damage(device, offset)
    words = f"not on {device} as it was written: it differs from byte {offset} on"
    with pytest.raises(InstallError, match=words) as caught:
        verify(boot_files, disk)
    assert caught.value.device == device


def test_a_core_that_does_not_fit_changes_nothing(
    boot_files: BootFilesOnDisk, make: DiskMaker
) -> None:
    disk = make(bios_kib=128)
    before = disk.sector(), disk.core(128 * 1024)
    with pytest.raises(InstallError, match=f"{disk.bios} has room for 131072") as caught:
        install(boot_files, disk)
    assert caught.value.device == disk.bios
    assert (disk.sector(), disk.core(128 * 1024)) == before


def test_a_core_that_the_bios_could_not_load_is_grubs_to_refuse(
    boot_files: BootFilesOnDisk, make: DiskMaker
) -> None:
    disk = make()
    before = disk.sector()
    with Path("/dev/urandom").open("rb") as noise:
        text = noise.read(600_000).hex()
    with pytest.raises(ToolFailed, match="grub-mkimage ended") as caught:
        boot_files.install_bios_core(disk=disk.path, bios=disk.bios, boot=disk.boot, stub=text)
    assert "too big" in caught.value.tool_words
    assert disk.sector() == before


def test_a_partition_of_another_disk_is_refused(
    boot_files: BootFilesOnDisk, make: DiskMaker
) -> None:
    disk, other = make(), make(bios_kib=1023)
    with pytest.raises(InstallError, match=f"{other.bios} is not a partition of {disk.path}"):
        boot_files.install_bios_core(disk=disk.path, bios=other.bios, boot=disk.boot, stub=STUB)


def test_large_sectors_are_refused(boot_files: BootFilesOnDisk, make: DiskMaker) -> None:
    disk = make(sector=4096)
    with pytest.raises(InstallError, match=f"cannot start from {disk.path}"):
        install(boot_files, disk)


def test_a_disk_without_a_table_is_refused(boot_files: BootFilesOnDisk, make: DiskMaker) -> None:
    disk = make()
    with Path(disk.path).open("r+b") as file:
        file.write(bytes(512))
    with pytest.raises(InstallError, match=f"first sector of {disk.path} is not"):
        install(boot_files, disk)
    assert disk.sector() == bytes(512)


def test_a_full_boot_is_named(boot_files: BootFilesOnDisk, make: DiskMaker, mounts: Mounts) -> None:
    disk = make()
    before = disk.sector()
    with mounts.device(disk.boot, "ext4", read_only=False) as top:
        fill(top / "full")
    with pytest.raises(InstallError, match=f"file system on {disk.boot} is full"):
        install(boot_files, disk)
    assert disk.sector() == before


def fill(path: Path) -> None:
    """To the last block: ext4 says that it is full when it has promised all of its blocks, and what
    it then turns out not to need was enough, once, for all that was to be written."""
    for size in (MIB, 4096):
        with pytest.raises(OSError, match="No space"):
            append_without_end(path, bytes(size))


def append_without_end(path: Path, block: bytes) -> None:
    with path.open("ab", buffering=0) as file:
        while True:
            file.write(block)
            os.fsync(file.fileno())


def test_a_live_system_without_grub_for_bios(
    runner: Runner, mounts: Mounts, make: DiskMaker, tmp_path: Path
) -> None:
    disk = make()
    lacking = tmp_path / "usr/lib/grub/i386-pc/boot.img"
    with pytest.raises(InstallError, match=f"this live system lacks {lacking}"):
        install(BootFilesOnDisk(runner, mounts, tmp_path), disk)


def serial_until(argv: list[str], wanted: bytes) -> bytes:
    """What a machine prints on its serial line up to `wanted`; all of it when time is up."""
    printed = b""
    deadline = time.monotonic() + STARTS_WITHIN
    with (
        subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as machine,
        selectors.DefaultSelector() as selector,
    ):
        assert machine.stdout is not None
        selector.register(machine.stdout, selectors.EVENT_READ)
        while wanted not in printed and time.monotonic() < deadline:
            if selector.select(1.0):
                printed += os.read(machine.stdout.fileno(), 65536)
        machine.kill()
    return printed


@pytest.mark.skipif(QEMU is None, reason="QEMU is not installed")
def test_a_bios_starts_it_up_to_the_menu(boot_files: BootFilesOnDisk, make: DiskMaker) -> None:
    disk = make(before=30)
    install(boot_files, disk)
    text = menu(a="quiet", b="quiet", recovery=None, serial_console="ttyS0,115200")
    boot_files.write_menu(boot=disk.boot, menu=text)
    argv = [str(QEMU), "-nodefaults", "-no-reboot", "-m", "128", "-display", "none"]
    argv += ["-serial", "stdio", "-drive", f"file={disk.file},format=raw,if=virtio,snapshot=on"]
    printed = serial_until(argv, b"Root A")
    assert b"Root A" in printed, printed.decode(errors="replace")
