"""The system image as it is built, as a tree to run programs in; nothing of it lasts."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_TMPFS: Final = ("nix", "tmp", "run", "home")
"""Not over the overlay: nix renames folders, which an overlay refuses."""


def built_system_image() -> Path:
    """The image for virtual machines; built when its recipe has changed, which takes minutes."""
    argv = [sys.executable, str(ROOT / "mkimage-profile/build.py"), "system"]
    done = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True)
    return Path(done.stdout.splitlines()[-1])


@dataclass(frozen=True, kw_only=True)
class SystemTree:
    """A started image's files, without its init: programs are run by chroot(8)."""

    top: Path

    def run(self, *argv: str, user: str = "root", within: float = 60) -> tuple[int, str]:
        """Exit status and all output of a command of that user, at a login shell's environment."""
        command = ["chroot", str(self.top), "runuser", "-l", user, "-c", " ".join(argv)]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=within,
            check=False,
        )
        return done.returncode, done.stdout

    def output_of(self, *argv: str, user: str = "root", within: float = 60) -> str:
        """What a command printed that has to succeed."""
        status, said = self.run(*argv, user=user, within=within)
        assert status == 0, f"{argv} ended with {status}:\n{said}"
        return said.strip()

    def by_busybox(self, script: str) -> None:
        """Have a script of the image run by busybox' shell from now on."""
        shutil.copy("/bin/busybox", self.top / "usr/local/bin/busybox")
        file = self.top / script
        text = file.read_text()
        file.write_text(text.replace("#!/bin/sh", "#!/usr/local/bin/busybox sh", 1))

    def put(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """Write a file of the tree."""
        file = self.top / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)


@contextmanager
def system_tree(folder: Path, image: Path) -> Iterator[SystemTree]:
    """`image` under an overlay in memory, with /proc, terminals and an empty /nix."""
    lower, memory, top = folder / "slot", folder / "memory", folder / "tree"
    with ExitStack() as mounts:
        for place in (lower, memory, top):
            place.mkdir()
        _mount(mounts, lower, "-o", "loop,ro", "-t", "squashfs", str(image))
        _mount(mounts, memory, "-t", "tmpfs", "tmpfs")
        upper, work = memory / "upper", memory / "work"
        upper.mkdir()
        work.mkdir()
        layers = f"lowerdir={lower},upperdir={upper},workdir={work}"
        _mount(mounts, top, "-t", "overlay", "-o", layers, "overlay")
        for name in _TMPFS:
            _mount(mounts, top / name, "-t", "tmpfs", "-o", "mode=755", "tmpfs")
        (top / "tmp").chmod(0o1777)
        _mount(mounts, top / "proc", "-t", "proc", "proc")
        _mount(mounts, top / "dev", "--bind", "/dev")
        # /dev/ptmx of the host may belong to no devpts that is mounted here; nix builds on one.
        _mount(mounts, top / "dev/pts", "-t", "devpts", "-o", "ptmxmode=666", "devpts")
        try:
            yield SystemTree(top=top)
        finally:
            end_all_in(top)


def end_all_in(top: Path) -> None:
    """What still runs there: gpg leaves an agent behind for each of its folders, and each of them
    keeps the image's loop device."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "root").readlink() == top:
                os.kill(int(process.name), signal.SIGKILL)


def _mount(mounts: ExitStack, place: Path, *argv: str) -> None:
    subprocess.run(["mount", *argv, str(place)], check=True)
    mounts.callback(subprocess.run, ["umount", "--lazy", str(place)], check=True)
