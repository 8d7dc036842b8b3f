"""A reader that unpacks zstd (RFC 8878) on the way to the disks."""

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Final, cast

from installer.errors import InstallError
from installer.quantity import KIB, MIB, format_size
from installer.text import _

if TYPE_CHECKING:
    from typing import BinaryIO

PIECE: Final = 512 * KIB
"""Largest piece handed on. A few bytes may unpack to gigabytes: never more of it is in memory."""
WINDOW: Final = 8 * MIB
"""What every reader of the format ought to have room for (RFC 8878, 3.1.1.1.2); `zstd --long` and
`--ultra` want 128 MiB and more, which a small machine has not."""
_HEADER: Final = 18
"""Most bytes of the header of a frame."""
_END: Final = 4 * KIB
"""The last bytes are fed one by one: only so it shows whether the frame ends with the file."""


def unpacked(
    pieces: Iterator[bytes], packed_bytes: int, size_bytes: int, file: str
) -> Generator[bytes]:
    """What `pieces`, `packed_bytes` of zstd in a single frame, unpack to: `size_bytes` at most.

    Raises InstallError: no zstd, damaged, cut off or followed by something, more memory, another
    length or a dictionary wanted.
    """
    import zstandard

    feed = _Feed(pieces, packed_bytes)
    _look_at_header(feed.ahead(_HEADER), size_bytes, file)
    unpacker = zstandard.ZstdDecompressor(max_window_size=WINDOW)
    source = cast("BinaryIO", feed)
    count = 0
    try:
        with unpacker.stream_reader(source, read_size=64 * KIB) as reader:
            while piece := reader.read(PIECE):
                count += len(piece)
                if count > size_bytes:
                    raise _wrong(file, _("it unpacks to more than the image"))
                yield piece
    except zstandard.ZstdError as error:
        raise _wrong(file, _("it is damaged"), str(error)) from None
    if count < size_bytes:
        raise _wrong(file, _("it ends within its data"))
    if feed.is_more:
        raise _wrong(file, _("something follows after its end"))


class _Feed:
    """Pieces as a file to read from, as the library wants it."""

    def __init__(self, pieces: Iterator[bytes], packed_bytes: int) -> None:
        self._pieces = pieces
        self._left = packed_bytes
        self._rest = b""

    def ahead(self, count: int) -> bytes:
        """The first bytes; they will be read again."""
        while len(self._rest) < count and self._more():
            pass
        return self._rest[:count]

    def read(self, most: int) -> bytes:
        """What there is, at least one byte but at the end."""
        if not self._rest and not self._more():
            return b""
        count = min(most, len(self._rest), max(1, self._left - _END))
        data, self._rest = self._rest[:count], self._rest[count:]
        self._left -= count
        return data

    @property
    def is_more(self) -> bool:
        """Whether anything was not read; the pieces are taken to their end."""
        is_more = bool(self._rest)
        for piece in self._pieces:
            is_more = is_more or bool(piece)
        return is_more

    def _more(self) -> bool:
        piece = next(self._pieces, b"")
        self._rest += piece
        return bool(piece)


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
