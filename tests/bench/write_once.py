"""The installer's writer in a process of its own: seconds, and the most memory it ever had."""

import re
import sys
import time
from pathlib import Path

from backends.image_source import ImageSource
from backends.images import DirectImages
from installer.release import ReleaseFile


def main(url: str, size: str, sha256: str, read_back: str, *targets: str) -> None:
    """Write, and print both. What the installer has loaded before it comes to this is loaded."""
    import backends.download

    image = ReleaseFile(url=url, size_bytes=int(size), sha256=sha256)
    images = DirectImages(ImageSource(), reads_back=read_back == "yes")
    began = time.monotonic()
    images.write(image, targets, _silent)
    if read_back == "yes":
        for target in targets:
            images.verify(image, target, _silent)
    seconds = time.monotonic() - began
    # As an installation does, which writes the recovery after the slots.
    images.write(image, targets[:1], _silent)
    assert backends.download
    print(seconds, most_memory())


def most_memory() -> int:
    """In bytes (VmHWM of proc_pid_status(5))."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def _silent(done: int, total: int) -> None:
    """Nobody watches."""


if __name__ == "__main__":
    main(*sys.argv[1:])
