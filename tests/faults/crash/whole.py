"""The systems that may be in a slot, and how each is known."""

import hashlib
import subprocess
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
    kernel, initrd = (_inside(image, name) for name in ("vmlinuz", "initrd"))
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


def _inside(image: Path, name: str) -> bytes:
    argv = ["unsquashfs", "-cat", str(image), f"usr/lib/atomos/boot/{name}"]
    return subprocess.run(argv, check=True, capture_output=True).stdout
