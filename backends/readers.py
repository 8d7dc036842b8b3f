"""Readers in a row: each takes pieces of bytes, has one concern, and hands pieces on.

An image goes through them from its source to the disks, and never is there more of it in memory
than a piece at each. Whatever one of them raises ends the row.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator

from installer.errors import InstallError
from installer.text import _


class Came:
    """What has come of a file: how many bytes, and the SHA-256 of them."""

    def __init__(self) -> None:
        self.count = 0
        self.sha256 = hashlib.sha256()


def hashed(pieces: Iterable[bytes], came: Came) -> Iterator[bytes]:
    """Counts and hashes into `came` what goes by, before it is handed on."""
    for piece in pieces:
        came.sha256.update(piece)
        came.count += len(piece)
        yield piece


def limited(pieces: Iterable[bytes], size_bytes: int, file: str) -> Iterator[bytes]:
    """Exactly `size_bytes`. Raises InstallError before a byte more, and at the end for one less."""
    count = 0
    for piece in pieces:
        count += len(piece)
        if count > size_bytes:
            raise wrong_length(file, size_bytes, _("more came"))
        yield piece
    if count != size_bytes:
        raise wrong_length(file, size_bytes, _("only {count} came").format(count=count))


def checked(pieces: Iterable[bytes], came: Came, sha256: str, file: str) -> Iterator[bytes]:
    """Raises InstallError at the end when `came` is not the file with this SHA-256."""
    yield from pieces
    if came.sha256.hexdigest() != sha256:
        raise InstallError(
            _("the SHA-256 of {file} is not the one in the release's sums").format(file=file),
            way_out=_("Try again; if it stays so, tell whoever publishes the release."),
        )


def told(pieces: Iterable[bytes], tell: Callable[[int], None]) -> Iterator[bytes]:
    """Tells how many bytes have gone by, each time before more is asked for."""
    count = 0
    for piece in pieces:
        yield piece
        count += len(piece)
        tell(count)


def wrong_length(file: str, size_bytes: int, came: str) -> InstallError:
    """`came` says what there was instead."""
    return InstallError(
        _("{file} should have {size} bytes, but {came}").format(
            file=file, size=size_bytes, came=came
        ),
        way_out=_("Try again; if it stays so, tell whoever publishes the release."),
    )
