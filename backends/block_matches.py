"""Where a stream has blocks that an index knows: librsync, which looks at every byte's offset.

librsync makes a delta of a stream for whoever has the indexed file: a row of "copy so many bytes of
yours from there" and of bytes that are nowhere in it. Read the other way round, the first tell
which parts of the indexed file the stream has; the others are passed over as they come.
"""

import contextlib
import ctypes
from collections.abc import Iterable, Iterator
from typing import Final

from installer.delta import Match
from installer.errors import InstallError
from installer.quantity import KIB
from installer.text import _

LIBRARY: Final = "librsync.so.2"
_DONE: Final = 0
_BLOCKED: Final = 1
_OUTPUT: Final = 128 * KIB
_MAGIC: Final = bytes.fromhex("72730236")
_END: Final = 0x00
_LITERALS: Final = range(0x01, 0x41)
"""So many bytes follow."""
_LONG_LITERALS: Final = range(0x41, 0x45)
"""A length of 1, 2, 4 or 8 bytes, and then as many."""
_COPIES: Final = range(0x45, 0x55)
"""A place and a length, each of 1, 2, 4 or 8 bytes."""


class _Buffers(ctypes.Structure):
    """``rs_buffers_t`` of librsync.h."""

    _fields_ = (
        ("next_in", ctypes.c_void_p),
        ("avail_in", ctypes.c_size_t),
        ("eof_in", ctypes.c_int),
        ("next_out", ctypes.c_void_p),
        ("avail_out", ctypes.c_size_t),
    )


class BlockMatches:
    """The blocks of one index, to be looked for. Memory: 60 bytes a block, whatever is read."""

    def __init__(self, library: ctypes.CDLL, signature: ctypes.c_void_p) -> None:
        self._library = library
        self._signature = signature

    def of(self, pieces: Iterable[bytes]) -> Iterator[Match]:
        """What of the indexed file is in a stream, in the order of the stream.

        Raises InstallError where librsync cannot go on.
        """
        reader = _DeltaReader()
        with _job(self._library, self._library.rs_delta_begin(self._signature)) as job:
            for output in _run(self._library, job, pieces):
                yield from reader.take(output)


@contextlib.contextmanager
def block_matches(index: bytes) -> Iterator[BlockMatches]:
    """The blocks of `index`, which is known to be whole. Raises InstallError: no librsync here, or
    none that reads it."""
    library = _library()
    signature = ctypes.c_void_p()
    with _job(library, library.rs_loadsig_begin(ctypes.byref(signature))) as job:
        for _output in _run(library, job, (index,)):
            pass
    try:
        _check(library, library.rs_build_hash_table(signature))
        yield BlockMatches(library, signature)
    finally:
        library.rs_free_sumset(signature)


def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise InstallError(
            _("{library} is not here").format(library=LIBRARY), tool_words=str(error)
        ) from None
    pointer = ctypes.c_void_p
    library.rs_loadsig_begin.argtypes = [ctypes.POINTER(pointer)]
    library.rs_loadsig_begin.restype = pointer
    library.rs_delta_begin.argtypes = [pointer]
    library.rs_delta_begin.restype = pointer
    library.rs_build_hash_table.argtypes = [pointer]
    library.rs_free_sumset.argtypes = [pointer]
    library.rs_free_sumset.restype = None
    library.rs_job_iter.argtypes = [pointer, ctypes.POINTER(_Buffers)]
    library.rs_job_free.argtypes = [pointer]
    library.rs_strerror.restype = ctypes.c_char_p
    return library


@contextlib.contextmanager
def _job(library: ctypes.CDLL, job: int) -> Iterator[int]:
    try:
        yield job
    finally:
        library.rs_job_free(job)


def _run(library: ctypes.CDLL, job: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Give all pieces to a job, and then the end; what it puts out."""
    output = ctypes.create_string_buffer(_OUTPUT)
    source = iter(pieces)
    piece: bytes | None = b""
    buffers = _Buffers()
    count = 0
    while True:
        # Only when it has put all out: it takes whatever is there, and then moves all that waits
        # with each call. 280 MiB waited, and it took ten times as long.
        if buffers.avail_in == 0 and piece is not None and count < _OUTPUT:
            # Kept by name until all of it is taken: librsync has only its address.
            piece = next(source, None)
            buffers.next_in = ctypes.cast(ctypes.c_char_p(piece), ctypes.c_void_p)
            buffers.avail_in = len(piece or b"")
            buffers.eof_in = int(piece is None)
        buffers.next_out = ctypes.cast(output, ctypes.c_void_p)
        buffers.avail_out = _OUTPUT
        result = library.rs_job_iter(job, ctypes.byref(buffers))
        if count := _OUTPUT - buffers.avail_out:
            yield output.raw[:count]
        if result == _DONE:
            return
        if result != _BLOCKED:
            _check(library, result)
        if piece is None and not count:
            # It wants more where there is none; otherwise this would be for ever.
            raise InstallError(_("librsync came to no end"))


def _check(library: ctypes.CDLL, result: int) -> None:
    if result != _DONE:
        words: bytes = library.rs_strerror(result)
        raise InstallError(_("librsync cannot go on"), tool_words=words.decode(errors="replace"))


class _DeltaReader:
    """Takes a delta as it comes, and keeps no more of it than a command."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._passed = 0
        """Bytes to pass over."""
        self._place = 0
        """In the stream of which it is a delta."""
        self._needs_magic = True

    def take(self, data: bytes) -> Iterator[Match]:
        """The matches that are complete with `data`. Raises InstallError."""
        skipped = min(self._passed, len(data))
        self._passed -= skipped
        self._rest += memoryview(data)[skipped:]
        if self._needs_magic:
            if len(self._rest) < len(_MAGIC):
                return
            if self._take(len(_MAGIC)) != _MAGIC:
                raise InstallError(_("librsync made no delta"))
            self._needs_magic = False
        while self._rest:
            command = self._rest[0]
            widths = _widths(command)
            if len(self._rest) < 1 + sum(widths):
                return
            self._take(1)
            numbers = [int.from_bytes(self._take(width)) for width in widths]
            if command in _COPIES:
                yield Match(start=numbers[0], offset=self._place, length=numbers[1])
                self._place += numbers[1]
            elif command != _END:
                self._pass_over(numbers[0] if numbers else command)

    def _pass_over(self, count: int) -> None:
        self._place += count
        here = min(count, len(self._rest))
        del self._rest[:here]
        self._passed = count - here

    def _take(self, count: int) -> bytes:
        taken = bytes(self._rest[:count])
        del self._rest[:count]
        return taken


def _widths(command: int) -> tuple[int, ...]:
    """Of the numbers behind a command, in bytes. Raises InstallError."""
    if command == _END or command in _LITERALS:
        return ()
    if command in _LONG_LITERALS:
        return (1 << command - _LONG_LITERALS.start,)
    if command in _COPIES:
        place, length = divmod(command - _COPIES.start, 4)
        return (1 << place, 1 << length)
    raise InstallError(_("librsync made no delta"))
