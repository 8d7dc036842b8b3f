"""Kernels, menu and loaders on real ext4, FAT and SquashFS."""

import contextlib
import shutil
import subprocess
from pathlib import Path, PurePosixPath

import pytest

from backends.boot_files import BootFilesOnDisk
from backends.esp import LOADERS
from backends.file_systems import Makers
from backends.mounts import Mounts, flush_directory
from backends.runner import Runner
from installer.errors import InstallError
from installer.quantity import MIB
from tests.tools.conftest import LoopMaker
from tests.tools.packed import squashfs

UUID = "12345678-9abc-4def-8123-456789abcdef"
KERNEL = PurePosixPath("/vmlinuz")
INITRD = PurePosixPath("/boot/initrd")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The tree of an image whose kernel is behind two links, one of them absolute."""
    root = tmp_path / "image"
    (root / "boot").mkdir(parents=True)
    (root / "boot" / "vmlinuz-6.12").write_bytes(b"kernel" * 100_000)
    (root / "boot" / "initrd").write_bytes(b"initrd" * 200_000)
    (root / "boot" / "vmlinuz").symlink_to("vmlinuz-6.12")
    (root / "vmlinuz").symlink_to("/boot/vmlinuz")
    return root


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """The root of a live system with its loaders."""
    root = tmp_path / "live"
    for source, _place in LOADERS:
        file = root / source
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(source.name.encode() * 5000)
    return root


@pytest.fixture
def boot_files(runner: Runner, mounts: Mounts, live: Path) -> BootFilesOnDisk:
    return BootFilesOnDisk(runner, mounts, live)


@pytest.fixture
def boot(loop: LoopMaker, runner: Runner, mounts: Mounts) -> str:
    device = loop(64 * MIB)
    Makers(runner, mounts).make_ext4(device, label="atomos-boot", uuid=UUID)
    return device


@pytest.fixture(params=[512, 4096])
def esp(loop: LoopMaker, runner: Runner, mounts: Mounts, request: pytest.FixtureRequest) -> str:
    device = loop(512 * MIB, sector=request.param)
    Makers(runner, mounts).make_fat32(device, label="ATOMOS-ESP", volume_id="1234ABCD")
    return device


def slot_of(image: Path, loop: LoopMaker) -> str:
    return loop(file=squashfs(image, image.with_suffix(".squashfs")))


def test_kernel_of_the_slot_as_grub_reads_it(
    boot_files: BootFilesOnDisk, image: Path, boot: str, loop: LoopMaker
) -> None:
    slot = slot_of(image, loop)
    for _again in range(2):
        boot_files.copy_kernel(slot=slot, boot=boot, folder="a", kernel=KERNEL, initrd=INITRD)
        boot_files.verify_kernel(slot=slot, boot=boot, folder="a", kernel=KERNEL, initrd=INITRD)
    if shutil.which("grub-fstest") is None:
        pytest.skip("grub-fstest is not installed")
    for name, source in (("vmlinuz", "vmlinuz-6.12"), ("initrd", "initrd")):
        argv = ["grub-fstest", boot, "cat", f"/a/{name}"]
        done = subprocess.run(argv, check=True, capture_output=True)
        assert done.stdout == (image / "boot" / source).read_bytes()


def test_kernels_are_not_shared_between_slots(
    boot_files: BootFilesOnDisk, image: Path, boot: str, loop: LoopMaker, mounts: Mounts
) -> None:
    slot = slot_of(image, loop)
    for folder in ("a", "b"):
        boot_files.copy_kernel(slot=slot, boot=boot, folder=folder, kernel=KERNEL, initrd=INITRD)
    with mounts.device(boot, "ext4", read_only=True) as top:
        assert (top / "a" / "vmlinuz").stat().st_ino != (top / "b" / "vmlinuz").stat().st_ino
        assert sorted(path.name for path in (top / "a").iterdir()) == ["initrd", "vmlinuz"]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("../../etc/hostname", "leads out of it"),
        ("vmlinuz", "goes in a circle"),
        ("/boot/gone", "has no file /vmlinuz"),
    ],
)
def test_a_link_that_leads_nowhere_good_is_refused(
    boot_files: BootFilesOnDisk,
    image: Path,
    boot: str,
    loop: LoopMaker,
    mounts: Mounts,
    target: str,
    words: str,
) -> None:
    (image / "vmlinuz").unlink()
    (image / "vmlinuz").symlink_to(target)
    slot = slot_of(image, loop)
    with pytest.raises(InstallError, match=words) as caught:
        boot_files.copy_kernel(slot=slot, boot=boot, folder="a", kernel=KERNEL, initrd=INITRD)
    assert caught.value.device == slot
    with mounts.device(boot, "ext4", read_only=True) as top:
        assert not list((top / "a").iterdir())


def test_a_changed_kernel_is_found(
    boot_files: BootFilesOnDisk, image: Path, boot: str, loop: LoopMaker, mounts: Mounts
) -> None:
    slot = slot_of(image, loop)
    boot_files.copy_kernel(slot=slot, boot=boot, folder="b", kernel=KERNEL, initrd=INITRD)
    with (
        mounts.device(boot, "ext4", read_only=False) as top,
        (top / "b" / "initrd").open("r+b") as file,
    ):
        file.seek(1_100_001)
        file.write(b"I")
    words = f"/b/initrd on {boot} is not what was written there: it differs from byte 1100001 on"
    with pytest.raises(InstallError, match=words) as caught:
        boot_files.verify_kernel(slot=slot, boot=boot, folder="b", kernel=KERNEL, initrd=INITRD)
    assert caught.value.device == boot


def test_a_full_boot_keeps_the_old_kernel(
    boot_files: BootFilesOnDisk, image: Path, boot: str, loop: LoopMaker, mounts: Mounts
) -> None:
    slot = slot_of(image, loop)
    boot_files.copy_kernel(slot=slot, boot=boot, folder="a", kernel=KERNEL, initrd=INITRD)
    (image / "boot" / "vmlinuz-6.12").write_bytes(bytes(80 * MIB))
    larger = loop(file=squashfs(image, image.with_suffix(".larger")))
    with pytest.raises(InstallError, match=f"file system on {boot} is full"):
        boot_files.copy_kernel(slot=larger, boot=boot, folder="a", kernel=KERNEL, initrd=INITRD)
    boot_files.verify_kernel(slot=slot, boot=boot, folder="a", kernel=KERNEL, initrd=INITRD)
    with mounts.device(boot, "ext4", read_only=True) as top:
        assert sorted(path.name for path in (top / "a").iterdir()) == ["initrd", "vmlinuz"]


def test_menu(boot_files: BootFilesOnDisk, boot: str) -> None:
    with pytest.raises(InstallError, match="cannot be read") as caught:
        boot_files.read_menu(boot=boot)
    assert "grub.cfg" in caught.value.tool_words
    for menu in ("set default=0\n", "menuentry 'Größe' { }\n"):
        boot_files.write_menu(boot=boot, menu=menu)
        assert boot_files.read_menu(boot=boot) == menu


def test_loaders(boot_files: BootFilesOnDisk, esp: str, live: Path) -> None:
    for stub in ("search --label older\n", "search --label atomos-boot\n"):
        boot_files.install_loaders(esp=esp, stub=stub)
        boot_files.verify_loaders(esp=esp, stub=stub)
    argv = ["mdir", "-b", "-/", "-i", esp, "::"]
    listed = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
    assert sorted(line for line in listed if not line.endswith("/")) == [
        "::/EFI/BOOT/BOOTX64.EFI",
        "::/EFI/BOOT/grubx64.efi",
        "::/EFI/BOOT/mmx64.efi",
        "::/EFI/atomos/grubx64.efi",
        "::/EFI/atomos/mmx64.efi",
        "::/EFI/atomos/shimx64.efi",
        "::/EFI/debian/grub.cfg",
    ]
    words = r"/EFI/debian/grub\.cfg on .* differs from byte 16 on"
    with pytest.raises(InstallError, match=words):
        boot_files.verify_loaders(esp=esp, stub="search --label another\n")


def test_a_missing_loader_is_named(boot_files: BootFilesOnDisk, esp: str, live: Path) -> None:
    shim = live / "usr/lib/shim/shimx64.efi.signed"
    shim.unlink()
    with pytest.raises(InstallError, match=f"lacks {shim}"):
        boot_files.install_loaders(esp=esp, stub="")


def test_a_loader_missing_on_the_esp_is_found(boot_files: BootFilesOnDisk, esp: str) -> None:
    boot_files.install_loaders(esp=esp, stub="stub\n")
    subprocess.run(["mdel", "-i", esp, "::/EFI/BOOT/BOOTX64.EFI"], check=True, capture_output=True)
    with pytest.raises(InstallError, match=r"BOOTX64\.EFI on") as caught:
        boot_files.verify_loaders(esp=esp, stub="stub\n")
    assert caught.value.device == esp


def test_an_esp_without_a_file_system(boot_files: BootFilesOnDisk, loop: LoopMaker) -> None:
    device = loop(64 * MIB)
    with pytest.raises(InstallError, match="is not as the installer makes it") as caught:
        boot_files.install_loaders(esp=device, stub="stub\n")
    assert caught.value.device == device
    assert caught.value.way_out


def as_grub_reads(device: str | Path, name: str) -> bytes:
    """A file of the boot partition, by GRUB's own code: without its journal."""
    argv = ["grub-fstest", str(device), "cat", f"/{name}"]
    return subprocess.run(argv, check=True, capture_output=True).stdout


@pytest.mark.skipif(shutil.which("grub-fstest") is None, reason="grub-fstest is not installed")
def test_a_menu_is_replaced_and_the_old_one_stays(
    boot_files: BootFilesOnDisk, boot: str, mounts: Mounts
) -> None:
    boot_files.write_menu(boot=boot, menu="first\n")
    with mounts.device(boot, "ext4", read_only=True) as top:
        inode = (top / "grub/grub.cfg").stat().st_ino
    for before, after in (("first\n", "second\n"), ("second\n", "third\n")):
        boot_files.replace_menu(boot=boot, menu=after)
        assert as_grub_reads(boot, "grub/grub.cfg") == after.encode()
        assert as_grub_reads(boot, "grub/grub.cfg.old") == before.encode()
        assert boot_files.read_menu(boot=boot) == after
    with mounts.device(boot, "ext4", read_only=True) as top:
        assert sorted(each.name for each in (top / "grub").iterdir()) == [
            "grub.cfg",
            "grub.cfg.old",
        ]
        assert (top / "grub/grub.cfg.old").stat().st_ino != inode


@pytest.mark.skipif(shutil.which("grub-fstest") is None, reason="grub-fstest is not installed")
def test_at_every_flush_grub_finds_a_menu_that_is_whole(
    boot_files: BootFilesOnDisk,
    boot: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, new = "old " * 5000, "new " * 9000
    boot_files.write_menu(boot=boot, menu=old)
    found: list[str] = []

    def flush_and_look(folder: Path) -> None:
        flush_directory(folder)
        copy = tmp_path / "power-cut.img"
        shutil.copyfile(tmp_path / "disk0.img", copy)
        found.append(as_grub_reads(copy, "grub/grub.cfg").decode())

    monkeypatch.setattr("backends.boot_files.flush_directory", flush_and_look)
    monkeypatch.setattr("backends.whole_file.flush_directory", flush_and_look)
    boot_files.replace_menu(boot=boot, menu=new)
    assert len(found) == 4
    assert set(found) <= {old, new}
    assert found[0] == old
    assert as_grub_reads(boot, "grub/grub.cfg").decode() == new


@pytest.mark.skipif(shutil.which("grub-fstest") is None, reason="grub-fstest is not installed")
def test_where_there_is_no_room_the_old_menu_stays_and_later_it_is_replaced(
    boot_files: BootFilesOnDisk, boot: str, mounts: Mounts
) -> None:
    boot_files.write_menu(boot=boot, menu="old\n")
    with (
        mounts.device(boot, "ext4", read_only=False) as top,
        contextlib.suppress(OSError),
        (top / "filling").open("wb", buffering=0) as filling,
    ):
        while True:
            filling.write(bytes(1 << 16))
    menu = "new\n" * 100_000
    with pytest.raises(InstallError, match="is full"):
        boot_files.replace_menu(boot=boot, menu=menu)
    assert as_grub_reads(boot, "grub/grub.cfg") == b"old\n"
    with mounts.device(boot, "ext4", read_only=False) as top:
        (top / "filling").unlink()
    boot_files.replace_menu(boot=boot, menu=menu)
    assert as_grub_reads(boot, "grub/grub.cfg") == menu.encode()
