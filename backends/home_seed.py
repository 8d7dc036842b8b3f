"""A home seed of a release, unpacked into the installed system for as long as it is used."""

import contextlib
import io
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

from backends.addresses import file_name
from backends.image_source import ImageSource
from backends.readers import checked, limited, told
from installer.errors import InstallError
from installer.release import ReleaseFile
from installer.text import _

Progress = Callable[[int, int], None]


class HomeSeeds:
    """Reads them with `source`."""

    def __init__(self, source: ImageSource) -> None:
        self._source = source

    @contextlib.contextmanager
    def unpacked(self, seed: ReleaseFile, folder: Path, progress: Progress) -> Iterator[None]:
        """What is in `seed`, in `folder`, which is gone at the end.

        Its length and SHA-256 were right when the body begins: nothing of it is used before.
        Raises InstallError: it cannot be read, is another file, or is no seed. OSError: no room.
        """
        remove(folder)
        folder.mkdir(mode=0o755)
        # The process that installs keeps what it makes to root (umask).
        folder.chmod(0o755)
        try:
            self._unpack(seed, folder, progress)
            yield
        finally:
            remove(folder)

    def _unpack(self, seed: ReleaseFile, folder: Path, progress: Progress) -> None:
        name = file_name(seed.url)
        with self._source.open(seed.url, mirrors=seed.mirrors, size_bytes=seed.size_bytes) as file:
            right = checked(
                limited(file.chunks, seed.size_bytes, name), file.came, seed.sha256, name
            )
            pieces = told(right, lambda done: progress(done, seed.size_bytes))
            try:
                with tarfile.open(fileobj=_Pieces(pieces), mode="r|") as archive:
                    archive.extractall(folder, filter="data")
            except tarfile.TarError as error:
                raise InstallError(
                    _("{file} is damaged").format(file=name), tool_words=str(error)
                ) from None
            for _rest in pieces:
                pass
        for path in folder.rglob("*"):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def remove(folder: Path) -> None:
    """Take away what an earlier run has left too. Raises OSError."""
    if folder.exists():
        shutil.rmtree(folder)


class _Pieces(io.RawIOBase):
    """Pieces as a file to be read from its beginning to its end."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; none at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = piece
        taken = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(taken) :]
        return taken
