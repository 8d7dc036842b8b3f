"""The keys that a release is trusted by: files in folders of the system, binary or armoured."""

import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from installer.text import _

KEYS: Final = Path("/usr/share/atomos/keys")
"""Of the image. In a live system nothing else is trusted: no key in a home folder, none of the
release."""
OWN_KEYS: Final = Path("/etc/atomos/keys")
"""Of an installed system: those that its owner has put there."""
_SUFFIXES: Final = (".gpg", ".pgp")
_ARMOURED: Final = re.compile(
    # RFC 4880, 6.2: headers, a blank line, base64, a checksum that is optional (RFC 9580, 6.1).
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*\r?\n(?:[^\r\n]+: [^\r\n]*\r?\n)*[ \t]*\r?\n"
    rb"(?P<data>[A-Za-z0-9+/=\s]+?)(?:\r?\n=[A-Za-z0-9+/]{4})?\s*"
    rb"-----END PGP PUBLIC KEY BLOCK-----"
)
_PACKET: Final = 0x80
"""Bit that every OpenPGP packet begins with (RFC 4880, 4.2)."""
_KEYBOX: Final = b"KBXf"
"""At byte 8 of GnuPG's own format (kbx/keybox-blob.c)."""


class NoKeys(Exception):
    """There is nothing to trust a release by; its text is a sentence for a person."""


@dataclass(frozen=True)
class Keyrings:
    """The keyrings ``*.gpg`` and ``*.pgp`` of a folder, and of a second one where there is one."""

    folder: Path = KEYS
    own: Path | None = None

    def files(self) -> tuple[Path, ...]:
        """Them as they are, by name; none where there is no such folder."""
        return tuple(each for folder in (self.folder, self.own) for each in _in_folder(folder))

    def binary(self, scratch: Path) -> tuple[Path, ...]:
        """Files as gpgv reads them; armoured ones are unpacked into `scratch`.

        Raises NoKeys when there is none, or one that is no keyring: gpgv stops at such a file, and
        does not look into those behind it. OSError when one cannot be read.
        """
        found = self.files()
        if not found:
            raise NoKeys(
                _("This system has no keys in {folder} to check a release by.").format(
                    folder=self.folder
                )
            )
        return tuple(self._binary(each, scratch / f"{n}.gpg") for n, each in enumerate(found))

    def _binary(self, file: Path, unpacked: Path) -> Path:
        data = file.read_bytes()
        blocks = [match["data"] for match in _ARMOURED.finditer(data)]
        if not blocks and not _is_binary(data):
            raise NoKeys(_("{file} is no OpenPGP keyring.").format(file=file))
        if not blocks:
            return file
        try:
            unpacked.write_bytes(b"".join(base64.b64decode(each) for each in blocks))
        except binascii.Error:
            raise NoKeys(_("{file} is no OpenPGP keyring.").format(file=file)) from None
        return unpacked


def _in_folder(folder: Path | None) -> tuple[Path, ...]:
    if folder is None or not folder.is_dir():
        return ()
    found = (each for each in folder.iterdir() if each.suffix in _SUFFIXES)
    return tuple(sorted(each for each in found if each.is_file()))


def _is_binary(data: bytes) -> bool:
    return data[8:12] == _KEYBOX or (bool(data) and data[0] >= _PACKET)
