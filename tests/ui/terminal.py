"""A real terminal for the app: a pty, read through pyte as 80 columns and 24 rows."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pyte

from tests.waiting import end

COLUMNS, ROWS = 80, 24
DEADLINE_SECONDS = 20.0
ROOT = Path(__file__).parents[2]


class Terminal:
    """The app's console: keys in, rows out. `sent` is every byte that came."""

    def __init__(self, child: "pexpect.spawn[bytes]") -> None:
        self.child = child
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.sent = b""
        self._stream = pyte.ByteStream(self.screen)

    def rows(self) -> list[str]:
        """The rows, without blanks at their ends."""
        return [row.rstrip() for row in self.screen.display]

    def text(self) -> str:
        """All rows."""
        return "\n".join(self.rows()) + "\n"

    def cursor_row(self) -> str:
        """The row that the hardware cursor is on."""
        return self.rows()[self.screen.cursor.y].strip()

    def press(self, keys: str | bytes) -> None:
        """Send keys as the terminal would."""
        self.child.send(keys)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Read until a condition holds; `what` says what it was when it never did."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited for: {what}\n{self.text()}")
            self._read()

    def shows(self, words: str) -> None:
        """Wait until the screen shows these words."""
        self.until(lambda: words in self.text(), repr(words))

    def comes_to_rest(self) -> None:
        """Read until nothing more comes."""
        while self._read():
            pass

    def hangs_up(self) -> int:
        """Take the terminal away; the app's exit status."""
        process = self.child.ptyproc  # type: ignore[attr-defined]  # types-pexpect leaves it out
        os.close(self.child.child_fd)
        process.closed = True
        deadline = time.monotonic() + DEADLINE_SECONDS
        while process.isalive():
            assert time.monotonic() < deadline, "the app outlived its terminal"
        return int(process.exitstatus)

    def ends(self) -> int:
        """Wait for the app's end; its exit status."""
        self.child.expect(pexpect.EOF, timeout=DEADLINE_SECONDS)
        self.child.wait()
        assert self.child.exitstatus is not None
        return self.child.exitstatus

    def _read(self) -> bool:
        try:
            read = self.child.read_nonblocking(65536, timeout=0.3)
        except pexpect.TIMEOUT:
            return False
        self.sent += read
        self._stream.feed(read)
        return True


@contextmanager
def console(
    scene: str,
    *,
    term: str,
    size: tuple[int, int] = (ROWS, COLUMNS),
    ignore_sighup: bool = False,
    module: str = "tests.ui.console_child",
) -> Iterator[Terminal]:
    """The app of that module started on a terminal of this kind and size."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    child: pexpect.spawn[bytes] = pexpect.spawn(
        sys.executable,
        ["-m", module, scene],
        cwd=str(ROOT),
        env={**kept, "TERM": term, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)},
        dimensions=size,
        ignore_sighup=ignore_sighup,
        timeout=DEADLINE_SECONDS,
    )
    try:
        yield Terminal(child)
    finally:
        end(child)
