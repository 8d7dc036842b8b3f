"""Answers written to a stick or into memory, and the hash of a password."""

import ctypes
from pathlib import Path
from typing import Final

from backends.mounts import Mounts
from backends.saved_files import SavedFiles
from installer.answers_rules import PASSWORD_HASH
from installer.answers_saved import FILE_NAME
from installer.save_place import MEMORY, SavePlace
from installer.secret import Secret

_LIBRARY: Final = "libcrypt.so.1"
_YESCRYPT: Final = b"$y$"
_DATA_BYTES: Final = 32768
"""sizeof(struct crypt_data): crypt(3)."""


class AnswersOnDisk:
    """See AnswersStore. `memory` is the folder for what goes nowhere else."""

    def __init__(self, mounts: Mounts, memory: Path = MEMORY) -> None:
        self._files = SavedFiles(mounts, memory)

    def save(self, place: SavePlace, text: str, *, replaces: bool) -> None:
        """See AnswersStore."""
        self._files.write(place, FILE_NAME, text.encode(), replaces=replaces)

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
