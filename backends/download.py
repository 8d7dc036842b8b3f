"""Fetching one file over as many connections, and from as many servers, as it takes.

requests ends a body that breaks off, and urllib3's Retry sends a request again, whole; neither goes
on where a body broke off (RFC 9110, 13.1.5 and 14). So that is done here.
"""

import hashlib
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import requests
import urllib3.exceptions

from backends.addresses import file_name, host_of
from backends.patience import Patience
from backends.readers import Came
from backends.source_failed import (
    BrokenOff,
    SourceFailed,
    a_page,
    broken_off,
    changed_meanwhile,
    other_range,
)
from backends.web import Web, length_of
from backends.web_errors import innermost
from installer.quantity import KIB, format_size
from installer.text import _

PIECE: Final = 512 * KIB
"""Largest piece handed on: what has come is handed on at once, so that a connection that breaks off
costs nothing of it."""
HEADWAY: Final = 64 * KIB
"""A connection that brings less is a failure like one that brings nothing: with a byte of each, an
image would take for ever, and nobody would ask the next mirror."""
CONTENT_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a download needs beside the servers."""

    patience: Patience
    say: Callable[[str], None]
    """Told each failure that is tried again after."""
    pulse: Callable[[], None]
    """Called several times a second between two tries, and for each piece that is passed over; may
    raise Interrupted. While a server is silent it is not: that is 20 s at most (`patience`)."""
    jitter: Callable[[], float] = random.random

    def wait(self, failures: int, error: BrokenOff) -> None:
        """Before the next try, after so many `failures` in a row."""
        seconds = self.patience.pause(failures, self.jitter())
        self.say(
            _("trying again in {seconds:.1f} s: {reason}").format(
                reason=error.what, seconds=seconds
            )
        )
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.pulse()
            time.sleep(min(left, 0.1))


class Download:
    """A file at `addresses`, all of which have the same one; where one fails the next goes on.

    `size_bytes` is its length where that is known from elsewhere. `came` is kept up by whoever
    takes the pieces, before the next one is asked for.
    """

    def __init__(
        self,
        web: Web,
        addresses: tuple[str, ...],
        around: Surroundings,
        size_bytes: int | None,
        came: Came,
    ) -> None:
        self._web = web
        self._addresses = addresses
        self._around = around
        self._expected = size_bytes
        self._came = came

    def pieces(self) -> Iterator[bytes]:
        """All of the file, each byte once. Raises SourceFailed: the last server's reason."""
        for number, url in enumerate(self._addresses, 1):
            try:
                yield from _FromOne(
                    self._web, url, self._around, self._expected, self._came
                ).pieces()
                return
            except SourceFailed as error:
                if number == len(self._addresses):
                    raise
                following = self._addresses[number]
                self._around.say(
                    _("going on from {host}: {reason}").format(
                        reason=error.what, host=host_of(following)
                    )
                )


@dataclass(frozen=True, kw_only=True)
class _Version:
    """What a server tells of the version of a file that it sends."""

    validator: str | None
    """A strong ETag, or the time of the last change: what If-Range takes."""
    size_bytes: int | None


class _FromOne:
    """The rest of a file from one server."""

    def __init__(
        self, web: Web, url: str, around: Surroundings, expected: int | None, came: Came
    ) -> None:
        self._web = web
        self._url = url
        self._around = around
        self._expected = expected
        self._came = came
        self._version: _Version | None = None

    def pieces(self) -> Iterator[bytes]:
        failures = 0
        while True:
            before = self._came.count
            try:
                yield from self._connection()
                return
            except BrokenOff as error:
                failures = 1 if self._came.count - before >= HEADWAY else failures + 1
                if failures >= self._around.patience.failures:
                    raise
                self._around.wait(failures, error)

    def _connection(self) -> Iterator[bytes]:
        """What one connection gives. Raises BrokenOff where another one may go on."""
        with self._web.answer(self._url, headers=self._wanted()) as response:
            version = self._checked(response)
            rest = self._body(response, version)
            if response.status_code == HTTPStatus.OK and self._came.count:
                rest = self._behind_what_came(rest)
            self._version = version
            yield from rest

    def _wanted(self) -> dict[str, str]:
        if not self._came.count:
            return {}
        wanted = {"Range": f"bytes={self._came.count}-"}
        if self._version is not None and self._version.validator is not None:
            wanted["If-Range"] = self._version.validator
        return wanted

    def _checked(self, response: requests.Response) -> _Version:
        """The version of what comes. Raises SourceFailed when it is not what was asked for."""
        came = self._came.count
        size = length_of(response)
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise changed_meanwhile(self._url, came)
        if response.status_code == HTTPStatus.PARTIAL_CONTENT:
            size = self._size_by_range(response)
        version = _Version(validator=_validator(response), size_bytes=size)
        if self._is_another(version):
            if _is_page(response):
                raise SourceFailed(a_page(self._url))
            raise changed_meanwhile(self._url, came)
        if self._expected not in (None, size):
            if size is not None:
                raise self._wrong_length(response, size)
            if _is_page(response):
                raise SourceFailed(a_page(self._url))
        return version

    def _size_by_range(self, response: requests.Response) -> int | None:
        """Length of the whole file, of which exactly the rest has to come."""
        told = response.headers.get("Content-Range", "")
        match = CONTENT_RANGE.fullmatch(told.strip())
        if match is None or int(match[1]) != self._came.count:
            raise other_range(self._url, self._came.count, told)
        if match[3] == "*":
            return None
        if int(match[2]) != int(match[3]) - 1:
            raise other_range(self._url, self._came.count, told)
        return int(match[3])

    def _is_another(self, version: _Version) -> bool:
        before = self._version
        if before is None or not self._came.count:
            return False
        pairs = (
            (before.validator, version.validator),
            (before.size_bytes, version.size_bytes),
        )
        return any(None not in pair and pair[0] != pair[1] for pair in pairs)

    def _wrong_length(self, response: requests.Response, size: int) -> SourceFailed:
        what = _("{file} should have {expected} bytes, but {size} are offered").format(
            file=file_name(self._url), expected=self._expected, size=size
        )
        if _is_page(response):
            what = f"{what}; {a_page(self._url)}"
        return SourceFailed(
            what, way_out=_("Try again; if it stays so, tell whoever publishes the release.")
        )

    def _body(self, response: requests.Response, version: _Version) -> Iterator[bytes]:
        """The body as it comes, without waiting for more than is there."""
        start = self._came.count if response.status_code == HTTPStatus.PARTIAL_CONTENT else 0
        size = self._expected if version.size_bytes is None else version.size_bytes
        came = start
        try:
            # Not decoded: a length and a range are of what is sent.
            while piece := response.raw.read1(PIECE, decode_content=False):
                came += len(piece)
                yield piece
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise broken_off(self._url, came, size, innermost(error)) from None
        if size is not None and came < size:
            raise broken_off(self._url, came, size, "")

    def _behind_what_came(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The server knows no ranges and sends all again: what came is passed over.

        Raises SourceFailed when it is not what came before.
        """
        self._around.say(
            _("{host} starts from the beginning; {size} are passed over").format(
                host=host_of(self._url), size=format_size(self._came.count)
            )
        )
        again, left = hashlib.sha256(), self._came.count
        for piece in pieces:
            self._around.pulse()
            again.update(piece[:left])
            if len(piece) >= left and left:
                if again.digest() != self._came.sha256.digest():
                    raise changed_meanwhile(self._url, self._came.count)
            elif left:
                left -= len(piece)
                continue
            rest, left = piece[left:], 0
            if rest:
                yield rest


def _validator(response: requests.Response) -> str | None:
    """What If-Range takes (RFC 9110, 13.1.5): no weak ETag."""
    tag = response.headers.get("ETag", "").strip()
    if tag and not tag.startswith("W/"):
        return tag
    return response.headers.get("Last-Modified")


def _is_page(response: requests.Response) -> bool:
    return response.headers.get("Content-Type", "").lower().startswith("text/html")
