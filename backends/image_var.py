"""The image's own /var, copied into the subvolume that takes its place."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from backends.runner import Runner

SECONDS: Final = 1800.0
"""A /var of a few hundred MB, file by file, onto a slow stick."""


def copy_var(runner: Runner, image_var: Path, var: Path, *, device: str) -> None:
    """Copy with owners, modes, times, hard links and extended attributes; again is the same.

    The source is a file system of its own and read-only, so that nothing changes on the way.
    Raises ToolFailed, about `device`, when it is full.
    """
    argv = ["cp", "--archive", "--remove-destination", f"{image_var}/.", f"{var}/"]
    runner.run(argv, timeout=SECONDS, device=device)


def differences(image_var: Path, var: Path) -> Iterator[Path]:
    """Paths of the image's /var that are missing in `var`, or are something else there.

    Compared are kind, mode, owner, size, link target and extended attributes. What `var` has
    beyond the image is no difference.
    """
    for path in _all_below(image_var):
        relative = path.relative_to(image_var)
        if not _same(path, var / relative):
            yield relative


def _all_below(top: Path) -> Iterator[Path]:
    yield top
    for folder, directories, files in os.walk(top):
        for name in (*directories, *files):
            yield Path(folder) / name


def _same(left: Path, right: Path) -> bool:
    try:
        there = right.lstat()
    except FileNotFoundError:
        return False
    here = left.lstat()
    if (here.st_mode, here.st_uid, here.st_gid) != (there.st_mode, there.st_uid, there.st_gid):
        return False
    if stat.S_ISLNK(here.st_mode):
        return left.readlink() == right.readlink()
    if stat.S_ISREG(here.st_mode) and here.st_size != there.st_size:
        return False
    return _attributes(left) == _attributes(right)


def _attributes(path: Path) -> dict[str, bytes]:
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError as error:
        # A SquashFS in which no file has any was made without a table for them.
        if error.errno == errno.ENOTSUP:
            return {}
        raise
    return {name: os.getxattr(path, name, follow_symlinks=False) for name in names}
