"""The system image as it is built, as a tree to run programs in; nothing of it lasts."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.tools.overlay_tree import Tree, end_all_in, made_by, mount_at, mount_overlay

_TMPFS: Final = ("nix", "tmp", "run", "home")
"""Not over the overlay: nix renames folders, which an overlay refuses."""


def built_system_image() -> Path:
    """The image for virtual machines; built when its recipe has changed, which takes minutes."""
    return Path(made_by("build.py", "system"))


@dataclass(frozen=True, kw_only=True)
class SystemTree(Tree):
    """A started image's files, without its init: programs are run by chroot(8)."""

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


@contextmanager
def system_tree(folder: Path, image: Path) -> Iterator[SystemTree]:
    """`image` under an overlay in memory, with /proc, terminals and an empty /nix."""
    lower, memory, top = folder / "slot", folder / "memory", folder / "tree"
    with ExitStack() as mounts:
        lower.mkdir()
        mount_at(mounts, lower, "-o", "loop,ro", "-t", "squashfs", str(image))
        mount_overlay(mounts, top, lower=str(lower), memory=memory)
        for name in _TMPFS:
            mount_at(mounts, top / name, "-t", "tmpfs", "-o", "mode=755", "tmpfs")
        (top / "tmp").chmod(0o1777)
        mount_at(mounts, top / "proc", "-t", "proc", "proc")
        mount_at(mounts, top / "dev", "--bind", "/dev")
        # /dev/ptmx of the host may belong to no devpts that is mounted here; nix builds on one.
        mount_at(mounts, top / "dev/pts", "-t", "devpts", "-o", "ptmxmode=666", "devpts")
        try:
            yield SystemTree(top=top)
        finally:
            end_all_in(top)
