"""Opening the files of a release: http, https and file URLs, read as streams."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import url2pathname

from installer.errors import InstallError
from installer.quantity import MIB, format_size
from installer.reach import Reach
from installer.text import _

if TYPE_CHECKING:
    from requests import Response

CHUNK: Final = 4 * MIB
"""Best of the sizes measured for a download that goes to two disks."""
CONNECT_SECONDS: Final = 20.0
READ_SECONDS: Final = 60.0
"""Without a byte for this long the server is taken for dead."""
SMALL_FILE: Final = MIB
"""Sums and contracts have a few KiB; a wrong address may answer with a film."""


NO_REACH: Final = Reach()
"""The environment's proxies, the system's certificates."""


class SourceFailed(InstallError):
    """A file of the release could not be read. `missing` says that the server has no such file."""

    def __init__(self, what: str, *, tool_words: str = "", missing: bool = False) -> None:
        super().__init__(
            what,
            tool_words=tool_words,
            way_out=_("Check the network and the address, then try again."),
        )
        self.missing = missing


@dataclass(frozen=True, kw_only=True)
class Stream:
    """An open file of a release; `size_bytes` is None when the server does not say its length."""

    chunks: Iterator[bytes]
    size_bytes: int | None


class ImageSource:
    """Opens URLs. Certificates are verified; redirects are followed, but never from https to http.

    Nothing is fetched twice and nothing is resumed: a read that fails ends the stream with
    SourceFailed, which says how much had come.
    """

    def __init__(
        self,
        *,
        reach: Reach = NO_REACH,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._reach = reach
        self._timeout = (connect_seconds, read_seconds)

    @contextlib.contextmanager
    def open(self, url: str) -> Iterator[Stream]:
        """The file at `url`. Its chunks end only when all of the announced length has come.

        Raises SourceFailed, also from the chunks.
        """
        if urlsplit(url).scheme == "file":
            with _open_file(url) as stream:
                yield stream
        else:
            with self._response(url, "GET") as response:
                size = _length(response)
                yield Stream(chunks=_body(response, url, size), size_bytes=size)

    def size(self, url: str) -> int | None:
        """Length in bytes of the file at `url`; None when the server does not say it.

        Asked by HEAD, and where a server does not answer that fully, by a GET that is broken off.
        Raises SourceFailed.
        """
        if urlsplit(url).scheme == "file":
            with _open_file(url) as stream:
                return stream.size_bytes
        with contextlib.suppress(_NoHead), self._response(url, "HEAD") as response:
            size = _length(response)
            if size is not None:
                return size
        with self._response(url, "GET") as response:
            return _length(response)

    def read(self, url: str) -> bytes:
        """A small file whole. Raises SourceFailed, also when it is larger than 1 MiB."""
        data = bytearray()
        with self.open(url) as stream:
            for chunk in stream.chunks:
                data += chunk
                if len(data) > SMALL_FILE:
                    what = _("{url} is larger than {size}; it is something else").format(
                        url=printable(url), size=format_size(SMALL_FILE)
                    )
                    raise SourceFailed(what)
        return bytes(data)

    @contextlib.contextmanager
    def _response(self, url: str, method: str) -> Iterator["Response"]:
        """A response with status 200, its body not read yet."""
        import requests

        # Without "identity" a server may compress, and its Content-Length is of something else.
        headers = {"Accept-Encoding": "identity", "User-Agent": "atomos-install"}
        try:
            response = requests.request(
                method,
                url,
                headers=headers,
                stream=True,
                timeout=self._timeout,
                allow_redirects=True,
                proxies=_proxies(self._reach),
                verify=str(self._reach.ca_file) if self._reach.ca_file else True,
            )
        except (requests.RequestException, ValueError) as error:
            raise _unreachable(url, error) from None
        with contextlib.closing(response):
            _check(response, url, method)
            yield response


def _proxies(reach: Reach) -> dict[str, str]:
    return {} if reach.proxy is None else {"http": reach.proxy, "https": reach.proxy}


class _NoHead(Exception):
    """The server does not answer HEAD."""


def _check(response: "Response", url: str, method: str) -> None:
    """Raises SourceFailed unless the response is the file itself, by a way that can be trusted."""
    if method == "HEAD" and response.status_code in (403, 405, 501):
        raise _NoHead
    steps = [each.url for each in (*response.history, response)]
    schemes = [urlsplit(step).scheme for step in steps]
    if schemes != sorted(schemes):
        what = _("{url} leads from https to plain http, which is not followed")
        raise SourceFailed(what.format(url=printable(url)))
    if response.status_code in (404, 410):
        what = _("{url} does not exist on the server (status {status})")
        what = what.format(url=printable(url), status=response.status_code)
        raise SourceFailed(what, missing=True)
    if response.status_code != 200:
        what = _("{url} cannot be fetched: the server answers {status} {reason}").format(
            url=printable(url), status=response.status_code, reason=response.reason
        )
        raise SourceFailed(what)


def _length(response: "Response") -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdecimal() else None


def _body(response: "Response", url: str, size: int | None) -> Iterator[bytes]:
    """The body in chunks; SourceFailed when it breaks off or is not as long as announced."""
    import requests

    came = 0
    try:
        for chunk in response.iter_content(CHUNK):
            came += len(chunk)
            yield chunk
    except requests.RequestException as error:
        # A last piece that is shorter than a chunk came too, but is not handed on.
        raise _broken_off(url, int(response.raw.tell()), size, error) from None
    if size is not None and came != size:
        raise _broken_off(url, came, size, None)


def _broken_off(url: str, came: int, size: int | None, error: Exception | None) -> SourceFailed:
    if size is None:
        what = _("{url} broke off after {came}")
    else:
        what = _("{url} broke off after {came} of {size} ({came_bytes} of {size_bytes} bytes)")
    return SourceFailed(
        what.format(
            url=printable(url),
            came=format_size(came),
            size=format_size(size or 0),
            came_bytes=came,
            size_bytes=size,
        ),
        tool_words=_words(error) if error else "",
    )


def _unreachable(url: str, error: Exception) -> SourceFailed:
    """Why a server could not be reached, in words: requests' own name its classes."""
    import requests

    # With its port, without a login: a release server beside another one is told apart by it.
    host = urlsplit(printable(url)).netloc
    text = str(error)
    if isinstance(error, requests.Timeout):
        what = _("{host} does not answer")
    elif isinstance(error, requests.exceptions.SSLError):
        what = _("the certificate of {host} is not valid; check the clock of this machine too")
    elif isinstance(error, requests.exceptions.ProxyError):
        what = _("the proxy on the way to {host} cannot be reached")
    elif "NameResolutionError" in text or "Failed to resolve" in text or "[Errno -" in text:
        what = _("the name {host} cannot be resolved; is the machine connected to a network?")
    elif "Connection refused" in text:
        what = _("{host} refuses the connection")
    elif isinstance(error, requests.TooManyRedirects):
        what = _("{host} redirects in a circle")
    elif isinstance(error, requests.ConnectionError):
        what = _("{host} cannot be reached")
    else:
        what = _("{url} is not an address that can be fetched")
    return SourceFailed(what.format(host=host, url=printable(url)))


def _words(error: Exception) -> str:
    """The innermost reason of an error of requests; its own text repeats the whole URL."""
    inner: object = error
    while isinstance(inner, Exception) and inner.args and isinstance(inner.args[-1], Exception):
        inner = inner.args[-1]
    return str(inner)


@contextlib.contextmanager
def _open_file(url: str) -> Iterator[Stream]:
    path = Path(url2pathname(urlsplit(url).path))
    try:
        with path.open("rb", buffering=0) as file:
            size = file.seek(0, 2)
            file.seek(0)
            yield Stream(chunks=iter(lambda: file.read(CHUNK), b""), size_bytes=size)
    except FileNotFoundError:
        raise SourceFailed(_("{url} does not exist").format(url=url), missing=True) from None
    except OSError as error:
        what = _("{url} cannot be read").format(url=url)
        raise SourceFailed(what, tool_words=error.strerror or "") from None


def printable(url: str) -> str:
    """`url` without user, password, query and fragment: any of them may be a credential."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def file_name(url: str) -> str:
    """The name of the file that `url` points to."""
    return unquote(urlsplit(url).path.rpartition("/")[2])
