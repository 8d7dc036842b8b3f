"""Somebody looks into a tree while it is built: the build is not disturbed."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

MKIMAGE = Path(__file__).parents[2] / "mkimage-profile"


def test_a_passer_by_in_the_tree_does_not_fail_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(MKIMAGE))
    layers = importlib.import_module("layers")

    monkeypatch.setattr(layers, "CACHE", tmp_path / "cache")
    first, upper = tmp_path / "first", tmp_path / "upper"
    upper.mkdir()
    for name in ("proc", "sys", "dev", "tmp", "run"):
        (first / name).mkdir(parents=True)
    (first / "old").write_text("old")
    before = layers.Layer(key="first", path=first)
    with layers.merged((before,), upper) as tree, layers.kernel_mounts(tree):
        # Both the overlay and what is mounted in it are somebody's working directory.
        passers_by = [
            subprocess.Popen([sys.executable, "-c", "input()"], cwd=place, stdin=subprocess.PIPE)
            for place in (tree, tree / "proc")
        ]
        (tree / "new").write_text("new")
    try:
        assert (upper / "new").read_text() == "new"
        assert not (first / "new").exists()
        assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()
        assert list((tmp_path / "cache").iterdir()) == []
    finally:
        for each in passers_by:
            each.communicate(b"\n")
