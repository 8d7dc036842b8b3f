"""A web server on the loopback that can misbehave in the ways that real ones do."""

import contextlib
import functools
import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Files of a folder; paths that begin with a fault get it.

    ``/short/NAME`` announces twice what it sends, ``/moved/NAME`` redirects to ``/NAME``,
    ``/broken/NAME`` answers 500, ``/nolength/NAME`` does not say how long it is,
    ``/nohead/NAME`` answers HEAD with 405, ``/loop`` redirects to itself.
    """

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_HEAD(self) -> None:
        if self.path.startswith("/nohead/"):
            self.send_error(405)
        elif not self._fault():
            super().do_HEAD()

    def do_GET(self) -> None:
        if self.path.startswith("/nohead/"):
            self.path = self.path.removeprefix("/nohead")
        # A client that has seen enough hangs up.
        with contextlib.suppress(ConnectionError):
            if not self._fault():
                super().do_GET()

    def _fault(self) -> bool:
        fault, _, name = self.path.lstrip("/").partition("/")
        match fault:
            case "short":
                data = (Path(self.directory) / name).read_bytes()
                self.send_response(200)
                self.send_header("Content-Length", str(2 * len(data)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(data)
            case "moved":
                self.send_response(302)
                self.send_header("Location", f"/{name}")
                self.end_headers()
            case "loop":
                self.send_response(302)
                self.send_header("Location", self.path)
                self.end_headers()
            case "broken":
                self.send_error(500)
            case "nolength" if not (Path(self.directory) / name).exists():
                self.send_error(404)
            case "nolength":
                self.send_response(200)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write((Path(self.directory) / name).read_bytes())
            case _:
                return False
        return True


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The URL of a server of `folder`."""
    handler = functools.partial(_Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def closed_port() -> int:
    """A port on the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
