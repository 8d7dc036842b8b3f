"""A remix of a base in miniature, made by `./dev remix` itself."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from backends.mounts import mount_points_below

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "mkimage-profile"
REMIX = """\
remix: 1
name: Small remix
version: "2.1"
base: base.tar
slot_size: 64 MiB
"""
IMAGE = "atomos_2.1_x86-64.squashfs"
HEARING = ("env", "--default-signal=HUP,INT,TERM")
"""What is ignored by whoever runs the tests (nohup, a shell's background) a build ignores too."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    folder: Path
    cache: Path
    release: Path

    def write(self, text: str) -> None:
        (self.folder / "remix.yaml").write_text(text)

    def step(self, name: str, text: str) -> None:
        steps = self.folder / "steps"
        steps.mkdir(exist_ok=True)
        (steps / name).write_text(f"#!/bin/sh\nset -eu\n{text}\n")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*HEARING, sys.executable, str(SCRIPTS / "remix.py"), *self._arguments(arguments)],
            env={**os.environ, "ATOMOS_CACHE": str(self.cache)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _arguments(self, arguments: tuple[str, ...]) -> list[str]:
        return [str(self.folder), str(self.release), *arguments]

    def make(self, *arguments: str, typed: str = "") -> tuple[int, str, str]:
        """Status, output and errors; no traceback, and nothing is left behind."""
        process = self.start(*arguments)
        said, error = process.communicate(typed, timeout=240)
        assert "Traceback" not in error, error
        self.assert_clean()
        return process.returncode, said, error

    def assert_clean(self) -> None:
        assert not [each for each in mount_points_below(self.cache) if each != self.cache]
        assert not list(self.cache.glob("merge-*"))
        assert not list(self.cache.glob("layers/*.new"))
        assert not list(self.cache.glob("images/*/packing-*"))
        assert not list(self.cache.glob("scratch-*"))

    def built(self) -> str:
        status, _, error = self.make()
        assert status == 0, error
        return error

    def content(self, path: str) -> str:
        return in_image(self.release / IMAGE, path)

    def listed(self) -> str:
        argv = ["unsquashfs", "-lln", "-no-progress", str(self.release / IMAGE)]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def remix(folder: Path, release: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Made of a real base, with the cache of images; however it ends, there is no traceback."""
    argv = [sys.executable, str(SCRIPTS / "remix.py"), str(folder), str(release), *options]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=1800)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def in_image(image: Path, path: str) -> str:
    """The text of a file of the image."""
    argv = ["unsquashfs", "-cat", str(image), path]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def names_in(image: Path, path: str) -> set[str]:
    """All that is below a folder of the image, as paths from there."""
    argv = ["unsquashfs", "-l", "-no-progress", str(image), path]
    listed = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    top = f"squashfs-root/{path}/"
    return {row.removeprefix(top) for row in listed.splitlines() if row.startswith(top)}


def tar_of(root: Path, file: Path) -> None:
    argv = ["tar", "--create", "--file", str(file), "--directory", str(root), "."]
    subprocess.run(argv, check=True)
