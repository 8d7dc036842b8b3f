"""Opening the files of a release: http, https and file URLs, read as streams."""

import contextlib
import dataclasses
import itertools
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from backends.addresses import file_name, printable
from backends.patience import Patience
from backends.readers import Came, hashed, wrong_length
from backends.source_failed import SourceFailed
from installer.quantity import MIB, format_size
from installer.reach import Reach
from installer.text import _

if TYPE_CHECKING:
    from backends.download import Surroundings
    from backends.ranges import Ranges
    from backends.web import Web

CHUNK: Final = 4 * MIB
"""Best of the sizes measured for a download that goes to two disks."""
SMALL_FILE: Final = MIB
"""Sums and contracts have a few KiB; a wrong address may answer with a film."""
_SMALL_TRIES: Final = 2
"""A small file is asked for while a person waits for the plan."""


def _nobody_listens(line: str) -> None:
    """For readers that tell nobody of failures they got over."""


def _never_stops() -> None:
    """For readers that nobody asks to stop."""


@dataclass(frozen=True, kw_only=True)
class Stream:
    """An open file of a release."""

    chunks: Iterator[bytes]
    came: Came
    """Of the chunks that were taken."""


class ImageSource:
    """Opens URLs, from a machine that reaches the network as `reach` says.

    Certificates are verified; redirects are followed, but never from https to http. A connection
    that breaks off or stalls is tried again, from where it was, as `patience` says. `say` is told
    of each such failure; `pulse` is called between two tries and while what came is passed over,
    and may raise Interrupted.
    """

    def __init__(
        self,
        reach: Reach | None = None,
        *,
        patience: Patience | None = None,
        say: Callable[[str], None] = _nobody_listens,
        pulse: Callable[[], None] = _never_stops,
    ) -> None:
        self._reach = reach or Reach()
        self._patience = patience or Patience()
        self._say = say
        self._pulse = pulse

    @contextlib.contextmanager
    def open(
        self, url: str, *, mirrors: tuple[str, ...] = (), size_bytes: int | None = None
    ) -> Iterator[Stream]:
        """The file at `url`, or at the first of `mirrors` that gives what others do not.

        `size_bytes` is how long it is known to be: a server that offers another length is refused
        before anything is read. Chunks are as large as they come; they end only when all of the
        announced length has come. Raises SourceFailed, also from the chunks.
        """
        came = Came()
        addresses = (url, *mirrors)
        with contextlib.closing(self._pieces(addresses, size_bytes, came)) as pieces:
            chunks = hashed(pieces, came)
            # Whatever refuses the file at once does so before the caller touches a disk.
            first = list(itertools.islice(chunks, 1))
            yield Stream(chunks=itertools.chain(first, chunks), came=came)

    def size(self, url: str) -> int | None:
        """Length in bytes of the file at `url`; None when the server does not say it.

        Asked by HEAD, and where a server does not answer that fully, by a GET that is broken off.
        Raises SourceFailed.
        """
        if urlsplit(url).scheme == "file":
            return _file_size(url)
        from backends.web import NoHead, length_of

        web = self._web()
        with contextlib.suppress(NoHead), web.answer(url, "HEAD") as response:
            size = length_of(response)
            if size is not None:
                return size
        with web.answer(url) as response:
            return length_of(response)

    def read(self, url: str) -> bytes:
        """A small file whole. Raises SourceFailed, also when it is larger than 1 MiB."""
        tries = min(_SMALL_TRIES, self._patience.failures)
        patience = dataclasses.replace(self._patience, failures=tries)
        once = ImageSource(self._reach, patience=patience, say=self._say, pulse=self._pulse)
        data = bytearray()
        with once.open(url) as stream:
            for chunk in stream.chunks:
                data += chunk
                if len(data) > SMALL_FILE:
                    what = _("{url} is larger than {size}; it is something else").format(
                        url=printable(url), size=format_size(SMALL_FILE)
                    )
                    raise SourceFailed(what)
        return bytes(data)

    @contextlib.contextmanager
    def ranges(self, addresses: tuple[str, ...], size_bytes: int) -> "Iterator[Ranges]":
        """Parts of the file of `size_bytes` at the first of the http(s) `addresses` that gives
        them."""
        from backends.ranges import Ranges

        with self._web().kept() as web:
            yield Ranges(web, addresses, self._around(), size_bytes)

    def say(self, line: str) -> None:
        """Tell whoever is told of failures."""
        self._say(line)

    def pulse(self) -> None:
        """To be called several times a second; may raise Interrupted."""
        self._pulse()

    def _pieces(
        self, addresses: tuple[str, ...], size_bytes: int | None, came: Came
    ) -> Generator[bytes]:
        """All of the file, from the first address that has it."""
        if urlsplit(addresses[0]).scheme == "file":
            there = _file_size(addresses[0])
            if size_bytes not in (None, there):
                file, offered = file_name(addresses[0]), _("{count} are offered")
                raise wrong_length(file, size_bytes or 0, offered.format(count=there))
            yield from _file_pieces(addresses[0])
            return
        from backends.download import Download

        yield from Download(self._web(), addresses, self._around(), size_bytes, came).pieces()

    def _around(self) -> "Surroundings":
        from backends.download import Surroundings

        return Surroundings(patience=self._patience, say=self._say, pulse=self._pulse)

    def _web(self) -> "Web":
        from backends.web import Web

        return Web(self._reach, self._patience)


def _path(url: str) -> Path:
    # As url2pathname has it, which comes with 1 MiB of urllib.request.
    return Path(unquote(urlsplit(url).path))


def _file_size(url: str) -> int:
    with _file_errors(url):
        return _path(url).stat().st_size


def _file_pieces(url: str) -> Iterator[bytes]:
    with _file_errors(url), _path(url).open("rb", buffering=0) as file:
        while piece := file.read(CHUNK):
            yield piece


@contextlib.contextmanager
def _file_errors(url: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise SourceFailed(_("{url} does not exist").format(url=url), missing=True) from None
    except OSError as error:
        what = _("{url} cannot be read").format(url=url)
        raise SourceFailed(what, tool_words=error.strerror or "") from None
