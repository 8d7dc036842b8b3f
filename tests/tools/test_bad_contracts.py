"""Bad contracts in an image: refused in words, and no kernel of it is put where GRUB finds it."""

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from backends.boot_files import BootFilesOnDisk
from backends.file_systems import Makers
from backends.installed_system import InstalledSystemOnDisk
from backends.mounts import Mounts
from backends.runner import Runner
from installer.contract_file import load_contract
from installer.errors import InstallError
from installer.quantity import MIB
from tests.tools.conftest import LoopMaker
from tests.tools.packed import squashfs

GOOD = """\
contract: 1
kind: system
name: Test
version: "1.2"
architecture: x86-64
kernel: /boot/vmlinuz
initrd: /boot/initrd
command_lines:
  plain: root=PARTUUID={slot.partuuid}
"""
PLACE = "usr/lib/atomos/image.yaml"
UUID = "12345678-9abc-4def-8123-456789abcdef"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    (made / "boot").mkdir(parents=True)
    (made / "usr/lib/atomos").mkdir(parents=True)
    (made / "boot/vmlinuz").write_bytes(b"kernel")
    (made / "boot/initrd").write_bytes(b"initrd")
    (made / PLACE).write_text(GOOD)
    return made


@pytest.fixture
def boot(loop: LoopMaker, runner: Runner, mounts: Mounts) -> str:
    device = loop(64 * MIB)
    Makers(runner, mounts).make_ext4(device, label="atomos-boot", uuid=UUID)
    return device


def slot_of(root: Path, loop: LoopMaker) -> str:
    return loop(file=squashfs(root, root.with_suffix(".squashfs")))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("contract: 1", "contract: 2"), "contract version 2 is not known, only 1"),
        (GOOD.replace("contract: 1", "contract: 99"), "contract version 99 is not known"),
        ("{]", "is not valid"),
        ("\t- : : [", "is not valid"),
        ("", "is not valid"),
        ("just words", "is not valid"),
        ("- a\n- list\n", "is not valid"),
        (GOOD.replace("kernel: /boot/vmlinuz\n", ""), "kernel is missing"),
        (GOOD.replace("/boot/vmlinuz", "/boot/../../vmlinuz"), "kernel"),
        (GOOD.replace("/boot/vmlinuz", "boot/vmlinuz"), "kernel"),
        (GOOD + "surprise: yes\n", "surprise is not a key"),
        (GOOD.replace("{slot.partuuid}", "{slot.nonsense}"), "nonsense"),
        (GOOD + GOOD, "is not valid"),
        ("a: &a [*a]\n", "is not valid"),
    ],
)
def test_refused_before_anything_is_written(text: str, words: str) -> None:
    with pytest.raises(InstallError, match=words) as caught:
        load_contract(text, "image.yaml")
    assert "The contract image.yaml is not valid" in caught.value.what


def _without(root: Path) -> None:
    (root / PLACE).unlink()


def _another(root: Path) -> None:
    (root / PLACE).write_text(GOOD.replace("x86-64", "arm64"))


def _a_folder(root: Path) -> None:
    (root / PLACE).unlink()
    (root / PLACE).mkdir()


def _leading_out(root: Path) -> None:
    (root / PLACE).unlink()
    (root / PLACE).symlink_to("../../../../etc/passwd")


@pytest.mark.parametrize("spoil", [_without, _another, _a_folder, _leading_out])
def test_the_one_inside_is_another(
    root: Path, loop: LoopMaker, runner: Runner, mounts: Mounts, spoil: Callable[[Path], None]
) -> None:
    spoil(root)
    slot = slot_of(root, loop)
    with pytest.raises(InstallError, match=f"image on {slot}") as caught:
        InstalledSystemOnDisk(runner, mounts).verify_contract(
            slot=slot, text_sha256=hashlib.sha256(GOOD.encode()).hexdigest()
        )
    assert caught.value.device == slot


def _no_kernel(root: Path) -> None:
    (root / "boot/vmlinuz").unlink()


def _link_out(root: Path) -> None:
    _no_kernel(root)
    (root / "boot/vmlinuz").symlink_to("../../etc/shadow")


def _link_in_a_circle(root: Path) -> None:
    _no_kernel(root)
    (root / "boot/vmlinuz").symlink_to("vmlinuz")


def _link_to_nothing(root: Path) -> None:
    _no_kernel(root)
    (root / "boot/vmlinuz").symlink_to("/boot/vmlinuz-9")


@pytest.mark.parametrize("spoil", [_no_kernel, _link_out, _link_in_a_circle, _link_to_nothing])
def test_a_kernel_that_is_not_in_the_image(
    root: Path,
    loop: LoopMaker,
    boot: str,
    runner: Runner,
    mounts: Mounts,
    tmp_path: Path,
    spoil: Callable[[Path], None],
) -> None:
    spoil(root)
    slot = slot_of(root, loop)
    with pytest.raises(InstallError, match=slot):
        BootFilesOnDisk(runner, mounts, tmp_path).copy_kernel(
            slot=slot,
            boot=boot,
            folder="a",
            kernel=PurePosixPath("/boot/vmlinuz"),
            initrd=PurePosixPath("/boot/initrd"),
        )
    listed = subprocess.run(
        ["debugfs", "-R", "ls -l /a", boot], check=True, capture_output=True, text=True
    )
    assert "vmlinuz" not in listed.stdout
