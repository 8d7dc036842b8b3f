"""A release directory of the images of this checkout, on a web server of this machine."""

import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
GUEST_VIEW: Final = "10.0.2.2"
"""Address of this machine as a guest of QEMU's user network sees it."""


def build_release(folder: Path) -> Path:
    """Build (or take from the cache) both images of the small weight, as a release in `folder`."""
    subprocess.run(
        [sys.executable, ROOT / "mkimage-profile" / "build.py", "release", folder],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return folder


def live_iso(release: Path) -> Path:
    """The live ISO of a release directory."""
    return next(release.glob("atomos-live_*.iso"))


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder."""

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: a scenario's output is for the person who runs it."""


class _Handler(QuietHandler):
    def do_GET(self) -> None:
        """A path that begins with ``/short/`` promises one byte more than it gives."""
        if not self.path.startswith("/short/"):
            super().do_GET()
            return
        body = (Path(self.directory) / self.path.removeprefix("/short/")).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) + 1))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve `folder`; the URL is the one that a guest uses."""
    handler = partial(_Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://{GUEST_VIEW}:{server.server_address[1]}"
        server.shutdown()
        thread.join()
