"""A web server for one image, which costs as little of the machine as it can (sendfile(2)).

The image may be a file many times over: ten times the size without ten times the room.
"""

import contextlib
import hashlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PIECE: Final = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Served:
    """An image on offer."""

    url: str
    size_bytes: int
    sha256: str


@contextlib.contextmanager
def served(file: Path, times: int = 1) -> Iterator[Served]:
    """`file`, so many times in a row, by a process of its own."""
    digest = hashlib.sha256()
    for _ in range(times):
        with file.open("rb") as data:
            while piece := data.read(_PIECE):
                digest.update(piece)
    argv = [sys.executable, "-m", "tests.bench.server", str(file), str(times)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        try:
            yield Served(
                url=f"http://127.0.0.1:{port}/image",
                size_bytes=times * file.stat().st_size,
                sha256=digest.hexdigest(),
            )
        finally:
            process.kill()


def _serve(file: Path, times: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            caller, _ = listening.accept()
            # bmaptool keeps a connection open while it makes the next.
            threading.Thread(target=_answer, args=(caller, file, times), daemon=True).start()


def _answer(caller: socket.socket, file: Path, times: int) -> None:
    size = file.stat().st_size
    with caller, file.open("rb") as data, contextlib.suppress(ConnectionError):
        asked = caller.recv(65536)
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {times * size}\r\n"
        caller.sendall(f"{head}Connection: close\r\n\r\n".encode())
        for _ in range(0 if asked.startswith(b"HEAD") else times):
            offset = 0
            while offset < size:
                offset += os.sendfile(caller.fileno(), data.fileno(), offset, size - offset)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
