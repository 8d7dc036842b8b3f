"""The three pipes of a running tool, served together by one thread so that none can fill up."""

import os
import selectors
from collections.abc import Callable
from typing import Final

_CHUNK: Final = 65536
_LINE_MAXIMUM: Final = 4096
"""Characters handed on at once of a line that has no end, such as a progress bar's."""


class Output:
    """One stream that a tool prints to: kept whole, and handed on line by line."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._chunks: list[bytes] = []
        self._rest = ""

    @property
    def text(self) -> str:
        """All that came, with U+FFFD for what is not UTF-8."""
        return b"".join(self._chunks).decode(errors="replace")

    def take(self, data: bytes) -> None:
        """Keep `data`; hand on the lines that are complete. A carriage return ends one too."""
        self._chunks.append(data)
        text = self._rest + data.decode(errors="replace").replace("\r", "\n")
        *lines, self._rest = text.split("\n")
        for line in lines:
            self._hand_on(line)
        while len(self._rest) > _LINE_MAXIMUM:
            self._hand_on(self._rest[:_LINE_MAXIMUM])
            self._rest = self._rest[_LINE_MAXIMUM:]

    def end(self) -> None:
        """Hand on a last line that had no newline."""
        self._hand_on(self._rest)
        self._rest = ""

    def _hand_on(self, line: str) -> None:
        if line.strip():
            self._on_line(line)


class Pipes:
    """Feeds `data` into descriptor `stdin` and empties `stdout` and `stderr`, all without blocking.

    The descriptors stay the caller's to close, except `stdin`, which is closed when all of `data`
    is through or the tool does not want it: that is how a tool learns that its input has ended.
    """

    def __init__(
        self,
        *,
        stdin: int | None,
        data: bytes,
        stdout: tuple[int, Output],
        stderr: tuple[int, Output],
    ) -> None:
        self._selector = selectors.DefaultSelector()
        self._data = memoryview(data)
        if stdin is not None:
            os.set_blocking(stdin, False)
            self._selector.register(stdin, selectors.EVENT_WRITE)
        for descriptor, output in (stdout, stderr):
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ, output)

    @property
    def open(self) -> bool:
        """Whether the tool, or a child of it, still holds one of them."""
        return bool(self._selector.get_map())

    def serve(self, seconds: float) -> None:
        """Move what can be moved within `seconds`; return at the first that moved."""
        for key, _mask in self._selector.select(seconds):
            if isinstance(key.data, Output):
                self._read(key.fd, key.data)
            else:
                self._write(key.fd)

    def close(self) -> None:
        """Let go of all of them."""
        for key in list(self._selector.get_map().values()):
            self._selector.unregister(key.fd)
            if key.data is None:
                os.close(key.fd)
        self._selector.close()

    def _read(self, descriptor: int, output: Output) -> None:
        data = os.read(descriptor, _CHUNK)
        if data:
            output.take(data)
            return
        self._selector.unregister(descriptor)
        output.end()

    def _write(self, descriptor: int) -> None:
        try:
            written = os.write(descriptor, self._data[:_CHUNK]) if self._data else 0
        except BrokenPipeError:
            # A tool that ends without reading its input says why by its status.
            self._data = memoryview(b"")
            written = 0
        self._data = self._data[written:]
        if not self._data:
            self._selector.unregister(descriptor)
            os.close(descriptor)
