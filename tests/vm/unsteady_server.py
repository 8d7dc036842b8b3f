"""A release on a web server that serves parts of files, slowly or with lost connections."""

import contextlib
import http.server
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

from tests.vm.release_server import QuietHandler, listening

_PIECE: Final = 64 * 1024
"""Bytes sent at once: drops and stalls come at most so many bytes late."""
_HANGS_UP_WITHIN: Final = 120.0
"""Seconds after which a client that does not notice a stall is let go."""


class Line:
    """The line between a server and its clients: how fast it is, and when it fails.

    `drops` and `stalls` are numbers of bytes of images sent, over all connections: there the
    connection is closed, or nothing more comes until the client hangs up.
    """

    def __init__(self, *, drops: Sequence[int] = (), stalls: Sequence[int] = ()) -> None:
        self._failures = sorted(
            [(at, False) for at in drops] + [(at, True) for at in stalls], reverse=True
        )
        self._bytes_per_second: float | None = None
        self.sent = 0
        """Bytes of images so far."""
        self.requests: list[str] = []
        """What was asked for of images: ``bytes=N-``, ``bytes=N-M`` or nothing, in their order."""

    @property
    def failures_left(self) -> int:
        """Drops and stalls that have not come yet."""
        return len(self._failures)

    def slow_down(self, bytes_per_second: float | None) -> None:
        """Carry no more than this from now on; None for as much as it can."""
        self._bytes_per_second = bytes_per_second

    def carry(self, handler: http.server.BaseHTTPRequestHandler, data: bytes) -> bool:
        """Send `data`; whether the connection still holds."""
        handler.wfile.write(data)
        self.sent += len(data)
        if self._bytes_per_second is not None:
            time.sleep(len(data) / self._bytes_per_second)
        if not self._failures or self.sent < self._failures[-1][0]:
            return True
        _, stalls = self._failures.pop()
        if stalls:
            handler.connection.settimeout(_HANGS_UP_WITHIN)
            with contextlib.suppress(OSError):
                handler.connection.recv(1)
        return False


class _Handler(QuietHandler):
    """Images are sent over a `Line`, from the byte that the client asks for."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: object, line: Line, directory: str) -> None:
        self._line = line
        super().__init__(*arguments, directory=directory)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """An image; anything else as any server sends it."""
        path = Path(self.translate_path(self.path))
        if path.suffix not in {".squashfs", ".iso", ".zst"}:
            super().do_GET()
            return
        asked = self.headers.get("Range", "")
        self._line.requests.append(asked)
        size, tag = path.stat().st_size, f'"{path.stat().st_mtime_ns:x}"'
        first, _, last = asked.removeprefix("bytes=").partition("-")
        start, end = int(first or 0), int(last) + 1 if last else size
        if asked and self.headers.get("If-Range", tag) != tag:
            start, end = 0, size
        is_part = (start, end) != (0, size)
        self.send_response(HTTPStatus.PARTIAL_CONTENT if is_part else HTTPStatus.OK)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(end - start))
        if is_part:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        self.end_headers()
        with contextlib.suppress(ConnectionError), path.open("rb") as image:
            image.seek(start)
            while start < end and (data := image.read(min(_PIECE, end - start))):
                start += len(data)
                if not self._line.carry(self, data):
                    self.close_connection = True
                    return
        # The client keeps a connection from one part to the next.
        self.close_connection = start < end


@contextmanager
def serving_over(line: Line, folder: Path) -> Iterator[str]:
    """Serve `folder` over `line`; the URL is the one that a guest uses."""
    with listening(partial(_Handler, line=line, directory=str(folder))) as url:
        yield url
