"""Parts of one file on a web server, each asked for by its range (RFC 9110, 14)."""

from collections.abc import Iterator
from http import HTTPStatus

import requests
import urllib3.exceptions

from backends.addresses import host_of
from backends.download import CONTENT_RANGE, HEADWAY, PIECE, Surroundings
from backends.source_failed import BrokenOff, SourceFailed, broken_off, other_range
from backends.web import Web
from backends.web_errors import innermost
from installer.text import _


class Ranges:
    """A file of `size_bytes` at `addresses`: where one of them fails the next goes on, and stays.

    Of what comes its place and its length are right; whoever asks for parts knows the sum of the
    whole.
    """

    def __init__(
        self, web: Web, addresses: tuple[str, ...], around: Surroundings, size_bytes: int
    ) -> None:
        self._web = web
        self._addresses = addresses
        self._around = around
        self._size = size_bytes

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` to before `end`, each once, as they come.

        Raises SourceFailed: the last server's reason.
        """
        place = start
        while place < end:
            try:
                for piece in self._from_the_first(place, end):
                    place += len(piece)
                    yield piece
            except SourceFailed as error:
                if len(self._addresses) == 1:
                    raise
                self._addresses = self._addresses[1:]
                self._around.say(
                    _("going on from {host}: {reason}").format(
                        reason=error.what, host=host_of(self._addresses[0])
                    )
                )

    def _from_the_first(self, start: int, end: int) -> Iterator[bytes]:
        """The same, from one server, over as many connections as it takes."""
        place, failures = start, 0
        while True:
            before = place
            try:
                for piece in self._connection(place, end):
                    place += len(piece)
                    yield piece
                return
            except BrokenOff as error:
                failures = 1 if place - before >= HEADWAY else failures + 1
                if failures >= self._around.patience.failures:
                    raise
                self._around.wait(failures, error)

    def _connection(self, start: int, end: int) -> Iterator[bytes]:
        url = self._addresses[0]
        with self._web.answer(url, headers={"Range": f"bytes={start}-{end - 1}"}) as response:
            self._check(url, response, start, end)
            came = start
            try:
                # Not decoded: a range is of what is sent.
                while came < end and (
                    piece := response.raw.read1(min(PIECE, end - came), decode_content=False)
                ):
                    came += len(piece)
                    yield piece
            except (urllib3.exceptions.HTTPError, OSError) as error:
                raise broken_off(url, came, end, innermost(error)) from None
            if came < end:
                raise broken_off(url, came, end, "")

    def _check(self, url: str, response: requests.Response, start: int, end: int) -> None:
        """Raises SourceFailed unless that part of that file comes."""
        if response.status_code != HTTPStatus.PARTIAL_CONTENT:
            what = _("{host} does not send parts of files").format(host=host_of(url))
            raise SourceFailed(what)
        told = response.headers.get("Content-Range", "")
        match = CONTENT_RANGE.fullmatch(told.strip())
        expected = (str(start), str(end - 1))
        if (
            match is None
            or match.groups()[:2] != expected
            or match[3] not in ("*", str(self._size))
        ):
            raise other_range(url, start, told)
