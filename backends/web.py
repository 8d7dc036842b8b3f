"""One request to a web server, by the way that the answers say this machine reaches it."""

import contextlib
import ssl
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

from backends.addresses import printable
from backends.patience import Patience
from backends.source_failed import BrokenOff, SourceFailed, packed_on_the_way
from backends.web_errors import LeadsToPlainHttp, unreachable
from installer.reach import Reach
from installer.text import _

REDIRECTS: Final = 10
_BUSY: Final = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
"""A server that is started anew, or a proxy before it, answers so for a while."""
_GONE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_NO_HEAD: Final = (
    HTTPStatus.FORBIDDEN,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.NOT_IMPLEMENTED,
)
_HEADERS: Final = {
    # Without it a server may compress, and its Content-Length is of something else.
    "Accept-Encoding": "identity",
    "User-Agent": "atomos-install",
}


class NoHead(Exception):
    """The server does not answer HEAD."""


class Web:
    """Servers, reached as `reach` says.

    Certificates are verified. Redirects are followed, but never from https to http. A login in an
    address goes to that host alone: requests drops it where a redirect leads to another one.
    """

    def __init__(self, reach: Reach, patience: Patience) -> None:
        self._patience = patience
        self._reach = reach
        self._kept: requests.Session | None = None

    @contextlib.contextmanager
    def answer(
        self, url: str, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> Iterator[requests.Response]:
        """An answer with the file or a part of it (200, 206, 416), its body not read yet.

        Raises SourceFailed, NoHead.
        """
        with self._opened() as session:
            try:
                response = session.request(
                    method,
                    url,
                    headers={**_HEADERS, **(headers or {})},
                    stream=True,
                    timeout=(self._patience.connect, self._patience.read),
                    # With the request: a session's own proxies yield to the environment's.
                    proxies=self._reach.proxies,
                    allow_redirects=True,
                )
            except (requests.RequestException, ValueError) as error:
                raise unreachable(url, error, self._reach) from None
            with contextlib.closing(response):
                _check(response, url, method)
                yield response

    @contextlib.contextmanager
    def kept(self) -> Iterator["Web"]:
        """The same, with connections that are kept from one request to the next: many small ones
        would otherwise begin with a handshake each."""
        with self._session() as session:
            web = Web(self._reach, self._patience)
            web._kept = session
            yield web

    def _opened(self) -> contextlib.AbstractContextManager[requests.Session]:
        return self._session() if self._kept is None else contextlib.nullcontext(self._kept)

    def _session(self) -> requests.Session:
        session = _Session()
        session.max_redirects = REDIRECTS
        if self._reach.ca_file is not None:
            session.mount("https://", _TrustingAdapter(_context(self._reach)))
        return session


class _Session(requests.Session):
    """Follows no redirect from https to http: not even the name of the file goes there."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """See SessionRedirectMixin of requests."""
        target: str | None = super().get_redirect_target(resp)
        if target and urlsplit(resp.url).scheme == "https":
            target = urljoin(resp.url, target)
            if urlsplit(target).scheme != "https":
                raise LeadsToPlainHttp
        return target


class _TrustingAdapter(HTTPAdapter):
    """An adapter for TLS by a context of our own; requests adds the system's certificates."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """See HTTPAdapter of requests."""
        super().init_poolmanager(*args, **options, ssl_context=self._context)

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        """See HTTPAdapter of requests."""
        options["ssl_context"] = self._context
        return super().proxy_manager_for(*args, **options)


def length_of(response: requests.Response) -> int | None:
    """The length in bytes of what is sent; None when the server does not say it."""
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdecimal() else None


def _context(reach: Reach) -> ssl.SSLContext:
    """Trusts the system's certificates and those of the answers."""
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cafile=reach.ca_file)
    except OSError as error:
        # ssl.SSLError is one too: no certificate in it.
        what = _("{file} has no certificates that can be read (PEM)").format(file=reach.ca_file)
        raise SourceFailed(
            what,
            tool_words=error.strerror or str(error),
            way_out=_("Give the certificates of your own authority as a PEM file."),
        ) from None
    return context


def _check(response: requests.Response, url: str, method: str) -> None:
    """Raises SourceFailed unless the response is the file itself or what follows of it."""
    status = response.status_code
    if method == "HEAD" and status in _NO_HEAD:
        raise NoHead
    if status in _GONE:
        what = _("{url} does not exist on the server (status {status})")
        what = what.format(url=printable(url), status=status)
        raise SourceFailed(what, missing=True)
    if status not in (
        HTTPStatus.OK,
        HTTPStatus.PARTIAL_CONTENT,
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    ):
        what = _("{url} cannot be fetched: the server answers {status} {reason}").format(
            url=printable(url), status=status, reason=response.reason
        )
        raise BrokenOff(what) if status in _BUSY else SourceFailed(what)
    coding = response.headers.get("Content-Encoding", "identity")
    if coding.strip().lower() not in ("", "identity"):
        raise packed_on_the_way(url, coding)
