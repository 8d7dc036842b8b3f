"""A whole Alpine: tools run by chroot(8), services by its own OpenRC. Nothing of it lasts."""

import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.tools.overlay_tree import Tree, end_all_in, made_by, mount_at, mount_overlay

PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NODES: Final = {"null": (1, 3), "zero": (1, 5), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}


def alpine_layers() -> str:
    """Folders of the root, top first, as overlayfs wants them; made where they are not cached."""
    return made_by("alpine_root.py")


def alpine_aport() -> Path:
    """The folder with the installer's APKBUILD and its source archive; made likewise."""
    return Path(made_by("alpine_root.py", "aport"))


@dataclass(frozen=True, kw_only=True)
class AlpineTree(Tree):
    """The tree at `top`. Its /dev has nothing of this machine's but what a test puts there."""

    def run(self, *argv: str, within: float = 60, **environment: str) -> tuple[int, str]:
        """Exit status and all output of a program in the tree."""
        done = subprocess.run(
            ["chroot", str(self.top), *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=within,
            check=False,
            env={"PATH": PATH, **environment},
        )
        return done.returncode, done.stdout

    def output_of(self, *argv: str, within: float = 60, **environment: str) -> str:
        """What a program printed that has to succeed."""
        status, said = self.run(*argv, within=within, **environment)
        assert status == 0, f"{argv} ended with {status}:\n{said}"
        return said

    def text(self, path: str) -> str:
        """A file of the tree."""
        return (self.top / path.lstrip("/")).read_text()

    def node(self, device: str) -> None:
        """Show a block device of this machine in the tree."""
        number = Path(device).stat().st_rdev
        os.mknod(self.top / device.lstrip("/"), stat.S_IFBLK | 0o600, number)

    def borrow(self, tool: str, **environment: str) -> None:
        """A program of this machine under its own loader, with paths of this machine at /host."""
        said = subprocess.run(["ldd", tool], check=True, capture_output=True, text=True).stdout
        files = [Path(word) for word in said.split() if word.startswith("/")]
        loader = next(each for each in files if each.name.startswith("ld-"))
        folders = dict.fromkeys(f"/host{each.resolve().parent}" for each in files)
        given = "".join(f"export {name}={value}\n" for name, value in environment.items())
        program = f"/host{loader.resolve()} --library-path {':'.join(folders)} /host{tool}"
        name = Path(tool).name
        self.put(f"usr/bin/{name}", f'#!/bin/sh\n{given}exec {program} "$@"\n', mode=0o755)


@contextmanager
def alpine_tree(folder: Path, layers: str) -> Iterator[AlpineTree]:
    """The root of `layers` under an overlay in memory."""
    memory, top = folder / "memory", folder / "alpine"
    with ExitStack() as mounts:
        mount_overlay(mounts, top, lower=layers, memory=memory)
        (top / "host").mkdir()
        mount_at(mounts, top / "host", "--bind", "-o", "ro", "/")
        for name in ("run", "tmp", "dev"):
            mount_at(mounts, top / name, "-t", "tmpfs", "-o", "mode=755", "tmpfs")
        (top / "tmp").chmod(0o1777)
        for name, number in _NODES.items():
            os.mknod(top / "dev" / name, stat.S_IFCHR | 0o666, os.makedev(*number))
        (top / "dev/pts").mkdir()
        mount_at(
            mounts, top / "dev/pts", "-t", "devpts", "-o", "newinstance,ptmxmode=666", "devpts"
        )
        (top / "dev/ptmx").symlink_to("pts/ptmx")
        mount_at(mounts, top / "proc", "-t", "proc", "proc")
        mount_at(mounts, top / "sys", "-t", "sysfs", "-o", "ro", "sysfs")
        try:
            yield AlpineTree(top=top)
        finally:
            end_all_in(top)
