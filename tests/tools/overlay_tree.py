"""A tree of an image to run programs in, under an overlay in memory; nothing of it lasts."""

import contextlib
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


def made_by(script: str, *arguments: str) -> str:
    """What a script of mkimage-profile says that it has made; its last line."""
    argv = [sys.executable, str(ROOT / "mkimage-profile" / script), *arguments]
    done = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.splitlines()[-1]


@dataclass(frozen=True, kw_only=True)
class Tree:
    """The tree at `top`."""

    top: Path

    def put(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """Write a file of the tree."""
        file = self.top / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)


def mount_overlay(mounts: ExitStack, top: Path, *, lower: str, memory: Path) -> None:
    """The folders `lower` at `top`, with what changes in `memory`, both of them made here."""
    for place in (memory, top):
        place.mkdir()
    mount_at(mounts, memory, "-t", "tmpfs", "tmpfs")
    upper, work = memory / "upper", memory / "work"
    upper.mkdir()
    work.mkdir()
    layers = f"lowerdir={lower},upperdir={upper},workdir={work}"
    mount_at(mounts, top, "-t", "overlay", "-o", layers, "overlay")


def end_all_in(top: Path) -> None:
    """What still runs there: gpg leaves an agent behind for each of its folders, and each of them
    keeps the image's loop device."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "root").readlink() == top:
                os.kill(int(process.name), signal.SIGKILL)


def mount_at(mounts: ExitStack, place: Path, *argv: str) -> None:
    """Mount it for as long as `mounts` lasts."""
    subprocess.run(["mount", *argv, str(place)], check=True)
    mounts.callback(subprocess.run, ["umount", "--lazy", str(place)], check=True)
