"""A reader that unpacks zstd (RFC 8878) on the way to the disks."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Final

from installer.errors import InstallError
from installer.quantity import KIB, MIB, format_size
from installer.text import _

PIECE: Final = 512 * KIB
"""What is gathered before it is handed on, and the most that is handed on at once."""
SLICE: Final = KIB
"""Packed bytes unpacked at a time. Four bytes may stand for 128 KiB (RFC 8878, 3.1.1.2.2), so no
more than 32 MiB come of a slice, whatever somebody has put into it."""
WINDOW: Final = 8 * MIB
"""What every reader of the format ought to have room for (RFC 8878, 3.1.1.1.2); `zstd --long` and
`--ultra` want 128 MiB and more, which a small machine has not."""
_HEADER: Final = 18
"""Most bytes of the header of a frame."""


def unpacked(pieces: Iterable[bytes], size_bytes: int, file: str) -> Iterator[bytes]:
    """What `pieces`, a single frame of zstd, unpack to: `size_bytes`.

    Raises InstallError: no zstd, damaged, cut off or followed by something, more memory, another
    length or a dictionary wanted.
    """
    import zstandard

    slices = _slices(pieces)
    begin = next(slices, b"")
    _look_at_header(begin[:_HEADER], size_bytes, file)
    frame = zstandard.ZstdDecompressor(max_window_size=WINDOW).decompressobj()
    count = waiting = 0
    gathered: list[bytes] = []
    for each in itertools.chain([begin], slices):
        if frame.eof:
            raise _wrong(file, _("something follows after its end"))
        try:
            gathered.append(frame.decompress(each))
        except zstandard.ZstdError as error:
            raise _wrong(file, _("it is damaged"), str(error)) from None
        count += len(gathered[-1])
        if count > size_bytes:
            raise _wrong(file, _("it unpacks to more than the image"))
        waiting += len(gathered[-1])
        if waiting >= PIECE:
            yield from _handed_on(gathered)
            gathered, waiting = [], 0
    yield from _handed_on(gathered)
    if not frame.eof:
        raise _wrong(file, _("it ends within its data"))
    if frame.unused_data:
        raise _wrong(file, _("something follows after its end"))


def _handed_on(gathered: list[bytes]) -> Iterator[bytes]:
    """In parts of `PIECE`: 1 KiB of a packed image may unpack to 31 MiB of zeros."""
    data = b"".join(gathered)
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]


def _slices(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """`pieces` in parts of `SLICE`, the first one whole: the header of a frame is in it."""
    rest = b""
    for piece in pieces:
        rest += piece
        whole = len(rest) // SLICE * SLICE
        for start in range(0, whole, SLICE):
            yield rest[start : start + SLICE]
        rest = rest[whole:]
    if rest:
        yield rest


def _look_at_header(header: bytes, size_bytes: int, file: str) -> None:
    """Raises InstallError for what the frame says of itself and what cannot be right."""
    import zstandard

    try:
        frame = zstandard.get_frame_parameters(header)
    except zstandard.ZstdError as error:
        raise _wrong(file, _("it is not packed with zstd"), str(error)) from None
    if frame.dict_id:
        raise _wrong(file, _("it needs a dictionary"))
    if frame.window_size > WINDOW:
        needs = _("it needs {size} of memory to unpack, {most} at most are given")
        needs = needs.format(size=format_size(frame.window_size), most=format_size(WINDOW))
        raise _wrong(file, needs)
    told = frame.content_size
    if told not in (size_bytes, zstandard.CONTENTSIZE_UNKNOWN):
        lengths = _("it unpacks to {count} bytes, the image has {size}")
        raise _wrong(file, lengths.format(count=told, size=size_bytes))


def _wrong(file: str, why: str, words: str = "") -> InstallError:
    return InstallError(
        _("{file} cannot be unpacked: {why}").format(file=file, why=why),
        tool_words=words,
        way_out=_("Try again; if it stays so, tell whoever publishes the release."),
    )
