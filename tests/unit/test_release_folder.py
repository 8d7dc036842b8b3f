"""A release directory made twice is the same, and what it links to is untouched."""

import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from installer.release import SUMS_NAME, contract_name, index_name

RECIPES = Path(__file__).parents[2] / "mkimage-profile"
NAMES = ("atomos-live_1_x86-64.iso", "atomos_1_x86-64.squashfs")


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", [str(RECIPES), *sys.path])
    spec = importlib.util.spec_from_file_location("release", RECIPES / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def image_in(folder: Path, name: str) -> Path:
    """An image that cannot be packed, with its contract."""
    folder.mkdir(exist_ok=True)
    for each in (name, contract_name(name)):
        (folder / each).write_text(f"content of {each}")
    # As a build measured it and made it, so that no unit test needs zstd and rdiff.
    (folder / f"{name}.zst.measured").write_text("1.0\n")
    if name.endswith(".squashfs"):
        (folder / index_name(name)).write_text("its blocks")
    return folder / name


def test_twice_is_the_same(release: ModuleType, tmp_path: Path) -> None:
    cached = tmp_path / "cached"
    images = [image_in(cached, name) for name in NAMES]
    texts = {each.name: each.read_text() for each in cached.iterdir() if "zst" not in each.name}
    folder = tmp_path / "release"
    for _ in range(2):
        release.make_release(folder, images, ())
        assert {each.name for each in folder.iterdir()} == {*texts, SUMS_NAME}
        for name, text in texts.items():
            assert (folder / name).read_text() == text
            assert (cached / name).read_text() == text


@pytest.mark.parametrize("suffix", ["roothash", "squashfs.zst", "squashfs.blocks"])
def test_what_stands_beside_an_image_is_part_of_it(
    release: ModuleType, tmp_path: Path, suffix: str
) -> None:
    name = f"atomos_1_x86-64.{suffix}"
    image = image_in(tmp_path / "cached", NAMES[1])
    image.with_name(name).write_text(name)
    release.make_release(tmp_path / "release", (image,), ())
    sums = (tmp_path / "release" / SUMS_NAME).read_text().splitlines()
    assert f"{hashlib.sha256(name.encode()).hexdigest()}  {name}" in sums
    assert (tmp_path / "release" / name).read_text() == name
