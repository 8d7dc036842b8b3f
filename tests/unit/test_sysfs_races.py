"""Devices that go while they are looked at: a stick that is pulled out, a loop device."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.sysfs import Sysfs


@pytest.fixture
def sysfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sysfs:
    """Of a disk that is gone once somebody has seen that it is there."""
    folder = tmp_path / "sys/class/block/sda"
    (folder / "holders/dm-0").mkdir(parents=True)
    (folder / "sda1").mkdir()
    (folder / "sda1/partition").write_text("1\n")
    look_into = Path.iterdir

    def too_late(path: Path) -> Iterator[Path]:
        shutil.rmtree(folder)
        return look_into(path)

    monkeypatch.setattr(Path, "iterdir", too_late)
    return Sysfs(tmp_path)


def test_what_goes_has_no_holders(sysfs: Sysfs) -> None:
    """The screens ended by it."""
    assert sysfs.holders("sda", {}) == ()
