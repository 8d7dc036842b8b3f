"""Copies of disks, which are mostly holes."""

import os
import subprocess
from pathlib import Path


def copy_sparse(image: Path, copy: Path) -> None:
    """Zeros become holes."""
    subprocess.run(["cp", "--sparse=always", str(image), str(copy)], check=True)


def copy_range(source: int, target: int, start: int = 0, size: int | None = None) -> None:
    """To the beginning of another file; holes stay holes."""
    length = os.fstat(source).st_size - start if size is None else size
    os.truncate(target, length)
    place = start
    while place < start + length:
        try:
            data = os.lseek(source, place, os.SEEK_DATA)
        except OSError:
            return
        end = min(os.lseek(source, data, os.SEEK_HOLE), start + length)
        if data < end:
            os.lseek(target, data - start, os.SEEK_SET)
        while data < end:
            data += os.sendfile(target, source, data, min(end - data, 1 << 26))
        place = end
