"""An image in a file, which is there whole or not at all; and one at the start of a device."""

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from backends.block_device import opened
from backends.file_errors import file_errors
from backends.image_source import CHUNK
from backends.paced import Paced
from installer.errors import InstallError
from installer.machinery import Progress
from installer.release import ReleaseFile
from installer.text import _


def put_image(pieces: Iterable[bytes], image: ReleaseFile, file: Path, progress: Progress) -> None:
    """Write `pieces`, which raise where they are not `image`, into `file`.

    Raises InstallError: what they raise, or there is no room.
    """
    tell, done = Paced(progress, image.size_bytes), 0
    new = file.with_name(f".{file.name}.new")
    with file_errors(str(file)):
        file.parent.mkdir(parents=True, exist_ok=True)
        # Of an earlier try: there may not be room for two.
        file.unlink(missing_ok=True)
        try:
            with new.open("wb") as into:
                for piece in pieces:
                    into.write(piece)
                    done += len(piece)
                    tell(done)
            new.rename(file)
        finally:
            new.unlink(missing_ok=True)
    tell.finish(done)


def verify_image(image: ReleaseFile, file: Path) -> None:
    """Raises InstallError unless `file` has the image's length and SHA-256."""
    with file_errors(str(file)), file.open("rb") as opened_file:
        digest = hashlib.file_digest(opened_file, "sha256").hexdigest()
        size = opened_file.tell()
    if (size, digest) != (image.size_bytes, image.sha256):
        raise InstallError(
            _("what is in {file} is not the image of the release").format(file=file),
            way_out=_("Try again: the memory of this machine may be failing (memtest86+)."),
        )


@contextlib.contextmanager
def device_pieces(device: str, size_bytes: int) -> Iterator[Iterator[bytes]]:
    """The first `size_bytes` of `device`; fewer where it ends before. Raises InstallError."""
    with opened(device, os.O_RDONLY) as descriptor:
        yield _read_range(descriptor, size_bytes)


def file_pieces(file: Path) -> Iterator[bytes]:
    """All of a file. Raises InstallError."""
    with file_errors(str(file)), file.open("rb", buffering=0) as opened_file:
        while piece := opened_file.read(CHUNK):
            yield piece


def _read_range(descriptor: int, size: int) -> Iterator[bytes]:
    """They leave the page cache."""
    offset = 0
    while offset < size:
        piece = os.pread(descriptor, min(CHUNK, size - offset), offset)
        if not piece:
            return
        os.posix_fadvise(descriptor, offset, len(piece), os.POSIX_FADV_DONTNEED)
        offset += len(piece)
        yield piece
