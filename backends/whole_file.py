"""Writing a file whole or not at all: a new file beside it, flushed, then renamed over it."""

import os
import shutil
from pathlib import Path

from backends.mounts import flush_directory


def put_bytes(path: Path, data: bytes, *, mode: int, owner: tuple[int, int] = (0, 0)) -> None:
    """Make `path` hold `data`; after a power cut it holds this or what it held before.

    `owner` is (uid, gid). Raises OSError; the file beside it is gone then, unless power was.
    """
    new = _beside(path)
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            _finish(file.fileno(), mode, owner)
        new.rename(path)
    finally:
        new.unlink(missing_ok=True)
    flush_directory(path.parent)


def copy_whole(source: Path, path: Path, *, mode: int) -> None:
    """Make `path` a copy of `source`, owned by root, in the same way."""
    new = _beside(path)
    try:
        with source.open("rb") as reading:
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                shutil.copyfileobj(reading, file, 1 << 20)
                file.flush()
                _finish(file.fileno(), mode, (0, 0))
        new.rename(path)
    finally:
        new.unlink(missing_ok=True)
    flush_directory(path.parent)


def _beside(path: Path) -> Path:
    """The new file's name; one that a killed run left behind is removed first."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    return new


def _finish(descriptor: int, mode: int, owner: tuple[int, int]) -> None:
    os.fchown(descriptor, *owner)
    os.fchmod(descriptor, mode)
    os.fsync(descriptor)
