"""Reading what lies in a LUKS container, by OpenSSL: the kernel here may have no device-mapper."""

import ctypes
import ctypes.util
import os
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from installer.layout import Role
from installer.secret import Secret
from tests.faults.crash.rebuilt import RebuiltDisk
from tests.faults.crash.recorded import Part, Recording
from tests.faults.disk_image import extents

_STEP: Final = 4096
_UNIT: Final = 512
"""Of the numbers of sectors that dm-crypt makes its tweaks of, however large they are."""


class AesXts:
    """AES-XTS with the tweak ``plain64``, as dm-crypt does it (cryptsetup FAQ, 5; IEEE 1619)."""

    def __init__(self, key: bytes, sector_size: int) -> None:
        name = ctypes.util.find_library("crypto")
        if name is None:
            raise RuntimeError("libcrypto (openssl) is not installed")
        self._library = ctypes.CDLL(name)
        for each in ("EVP_CIPHER_CTX_new", "EVP_aes_256_xts", "EVP_aes_128_xts"):
            getattr(self._library, each).restype = ctypes.c_void_p
        cipher = {64: "EVP_aes_256_xts", 32: "EVP_aes_128_xts"}[len(key)]
        self._cipher = ctypes.c_void_p(getattr(self._library, cipher)())
        self._context = ctypes.c_void_p(self._library.EVP_CIPHER_CTX_new())
        self._key = key
        self.sector_size = sector_size
        done = self._library.EVP_DecryptInit_ex(self._context, self._cipher, None, key, None)
        if done != 1:
            raise RuntimeError("libcrypto does not take the key")

    def decrypted(self, data: bytes, first: int) -> bytes:
        """`data` begins at byte `first` of the container's payload; both are whole sectors."""
        size, length = self.sector_size, ctypes.c_int()
        made = ctypes.create_string_buffer(size)
        pieces = []
        for place in range(0, len(data), size):
            tweak = ((first + place) // _UNIT).to_bytes(16, "little")
            self._library.EVP_DecryptInit_ex(self._context, None, None, None, tweak)
            piece = data[place : place + size]
            done = self._library.EVP_DecryptUpdate(
                self._context, made, ctypes.byref(length), piece, size
            )
            if done != 1 or length.value != size:
                raise RuntimeError("libcrypto does not decrypt")
            pieces.append(made.raw)
        return b"".join(pieces)


@dataclass(frozen=True, kw_only=True)
class Container:
    """Where it lies on the disk, and what opens it."""

    start: int
    """Of its payload, in bytes."""
    roles: frozenset[Role]
    """Those whose partitions are volumes in it."""
    key: bytes
    sector_size: int

    @cached_property
    def cipher(self) -> AesXts:
        """By OpenSSL."""
        return AesXts(self.key, self.sector_size)


class EncryptedDisk(RebuiltDisk):
    """A disk of which some partitions are volumes in a container; they are read in clear."""

    def __init__(self, recording: Recording, image: Path, container: Container) -> None:
        super().__init__(recording, image)
        self._container = container

    def read(self, role: Role, length: int | None = None) -> bytes:
        """See RebuiltDisk."""
        if role not in self._container.roles:
            return super().read(role, length)
        part: Part = self.parts[role]
        wanted = part.size if length is None else length
        size = self._container.sector_size
        data = super().read(role, -(-wanted // size) * size)
        return self._container.cipher.decrypted(data, part.start - self._container.start)[:wanted]

    def copy(self, role: Role, file: Path) -> Path:
        """See RebuiltDisk; what was never written stays zeros."""
        super().copy(role, file)
        if role not in self._container.roles:
            return file
        cipher, first = self._container.cipher, self.parts[role].start - self._container.start
        with file.open("r+b", buffering=0) as made:
            for begin, end in extents(made.fileno()):
                for place in range(begin, end, _STEP):
                    data = os.pread(made.fileno(), min(_STEP, end - place), place)
                    if any(data):
                        os.pwrite(made.fileno(), cipher.decrypted(data, first + place), place)
        return file

    def opens(self, passphrase: Secret, folder: Path) -> str:
        """Whether the container does, by its header alone: nothing, or why not."""
        header = super().copy(Role.LUKS, folder / "header.raw")
        argv = ["cryptsetup", "open", "--test-passphrase", "--key-file=-", str(header)]
        done = subprocess.run(
            argv, input=passphrase.reveal().encode(), check=False, capture_output=True
        )
        header.unlink()
        return "" if done.returncode == 0 else f"cryptsetup: {done.stderr.decode()}"
