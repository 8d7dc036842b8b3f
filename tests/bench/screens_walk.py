"""The real program from its first question to its plan, as a person would: what it has loaded then.

The release is a small one (tests/faults/small_release.py), fetched over HTTP on the loopback; the
disk is one that only the list has (`screens_child.OneDiskMore`), and nothing is written to it.
"""

import contextlib
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from tests.bench.pty_app import PtyApp
from tests.bench.screens_child import DISK
from tests.faults import small_release

_DOWN, _UP, _ENTER, _ALL_LEFT = b"\x1b[B", b"\x1b[A", b"\r", b"\x15"
_PASSPHRASE: Final = b"violin kettle orbit"
_STEPS: Final = (
    ("[ Continue ]", _ENTER),
    # The release, whose address is there already, though nobody has signed it.
    ("[ Continue ]", _UP + b" " + _DOWN + _ENTER),
    (f"> {small_release.VERSION}", _ENTER),
    (f"> /dev/{DISK}", _ENTER),
    ("> Passphrase", _PASSPHRASE + _ENTER + _PASSPHRASE),
    ("Strength", _DOWN + _DOWN + _ENTER),
    # A recovery key, which is shown in letters and drawn; then none.
    ("Make a recovery key", b" " + _UP + _ENTER),
    ("Full name", b"Ada Lovelace\rada\r" + _ALL_LEFT + b"engine\r"),
    ("Host name", _PASSPHRASE + _ENTER + _PASSPHRASE + _DOWN + _DOWN + _ENTER),
    ("with home-manager", _ENTER),
    ("Find", _ENTER),
    (f"type its name: {DISK}", b""),
)
"""What is waited for on each page, and what is pressed there."""


def walk_to_the_plan(app: PtyApp) -> None:
    """From the first question on."""
    for words, keys in _STEPS:
        app.paints(words)
        app.comes_to_rest()
        app.sent = b""
        app.type(keys)


@contextlib.contextmanager
def release_on_a_server(folder: Path) -> Iterator[str]:
    """Its address."""
    small_release.make(folder)
    handler = partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *_: object) -> None:
        """Nobody reads it."""
