"""The Debian 12 system image, and its initramfs as a folder."""

import subprocess
from pathlib import Path

from tests.tools.overlay_tree import made_by

_INITRD = "usr/lib/atomos/boot/initrd"


def debian_12_image() -> Path:
    """Built when its recipe has changed, which takes minutes."""
    return Path(made_by("build.py", "system", "--base", "debian-12"))


def unpacked_initramfs(image: Path, folder: Path) -> Path:
    """The tree of its initramfs, somewhere in `folder`."""
    out, top = folder / "image", folder / "top"
    argv = ["unsquashfs", "-quiet", "-no-progress", "-dest", str(out), str(image), _INITRD]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    top.mkdir()
    unpack = 'zstd --decompress --stdout "$1" | busybox cpio -i -d -m'
    subprocess.run(["sh", "-c", unpack, "sh", out / _INITRD], check=True, cwd=top)
    return top
