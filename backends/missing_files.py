"""Files of one tree that another lacks, added without touching what is there."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from backends.runner import Runner

NAME_BYTES: Final = 200
"""Of a name that is kept in that of the copy beside it: 255 are allowed, of bytes."""


def missing(source: Path, target: Path) -> Iterator[Path]:
    """Paths below `source` that are not below `target`, the topmost only, relative to both.

    Where `target` has something else (a link for a directory), that is somebody's wish: nothing
    of it is missing, and no link is followed.
    """
    for entry in sorted(source.iterdir()):
        there = target / entry.name
        if not os.path.lexists(there):
            yield Path(entry.name)
        elif _is_directory(entry) and _is_directory(there):
            for below in missing(entry, there):
                yield Path(entry.name) / below


def copy_missing(
    runner: Runner, source: Path, target: Path, *, device: str, seconds: float
) -> None:
    """Copy what is missing with owners, modes, hard links and extended attributes.

    Each gets its name when it is all there and flushed: killed anywhere, again converges, and no
    file is left half. Of ``cp --no-clobber`` one cannot tell whether the disk was full: coreutils
    9.2 and 9.3 end with 1 also when a file was there. Raises ToolFailed, OSError.
    """
    found = tuple(missing(source, target))
    if not found:
        return
    copies = [(source / path, _beside(target / path), target / path) for path in found]
    try:
        for original, copy, _place in copies:
            _remove(copy)
            argv = ["cp", "--archive", "--no-target-directory", str(original), str(copy)]
            runner.run(argv, timeout=seconds, device=device)
        runner.run(["sync", "-f", str(target)], timeout=seconds, device=device)
        for _original, copy, place in copies:
            copy.rename(place)
    finally:
        for _original, copy, _place in copies:
            with contextlib.suppress(OSError):
                _remove(copy)


def _is_directory(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _beside(path: Path) -> Path:
    name = os.fsdecode(os.fsencode(path.name)[:NAME_BYTES])
    return path.with_name(f".{name}.atomos-new")


def _remove(path: Path) -> None:
    if _is_directory(path):
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
