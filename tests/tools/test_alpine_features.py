"""The feature that a medium and its slots are started with, by Alpine's own mkinitfs."""

import re
from collections.abc import Iterator

import pytest

from tests.tools.alpine_tree import AlpineTree, alpine_layers, alpine_tree
from tests.tools.overlay_tree import ROOT

# They change with mkimage-profile/alpine only.
pytestmark = pytest.mark.extended
PROFILE = ROOT / "mkimage-profile/alpine"
OTHERS = "base ata scsi usb nvme virtio squashfs"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AlpineTree]:
    with alpine_tree(tmp_path_factory.mktemp("alpine"), alpine_layers()) as made:
        for each in (PROFILE / "features.d").iterdir():
            made.put(f"etc/mkinitfs/features.d/{each.name}", each.read_text())
        yield made


def release(tree: AlpineTree) -> str:
    (found,) = (tree.top / "lib/modules").iterdir()
    return found.name


def initramfs(tree: AlpineTree, features: str) -> set[str]:
    """Files of an initramfs that is made with these features."""
    file = "/root/initramfs"
    argv = ("mkinitfs", "-F", features, "-C", "none", "-o", file, release(tree))
    tree.output_of(*argv, within=300)
    listed = tree.output_of("sh", "-c", f"cpio -t <{file}")
    return set(listed.split())


@pytest.fixture(scope="module")
def without(tree: AlpineTree) -> set[str]:
    return initramfs(tree, OTHERS)


@pytest.fixture(scope="module")
def made(tree: AlpineTree) -> set[str]:
    return initramfs(tree, f"{OTHERS} atomos")


def lines(name: str) -> list[str]:
    text = (PROFILE / "features.d" / name).read_text()
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def modules(files: set[str]) -> set[str]:
    return {match.group(1) for each in files if (match := re.search(r"([^/]+)\.ko", each))}


def test_all_that_it_names_is_in_the_initramfs(tree: AlpineTree, made: set[str]) -> None:
    for pattern in lines("atomos.files"):
        assert tree.top.joinpath(pattern.lstrip("/")).exists()
        assert any(each.endswith(f"bin/{pattern.rsplit('/', 1)[1]}") for each in made), pattern
    for pattern in lines("atomos.modules"):
        wanted = {each.name for each in (tree.top / "lib/modules" / release(tree)).glob(pattern)}
        assert wanted, pattern
        assert any(f"/{pattern.rstrip('*')}" in each for each in made), pattern


def test_it_brings_what_the_others_have_not(without: set[str], made: set[str]) -> None:
    assert {"isofs", "btrfs", "dm-mod", "dm-verity"} <= modules(made)
    assert not {"isofs", "btrfs", "dm-verity"} & modules(without)
    assert "sbin/blkid" in made | {each.removeprefix("usr/") for each in made}


def test_what_its_modules_need_comes_too(tree: AlpineTree, made: set[str]) -> None:
    """By the kernel's own list."""
    text = tree.text(f"lib/modules/{release(tree)}/modules.dep")
    needs = dict(line.split(":", 1) for line in text.splitlines())
    (btrfs,) = (each for each in needs if "/btrfs.ko" in each)
    needed = modules(set(needs[btrfs].split()))
    assert needed
    assert needed <= modules(made)


def test_every_feature_of_the_profile_is_one(tree: AlpineTree) -> None:
    """mkinitfs passes over a name that it does not know, without a word."""
    known = set(tree.output_of("mkinitfs", "-L").split())
    text = (PROFILE / "mkimg.atomos.sh").read_text()
    (wanted,) = re.findall(r'initfs_features="(.*)"', text)
    assert set(wanted.split()) <= known
