"""`./dev contract check` on images that are wrong in all ways that an image can be."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backends.mounts import mount_points_below
from installer.contract import CONTRACT_PATH
from tests.tools.packed import squashfs
from tests.tools.small_image import CONTRACT, small_image

ROOT = Path(__file__).parents[2]
PLACE = CONTRACT_PATH.relative_to("/")
KERNEL = bytes(0x202) + b"HdrS" + bytes(4096)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = small_image(tmp_path / "root")
    (made / "boot/vmlinuz").write_bytes(KERNEL)
    (made / "usr/lib/atomos/mark-good").write_text("#!/bin/sh\n")
    return made


def check(image: Path) -> tuple[int, str, str]:
    argv = [sys.executable, str(ROOT / "mkimage-profile/check_contract.py"), "check", str(image)]
    place = image.absolute().parent
    environment = {**os.environ, "TMPDIR": str(place)}
    done = subprocess.run(
        argv, check=False, capture_output=True, text=True, timeout=60, env=environment
    )
    assert mount_points_below(place) == []
    assert not list(place.glob("atomos-contract-*"))
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


def check_tree(root: Path) -> tuple[int, str, str]:
    return check(squashfs(root, root.with_name("image.squashfs")))


def lacks(told: str) -> list[str]:
    return [line[10:] for line in told.splitlines() if line.startswith("  MISSING")]


def one_line(image: Path) -> str:
    status, told, error = check(image)
    assert (status, told) == (2, ""), error
    assert len(error.splitlines()) == 1, error
    return error


def test_an_image_that_is_as_it_should_be(root: Path) -> None:
    (root / PLACE).write_text(CONTRACT + "  encrypted: root={slot.device} rd.luks={luks.uuid}\n")
    status, told, error = check_tree(root)
    assert (status, error) == (0, "")
    assert "image.squashfs: Small 1.0 (x86-64)" in told
    assert told.endswith("It meets the contract.\n"), told


def _no_tools(root: Path) -> None:
    (root / "usr/sbin/useradd").unlink()
    (root / "etc/shadow").unlink()


def _no_folders(root: Path) -> None:
    (root / "nix").rmdir()
    (root / "home").rmdir()
    (root / "home").symlink_to("var")


def _initrd_away(root: Path) -> None:
    (root / "boot/initrd").unlink()
    (root / "boot/initrd").symlink_to("../../etc/shadow")


def _live(root: Path) -> None:
    text = CONTRACT.replace("kind: system", "kind: live").replace("  plain:", "  recovery:")
    (root / PLACE).write_text(text.replace("{slot.device}", "{recovery.partuuid}"))


@pytest.mark.parametrize(
    ("spoil", "asked", "words"),
    [
        (_no_tools, "make the account", "missing: useradd, /etc/shadow"),
        (_no_folders, "folders on which", "no folders: /home, /nix"),
        (_initrd_away, "`initrd` is a file", "a link that leads out of it"),
        (_live, "a system, for a slot", "live image"),
    ],
)
def test_what_keeps_it_from_being_installed(
    root: Path, spoil: Callable[[Path], None], asked: str, words: str
) -> None:
    spoil(root)
    status, told, _ = check_tree(root)
    assert status == 3
    assert len(lacks(told)) == 1
    assert asked in lacks(told)[0]
    assert words in told
    after = told.split(words)[1].splitlines()
    assert after[1].strip().startswith("Mend: "), told
    assert told.endswith("It is not installable yet: 1 to mend.\n")


def test_all_that_is_wrong_is_told_at_once(root: Path) -> None:
    for spoil in (_no_tools, _no_folders, _initrd_away):
        spoil(root)
    status, told, _ = check_tree(root)
    assert (status, len(lacks(told))) == (3, 3)


def test_a_contract_that_is_not_valid_is_told_error_by_error_with_the_rest(root: Path) -> None:
    _no_tools(root)
    bad = CONTRACT.replace("contract: 1", "contract: 7").replace("/boot/initrd", "initrd")
    (root / PLACE).write_text(bad)
    status, told, _ = check_tree(root)
    assert (status, len(lacks(told))) == (3, 3)
    assert "contract version 7 is not known" in told
    assert "initrd is initrd, not an absolute path" in told


def test_what_would_be_better_refuses_nothing(root: Path) -> None:
    (root / "usr/lib/atomos/mark-good").unlink()
    (root / "etc/ssh").mkdir()
    (root / "etc/ssh/ssh_host_rsa_key").write_text("secret")
    (root / "etc/machine-id").write_text("0" * 32)
    (root / "boot/vmlinuz").write_bytes(b"\x7fELF")
    (root / PLACE).write_text(CONTRACT + "secure_boot: true\nflatpak: true\nhome_manager: true\n")
    status, told, _ = check_tree(root)
    assert (status, lacks(told)) == (0, [])
    assert "/etc/ssh/ssh_host_rsa_key, /etc/machine-id" in told
    assert "no Linux kernel for x86-64" in told
    assert "carries no signature" in told
    assert "missing: flatpak, /usr/lib/atomos/flatpaks" in told
    assert "missing: nix, /usr/lib/atomos/home" in told
    assert told.endswith("It can be installed, and would be better with 7 mended.\n")


def test_a_hash_tree_that_is_asked_for(root: Path) -> None:
    verity = "root={slot.device} roothash={verity.root_hash} at={verity.hash_offset}"
    (root / PLACE).write_text(CONTRACT.replace("root={slot.device}", verity))
    status, told, _ = check_tree(root)
    assert (status, len(lacks(told))) == (3, 1)
    assert "lacks the root of the hash tree" in told
    image = root.with_name("image.squashfs")
    argv = [sys.executable, str(ROOT / "mkimage-profile/hash_tree.py"), str(image)]
    subprocess.run(argv, check=True, capture_output=True)
    assert check(image)[0] == 0
    image.with_suffix(".roothash").write_text(f"{'0' * 64}\nhash-offset={4096 * 9999999}\n")
    assert "root beside the image is of another one" in check(image)[1]
    for nonsense in (b"nonsense", b"\xff\xfe\x00"):
        image.with_suffix(".roothash").write_bytes(nonsense)
        status, told, _ = check(image)
        assert status == 3
        assert "is not a root hash" in told


def test_a_contract_beside_it_that_is_another(root: Path) -> None:
    image = squashfs(root, root.with_name("image.squashfs"))
    image.with_suffix(".yaml").write_text(CONTRACT)
    assert check(image)[0] == 0
    image.with_suffix(".yaml").write_text(CONTRACT.replace("1.0", "1.1"))
    assert "image.yaml says something else" in check(image)[1]


def test_no_squashfs_is_one_line(tmp_path: Path, root: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no image")
    assert "text is no SquashFS" in one_line(text)
    (tmp_path / "empty").touch()
    assert "empty is no SquashFS" in one_line(tmp_path / "empty")
    assert "is no file" in one_line(tmp_path)
    assert "is no file" in one_line(tmp_path / "nothing")


def test_a_squashfs_that_is_cut_off_or_garbage_is_one_line(root: Path, tmp_path: Path) -> None:
    image = squashfs(root, tmp_path / "image.squashfs").read_bytes()
    (tmp_path / "cut").write_bytes(image[:-8192])
    assert "is cut off" in one_line(tmp_path / "cut")
    (tmp_path / "garbage").write_bytes(image[:96] + b"\xff" * (len(image) - 96))
    assert "garbage" in one_line(tmp_path / "garbage")


def _nothing(root: Path) -> None:
    (root / PLACE).unlink()


def _folder(root: Path) -> None:
    _nothing(root)
    (root / PLACE).mkdir()


def _leading_out(root: Path) -> None:
    _nothing(root)
    (root / PLACE).symlink_to("../../../../etc/passwd")


def _circle(root: Path) -> None:
    _nothing(root)
    (root / PLACE).symlink_to("image.yaml")


def _parent_leading_out(root: Path) -> None:
    (root / "usr/lib/atomos").rename(root / "usr/lib/other")
    (root / "usr/lib/atomos").symlink_to("../../../usr/lib")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_nothing, "has no file /usr/lib/atomos/image.yaml"),
        (_folder, "has no file /usr/lib/atomos/image.yaml"),
        (_leading_out, "leads out of it"),
        (_circle, "goes in a circle"),
        (_parent_leading_out, "leads out of it"),
    ],
)
def test_no_contract_is_one_line(root: Path, spoil: Callable[[Path], None], words: str) -> None:
    spoil(root)
    assert words in one_line(squashfs(root, root.with_name("image.squashfs")))


def test_an_absolute_link_is_one_inside_the_image(root: Path) -> None:
    (root / PLACE).rename(root / "usr/lib/contract.yaml")
    (root / PLACE).symlink_to("/usr/lib/contract.yaml")
    assert check_tree(root)[0] == 0
