"""What a build prints, and where."""

import errno
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

RECIPES = Path(__file__).parents[2] / "mkimage-profile"


def test_what_a_program_of_a_build_prints_is_no_part_of_the_answer() -> None:
    words = "import layers; layers.run('echo', 'Reading package lists...'); print('/a/layer')"
    argv = [sys.executable, "-c", words]
    ended = subprocess.run(argv, cwd=RECIPES, check=True, capture_output=True, text=True)
    assert ended.stdout == "/a/layer\n"
    assert "Reading package lists..." in ended.stderr


def test_a_program_that_a_full_disk_ended_is_told_as_that(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """zstd takes its half file away: asked afterwards, there was room."""
    monkeypatch.setattr(sys, "path", [str(RECIPES), *sys.path])
    layers = importlib.import_module("layers")
    monkeypatch.setattr(layers, "is_full", lambda folder: folder == tmp_path)
    with pytest.raises(OSError, match="No space left on device") as full:
        layers.run("false", tmp_path / "image.zst")
    assert (full.value.errno, full.value.filename) == (errno.ENOSPC, str(tmp_path))
    with pytest.raises(subprocess.CalledProcessError):
        layers.run("false", tmp_path / "other" / "image.zst")
