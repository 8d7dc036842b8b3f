"""``python -m tests.user_mode.starting SCRATCH LAYERS WORD...``: start a disk by an initramfs, in
user-mode Linux, with those words on the kernel's command line.

No firmware, boot loader or kernel of a machine: the initramfs' own /init, which has device-mapper
here, and what it leads to. Its modules are those of user-mode Linux (`for_user_mode`).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pexpect

from tests.user_mode.enter import LIBRARY, SHARED, TEMPORARY, mount
from tests.user_mode.machine import ROOT, compile_mends, layers_of_tools

DISK: Final = "started.raw"
INITRD: Final = "initrd"
_MEMORY: Final = "1200M"
_MODULES: Final = "usr/lib/uml/modules"


def for_user_mode(tree: Path) -> None:
    """Give the tree of an initramfs the modules of user-mode Linux in place of its own."""
    made = next(each for each in layers_of_tools() if (each / _MODULES).is_dir())
    shutil.rmtree(tree / "usr/lib/modules")
    shutil.copytree(
        made / _MODULES,
        tree / "usr/lib/modules",
        symlinks=True,
        ignore=shutil.ignore_patterns("net", "sound", "usb", "scsi"),
    )


def start(scratch: Path, disk: Path, tree: Path, command_line: str) -> "pexpect.spawn[str]":
    """Its console, which begins with the kernel's words. Whoever calls ends it.

    `disk` is copied, `tree` is that of the initramfs.
    """
    place = scratch / "shared"
    place.mkdir(parents=True)
    compile_mends(place)
    subprocess.run(["cp", "--sparse=always", disk, place / DISK], check=True)
    pack = f"find . | busybox cpio -o -H newc >{place / INITRD}"
    subprocess.run(["sh", "-c", pack], check=True, cwd=tree, stderr=subprocess.DEVNULL)
    layers = ":".join(str(each) for each in layers_of_tools())
    words = ["--mount", sys.executable, "-m", "tests.user_mode.starting", str(scratch), layers]
    return pexpect.spawn(
        "unshare",
        [*words, *command_line.split()],
        cwd=str(ROOT),
        encoding="utf-8",
        codec_errors="replace",
    )


def _enter(scratch: Path, layers: str, words: list[str]) -> None:
    """Does not return."""
    root = scratch / "root"
    root.mkdir()
    mount("-t", "overlay", "-o", f"lowerdir={layers}", "none", root)
    mount("-t", "tmpfs", "-o", "size=90%", "none", root / TEMPORARY.lstrip("/"))
    mount("--bind", scratch / "shared", root / SHARED.relative_to("/"))
    settings = [f"LD_PRELOAD={SHARED / LIBRARY}", f"TMPDIR={TEMPORARY}"]
    kernel = ["/usr/bin/linux.uml", f"mem={_MEMORY}", f"uml_dir={TEMPORARY}"]
    kernel += [f"ubd0={SHARED / DISK}", f"initrd={SHARED / INITRD}"]
    kernel += ["con=null", "con0=fd:0,fd:1", "console=tty0", *words]
    os.execvp("chroot", ["chroot", str(root), "/usr/bin/env", "-i", *settings, *kernel])


if __name__ == "__main__":
    _enter(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
