"""The systems that may be in a slot, and how each is known."""

import hashlib
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.faults import small_release
from tests.faults.crash.told_kernel import sums_of


@dataclass(frozen=True, kw_only=True)
class System:
    """One image: what it is whole by, and what has to be on the boot partition for it."""

    version: str
    size: int
    sha256: str
    root_hash: str
    kernel: str
    """SHA-256."""
    initrd: str
    sums: tuple[str, str]
    """What `told_kernel` says of both."""


def system_of(release: Path, version: str = small_release.VERSION) -> System:
    """That of a release as `small_release` makes it."""
    image = small_release.image_of(release, version)
    kernel, initrd = _started(image)
    return System(
        version=version,
        size=image.stat().st_size,
        sha256=sha256(image.read_bytes()),
        root_hash=image.with_suffix(".roothash").read_text().splitlines()[0],
        kernel=sha256(kernel),
        initrd=sha256(initrd),
        sums=sums_of(kernel, initrd),
    )


def sha256(data: bytes) -> str:
    """In hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _started(image: Path) -> tuple[bytes, bytes]:
    """Kernel and initrd in it. By a mount: the live system has no unsquashfs."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["mount", "-t", "squashfs", "-o", "ro,loop", image, place], check=True)
        try:
            folder = Path(place, "usr/lib/atomos/boot")
            return (folder / "vmlinuz").read_bytes(), (folder / "initrd").read_bytes()
        finally:
            subprocess.run(["umount", place], check=True)
