"""Answers written to a stick or into memory, and the hash of a password."""

import contextlib
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from backends.mounts import Mounts, flush_directory
from installer.answers_rules import PASSWORD_HASH
from installer.answers_saved import FILE_NAME
from installer.answers_store import MEMORY, AlreadyThere, SavePlace
from installer.errors import InstallError
from installer.secret import Secret
from installer.text import _

_LIBRARY: Final = "libcrypt.so.1"
_YESCRYPT: Final = b"$y$"
_DATA_BYTES: Final = 32768
"""sizeof(struct crypt_data): crypt(3)."""


class AnswersOnDisk:
    """See AnswersStore. `memory` is the folder for what goes nowhere else."""

    def __init__(self, mounts: Mounts, memory: Path = MEMORY) -> None:
        self._mounts = mounts
        self._memory = memory

    def save(self, place: SavePlace, text: str, *, replaces: bool) -> None:
        """See AnswersStore."""
        with self._folder(place) as folder:
            try:
                _write(folder, text.encode(), replaces=replaces)
            except FileExistsError:
                raise AlreadyThere(
                    _("{place} has a file {file} already.").format(
                        place=place.words, file=FILE_NAME
                    ),
                    device=place.device,
                ) from None
            except OSError as error:
                raise InstallError(
                    _("The answers cannot be written to {place}: {reason}.").format(
                        place=place.words, reason=error.strerror
                    ),
                    device=place.device,
                    way_out=_("Choose another place."),
                ) from None

    def hashed(self, password: Secret) -> Secret | None:
        """See AnswersStore: yescrypt, by the C library's own crypt(3), with a salt at random."""
        try:
            library = ctypes.CDLL(_LIBRARY)
            salt, hash = library.crypt_gensalt_rn, library.crypt_rn
        except (OSError, AttributeError):
            return None
        salt.restype = hash.restype = ctypes.c_char_p
        setting = ctypes.create_string_buffer(192)
        data = ctypes.create_string_buffer(_DATA_BYTES)
        if not salt(_YESCRYPT, ctypes.c_ulong(0), None, 0, setting, len(setting)):
            return None
        try:
            made = hash(password.reveal().encode(), setting.value, data, _DATA_BYTES)
        finally:
            # What the library has worked with may hold the password.
            ctypes.memset(data, 0, _DATA_BYTES)
        text = made.decode() if made else ""
        return Secret(text) if PASSWORD_HASH.allows(text) else None

    @contextlib.contextmanager
    def _folder(self, place: SavePlace) -> Iterator[Path]:
        if place.device is not None:
            with self._mounts.device(place.device, place.kind, read_only=False) as mounted:
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


def _write(folder: Path, data: bytes, *, replaces: bool) -> None:
    """A file of another name first, so that a full stick keeps the one that is there."""
    file, new = folder / FILE_NAME, folder / f".{FILE_NAME}.new"
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
