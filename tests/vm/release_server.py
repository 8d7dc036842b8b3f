"""A release directory of the images of this checkout, on a web server of this machine."""

import http.server
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from installer.release import SUMS_NAME
from installer.signature import SIGNATURE_NAME
from tests.faults import small_release
from tests.tools.pgp import gpg_home

ROOT: Final = Path(__file__).parents[2]
GUEST_VIEW: Final = "10.0.2.2"
"""Address of this machine as a guest of QEMU's user network sees it."""


def build_release(folder: Path, *options: str) -> Path:
    """Build (or take from the cache) both images of the small weight, as a release in `folder`."""
    subprocess.run(
        [sys.executable, ROOT / "mkimage-profile" / "build.py", "release", folder, *options],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return folder


def small_signed_release(folder: Path, *, seed: int = 0) -> Path:
    """A release of 20 MB that does not boot, signed by the key that test images trust."""
    small_release.make(folder, seed=seed)
    with gpg_home() as gpg:
        gpg.run("--import", stdin=(ROOT / "tests" / "keys" / "TEST-never-trust.key").read_bytes())
        sums = (folder / SUMS_NAME).read_bytes()
        signature = gpg.run("--digest-algo", "SHA512", "--detach-sign", stdin=sums)
    (folder / SIGNATURE_NAME).write_bytes(signature)
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
    with listening(partial(_Handler, directory=str(folder))) as url:
        yield url


@contextmanager
def listening(handler: Callable[..., http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server whose requests `handler` answers; the URL is the one that a guest uses."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://{GUEST_VIEW}:{server.server_address[1]}"
        server.shutdown()
        thread.join()
