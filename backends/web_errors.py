"""Why a server could not be reached, in words: the libraries' own name their classes."""

import contextlib
import ssl
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

import requests

from backends.addresses import host_of, printable
from backends.source_failed import BrokenOff, SourceFailed
from installer.reach import Reach
from installer.text import _

CLOCK_SECONDS: Final = 24 * 3600.0
"""A clock that is off by more is named as the reason for a certificate out of its time."""
_ASK_SECONDS: Final = 5.0
_NOT_YET_VALID: Final = 9
_EXPIRED: Final = 10
_SELF_SIGNED: Final = 18
_SELF_SIGNED_IN_CHAIN: Final = 19
_NO_ISSUER_HERE: Final = 20
_NO_ISSUER: Final = 2
_UNVERIFIABLE_LEAF: Final = 21
_OTHER_HOST: Final = (62, 64)
"""Of X509_verify_cert_error_string(3): a name, an address."""
_UNKNOWN: Final = (
    _NO_ISSUER,
    _SELF_SIGNED,
    _SELF_SIGNED_IN_CHAIN,
    _NO_ISSUER_HERE,
    _UNVERIFIABLE_LEAF,
)


class LeadsToPlainHttp(requests.RequestException):
    """A redirect from https to http."""


def unreachable(
    url: str, error: Exception, reach: Reach, now: Callable[[], float] = time.time
) -> SourceFailed:
    """What `error` of requests says of `url`. BrokenOff where another try may get through."""
    refusal = _refused_certificate(error)
    if refusal is not None:
        return _certificate(url, refusal, reach, now)
    words, lasting = _words_of(error)
    what = words.format(host=host_of(url), url=printable(url))
    return SourceFailed(what) if lasting else BrokenOff(what)


def innermost(error: BaseException) -> str:
    """The innermost reason of an error of requests; its own text repeats the whole URL."""
    inner = list(_inside(error))[-1]
    return inner.strerror if isinstance(inner, OSError) and inner.strerror else str(inner)


def _words_of(error: Exception) -> tuple[str, bool]:
    """A sentence, and whether another try would meet the same."""
    text = str(error)
    if isinstance(error, LeadsToPlainHttp):
        return _("{url} leads from https to plain http, which is not followed"), True
    if isinstance(error, requests.TooManyRedirects):
        return _("{host} redirects in a circle"), True
    if isinstance(error, requests.Timeout):
        return _("{host} does not answer"), False
    if isinstance(error, requests.exceptions.SSLError):
        return _("{host} cannot be spoken to over TLS ({reason})").replace(
            "{reason}", _braceless(innermost(error))
        ), True
    if isinstance(error, requests.exceptions.ProxyError):
        return _("the proxy on the way to {host} cannot be reached"), False
    if any(mark in text for mark in ("NameResolutionError", "Failed to resolve", "[Errno -")):
        return _(
            "the name {host} cannot be resolved; is the machine connected to a network?"
        ), False
    if "Connection refused" in text:
        return _("{host} refuses the connection"), False
    if isinstance(error, requests.ConnectionError):
        return _("{host} cannot be reached"), False
    return _("{url} is not an address that can be fetched"), True


def _braceless(text: str) -> str:
    return text.replace("{", "(").replace("}", ")")


def _inside(error: BaseException) -> Iterator[BaseException]:
    """`error` and what it was made of, from the outside inwards."""
    inner: object = error
    while isinstance(inner, BaseException):
        yield inner
        reason = getattr(inner, "reason", None)
        last = inner.args[-1] if inner.args else None
        inner = reason if isinstance(reason, BaseException) else last


def _refused_certificate(error: Exception) -> ssl.SSLCertVerificationError | None:
    found = (each for each in _inside(error) if isinstance(each, ssl.SSLCertVerificationError))
    return next(found, None)


def _certificate(
    url: str, refusal: ssl.SSLCertVerificationError, reach: Reach, now: Callable[[], float]
) -> SourceFailed:
    host, code = host_of(url), refusal.verify_code
    way_out = _("Tell whoever runs the server.")
    if code in (_EXPIRED, _NOT_YET_VALID):
        what = _("the certificate of {host} has expired")
        if code == _NOT_YET_VALID:
            what = _("the certificate of {host} is not valid yet")
        clock, way_out = _clock_words(now(), _clock_of(url, reach))
        what = f"{what.format(host=host)}; {clock}"
    elif code in _OTHER_HOST:
        what = _("the certificate of {host} is for another host; something else may answer for it")
        what = what.format(host=host)
    elif code in _UNKNOWN:
        what = _("the certificate of {host} is signed by nobody whom this machine knows")
        what = what.format(host=host)
        way_out = _("Where that is your own authority, give its certificate in the answers.")
    else:
        what = _("the certificate of {host} is not valid ({reason})").format(
            host=host, reason=refusal.verify_message
        )
    return SourceFailed(what, tool_words=refusal.verify_message, way_out=way_out)


def _clock_words(now: float, there: datetime | None) -> tuple[str, str]:
    """What to make of a certificate out of its time, most often of a wrong clock; and a way out."""
    here = f"{datetime.fromtimestamp(now, UTC):%F}"
    if there is None:
        return (
            _("the clock of this machine says {here}: is that right?").format(here=here),
            _("Set the clock of this machine if it is wrong, or tell whoever runs the server."),
        )
    if abs(there.timestamp() - now) < CLOCK_SECONDS:
        return (
            _("the clock of this machine is right ({here})").format(here=here),
            _("Tell whoever runs the server."),
        )
    words = _(
        "the clock of this machine is probably the reason: it says {here}, the server's says"
        " {there}"
    )
    return (
        words.format(here=here, there=f"{there:%F}"),
        _("Set the clock of this machine, then try again."),
    )


def _clock_of(url: str, reach: Reach) -> datetime | None:
    """The time that a server says, unproven: words for a person are all that is made of it."""
    parts = urlsplit(url)
    place = f"{parts.scheme}://{host_of(url)}/"
    with contextlib.suppress(requests.RequestException, ValueError, TypeError):
        with warnings.catch_warnings(), requests.Session() as session:
            warnings.simplefilter("ignore")
            # No login goes there: the address has none, and .netrc is not read.
            session.auth = lambda request: request
            answer = session.head(
                place,
                verify=False,
                timeout=_ASK_SECONDS,
                allow_redirects=False,
                proxies=reach.proxies,
            )
        told = parsedate_to_datetime(answer.headers.get("Date", ""))
        return told if told.tzinfo else told.replace(tzinfo=UTC)
    return None
