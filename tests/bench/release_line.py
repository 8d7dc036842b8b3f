"""A web server of a folder that sends parts of files, no faster than a line would, and counts."""

import contextlib
import http.server
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

_PIECE: Final = 64 * 1024
_RANGE: Final = re.compile(r"bytes=(\d+)-(\d*)")


@dataclass(kw_only=True)
class ReleaseLine:
    """What is between the server and its only client."""

    url: str = ""
    bytes_per_second: float | None = None
    """None: as fast as it can."""
    sent: int = 0
    """Bytes of bodies."""
    requests: int = 0
    free_at: float = field(default=0.0, repr=False)
    """When all that was sent has gone through, by the monotonic clock."""

    def carry(self, count: int) -> None:
        """Return when so many bytes have gone through."""
        self.sent += count
        if self.bytes_per_second is None:
            return
        self.free_at = max(self.free_at, time.monotonic()) + count / self.bytes_per_second
        time.sleep(max(0.0, self.free_at - time.monotonic()))


class _Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, line: ReleaseLine, *arguments: object, directory: str) -> None:
        self._line = line
        super().__init__(*arguments, directory=directory)  # type: ignore[arg-type]

    def log_message(self, format: str, *arguments: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        """A file, or the part that is asked for."""
        path = Path(self.translate_path(self.path))
        size = path.stat().st_size
        asked = _RANGE.fullmatch(self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        end = int(asked[2]) + 1 if asked and asked[2] else size
        self._line.requests += 1
        self.send_response(HTTPStatus.PARTIAL_CONTENT if asked else HTTPStatus.OK)
        self.send_header("Content-Length", str(end - start))
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        self.end_headers()
        with contextlib.suppress(ConnectionError), path.open("rb") as file:
            file.seek(start)
            while start < end and (data := file.read(min(_PIECE, end - start))):
                self.wfile.write(data)
                self._line.carry(len(data))
                start += len(data)


@contextlib.contextmanager
def release_line(folder: Path) -> Iterator[ReleaseLine]:
    """The line to a server of `folder` on the loopback."""
    line = ReleaseLine()
    handler = partial(_Handler, line, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        line.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield line
        finally:
            server.shutdown()
            thread.join()
