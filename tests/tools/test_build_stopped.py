"""Builds that somebody stops, by whatever signal: no mounts are left, and nothing half made."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from backends.mounts import mount_points_below
from tests.tools.remix_bench import HEARING, SCRIPTS

PATIENCE: Final = 600.0
"""The first layer is made without mounts, where it is not in the cache."""


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Path]:
    """One that has, as links, the layers of the cache of all builds, and no image."""
    cache = tmp_path / "cache"
    (cache / "layers").mkdir(parents=True)
    everybodys = Path(os.environ.get("ATOMOS_CACHE", Path.home() / ".cache/atomos"))
    for layer in everybodys.glob("layers/*"):
        if layer.is_dir() and layer.suffix != ".new":
            (cache / "layers" / layer.name).symlink_to(layer)
    yield cache
    for place in reversed(mount_points_below(cache)):
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def stopped(cache: Path, number: signal.Signals, *argv: str) -> tuple[int, str]:
    """Exit status and last line of a build that is stopped as soon as it has mounted something."""
    with subprocess.Popen(
        [*HEARING, sys.executable, str(SCRIPTS / argv[0]), *argv[1:]],
        env={**os.environ, "ATOMOS_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        end = time.monotonic() + PATIENCE
        while not mount_points_below(cache) and process.poll() is None:
            assert time.monotonic() < end
            time.sleep(0.02)
        process.send_signal(number)
        _none, said = process.communicate(timeout=PATIENCE)
    return process.returncode, said.splitlines()[-1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_an_image(cache: Path, number: signal.Signals) -> None:
    check(cache, *stopped(cache, number, "build.py", "system"))


def test_the_table_of_images(cache: Path) -> None:
    check(cache, *stopped(cache, signal.SIGTERM, "image_table.py", "system"))


def test_a_home_seed(cache: Path, tmp_path: Path) -> None:
    argv = ("seed.py", str(tmp_path / "seed"), "--offline")
    check(cache, *stopped(cache, signal.SIGTERM, *argv))


def check(cache: Path, status: int, last: str) -> None:
    assert mount_points_below(cache) == []
    assert {each.name for each in cache.iterdir()} <= {"layers", "images", "times", "lock"}
    assert not list(cache.glob("images/*/packing-*"))
    assert not list(cache.glob("layers/*.new"))
    assert (status, last) == (
        5,
        "Stopped. Nothing half made is left; finished steps are in the cache.",
    )
