"""Files for a person, written to a stick or into memory."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from backends.mounts import Mounts, flush_directory
from installer.errors import InstallError
from installer.save_place import MEMORY, AlreadyThere, SavePlace
from installer.text import _


class SavedFiles:
    """`memory` is the folder for what goes nowhere else."""

    def __init__(self, mounts: Mounts, memory: Path = MEMORY) -> None:
        self._mounts = mounts
        self._memory = memory

    def write(self, place: SavePlace, name: str, data: bytes, *, replaces: bool) -> None:
        """A file called `name`, for root alone (mode 0600) where the file system has modes.

        Whole or not at all; a stick is mounted once more to read it back, and let go. Raises
        AlreadyThere where there is one and `replaces` is false, InstallError when it cannot be
        written or reads otherwise.
        """
        try:
            with self._folder(place, read_only=False) as folder:
                _write(folder, name, data, replaces=replaces)
            with self._folder(place, read_only=True) as folder:
                same = (folder / name).read_bytes() == data
        except FileExistsError:
            raise AlreadyThere(
                _("{place} has a file {file} already.").format(place=place.words, file=name),
                device=place.device,
            ) from None
        except OSError as error:
            raise _not_written(place, name, error.strerror or str(error)) from None
        if not same:
            raise _not_written(place, name, _("what is read back is something else"))

    @contextlib.contextmanager
    def _folder(self, place: SavePlace, *, read_only: bool) -> Iterator[Path]:
        if place.device is not None:
            with self._mounts.device(place.device, place.kind, read_only=read_only) as mounted:
                yield mounted
            return
        try:
            self._memory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise InstallError(
                _("{path} cannot be made: {reason}.").format(
                    path=self._memory, reason=error.strerror
                )
            ) from None
        yield self._memory


def _not_written(place: SavePlace, name: str, reason: str) -> InstallError:
    return InstallError(
        _("{file} cannot be written to {place}: {reason}.").format(
            file=name, place=place.words, reason=reason
        ),
        device=place.device,
        way_out=_("Choose another place."),
    )


def _write(folder: Path, name: str, data: bytes, *, replaces: bool) -> None:
    """A file of another name first, so that a full stick keeps the one that is there."""
    file, new = folder / name, folder / f".{name}.new"
    if not replaces and os.path.lexists(file):
        raise FileExistsError
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        new.rename(file)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    flush_directory(folder)
