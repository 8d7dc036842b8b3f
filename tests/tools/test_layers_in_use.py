"""The tree of a build: who looks into it does not disturb it, and its layers may be many."""

import importlib
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.tools.overlay_tree import mount_at

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


def test_debian_13_mounts_as_many_layers_as_an_image_has(
    tmp_path: Path, built_image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """mount(8) of util-linux 2.41 hands each option to fsconfig(2), which takes 256 bytes at most:
    nine layers were "wrong fs type, bad option", on Debian 13 and in the container made of it."""
    monkeypatch.syspath_prepend(str(MKIMAGE))
    layers = importlib.import_module("layers")
    # The image's own, with its own libraries, so that paths are those of this machine.
    root, mount = tmp_path / "image", tmp_path / "bin" / "mount"
    root.mkdir()
    mount.parent.mkdir()
    loader = f"{root}/usr/lib64/ld-linux-x86-64.so.2"
    libraries = f"{root}/usr/lib/x86_64-linux-gnu"
    mount.write_text(
        f'#!/bin/sh\nexec {loader} --library-path {libraries} {root}/usr/bin/mount "$@"\n'
    )
    mount.chmod(0o755)
    monkeypatch.setattr(layers, "CACHE", tmp_path / "cache")
    many = []
    for number in range(12):
        path = tmp_path / f"layer-with-a-name-of-some-length-{number}"
        path.mkdir()
        (path / f"file-{number}").touch()
        many.append(layers.Layer(key=str(number), path=path))
    with ExitStack() as mounts:
        mount_at(mounts, root, "-o", "loop,ro", "-t", "squashfs", str(built_image))
        monkeypatch.setenv("PATH", f"{mount.parent}:{os.environ['PATH']}")
        tree = mounts.enter_context(layers.merged(many))
        assert len(list(tree.iterdir())) == 12
