"""A SquashFS of a folder, packed in a moment."""

import subprocess
from pathlib import Path


def squashfs(folder: Path, file: Path, *options: str) -> Path:
    """A SquashFS of `folder` in `file`, owners and attributes as they are."""
    argv = ["mksquashfs", str(folder), str(file), "-noappend", "-quiet", "-no-progress"]
    uncompressed = ["-noI", "-noD", "-noF", "-noX"]
    subprocess.run([*argv, *uncompressed, *options], check=True, capture_output=True)
    return file
