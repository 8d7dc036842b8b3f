"""A release directory made twice is the same, and what it links to is untouched."""

import hashlib
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from installer.release import SUMS_NAME, contract_name

BUILD = Path(__file__).parents[2] / "mkimage-profile" / "build.py"
NAMES = ("atomos-live_1_x86-64.iso", "atomos_1_x86-64.squashfs")


@pytest.fixture
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build", BUILD)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_the_image_s_hash_tree_is_checked_against_is_part_of_it(
    build: ModuleType, tmp_path: Path
) -> None:
    image = tmp_path / NAMES[1]
    for each in (image, image.with_suffix(".yaml"), image.with_suffix(".roothash")):
        each.write_text(each.name)
    build.make_release(tmp_path / "release", (image,))
    sums = (tmp_path / "release" / SUMS_NAME).read_text().splitlines()
    digest = hashlib.sha256(b"atomos_1_x86-64.roothash").hexdigest()
    assert f"{digest}  atomos_1_x86-64.roothash" in sums


def test_twice_is_the_same(build: ModuleType, tmp_path: Path) -> None:
    cached = tmp_path / "cached"
    cached.mkdir()
    texts = {}
    for name in NAMES:
        for each in (name, contract_name(name)):
            texts[each] = f"content of {each}"
            (cached / each).write_text(texts[each])
    folder = tmp_path / "release"
    for _ in range(2):
        build.make_release(folder, tuple(cached / name for name in NAMES))
        assert {each.name for each in folder.iterdir()} == {*texts, SUMS_NAME}
        for name, text in texts.items():
            assert (folder / name).read_text() == text
            assert (cached / name).read_text() == text
