"""Somebody else's installer on a terminal of 80x24: keys in, pictures out, and what it took."""

import io
import os
import time
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import pexpect
import pyte
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tests.ui.console_colours import VGA
from tests.ui.take_pictures import with_name

COLUMNS, ROWS = 80, 24
PICTURES: Final = Path(__file__).parents[2] / "docs" / "pictures" / "compare"
QUIET: Final = 1.5
"""Seconds without a byte, after which a page is painted."""
BUSY: Final = 4.0
"""Seconds until a key is answered, if it is at all: others may keep the machine busy."""
UP: Final = "\x1b[A"
DOWN: Final = "\x1b[B"
ENTER: Final = "\r"
_NAMES: Final = {
    "brown": "yellow",
    "brightbrown": "bright_yellow",
    "bfightmagenta": "bright_magenta",
}
"""Colours that pyte 0.8.2 calls otherwise than Rich does."""
_COLOURS: Final = [(red, green, blue) for red, green, blue in VGA]
_CONSOLE: Final = TerminalTheme(_COLOURS[0], _COLOURS[7], _COLOURS[:8], _COLOURS[8:])


class Foreign:
    """A running installer. Keys are counted as a person presses them, bytes as it sends them."""

    def __init__(self, name: str, argv: Sequence[str], *, term: str) -> None:
        self._name = name
        kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        self._began = self._last = time.monotonic()
        self._child: pexpect.spawn[bytes] = pexpect.spawn(
            argv[0],
            list(argv[1:]),
            env={**kept, "TERM": term, "LANG": "C.UTF-8"},
            dimensions=(ROWS, COLUMNS),
            timeout=None,
        )
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self.keys = 0
        self.size_bytes = 0

    @property
    def seconds(self) -> float:
        """From its start to the last byte that came."""
        return self._last - self._began

    @property
    def text(self) -> str:
        """What it shows."""
        return "\n".join(row.rstrip() for row in self._screen.display)

    @property
    def row(self) -> str:
        """The row that has the cursor."""
        return self._screen.display[self._screen.cursor.y]

    def shows(self, words: str, *, within: float = 60.0) -> None:
        """Wait until `words` are there and nothing more comes. Raises AssertionError."""
        deadline = time.monotonic() + within
        while True:
            came = self._read()
            if words in self.text and not came:
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"{self._name} did not show {words!r}:\n{self.text}")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other; each of them is seen before the next."""
        for key in keys:
            self._child.send(key)
            self.keys += 1
            self._read(0.4, begin=BUSY)

    def type(self, text: str) -> None:
        """Type a text, which is no count of keys: it would be as long elsewhere.

        Letter by letter: urwid 2.6 leaves 27 at once unread until the next key.
        """
        for letter in text:
            self._child.send(letter)
            self._read(0.1)
        self._read(0.4)

    def picture(self, step: str) -> None:
        """Keep what it shows, as SVG, and say what it took to come here."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"{self._name}-{step}.svg"
        path.write_text(self._svg(f"{self._name}-{step}"), encoding="utf-8")
        self.tell(step)

    def tell(self, step: str) -> None:
        """Say what it took to come here."""
        figures = f"{self.keys} keys, {self.size_bytes} bytes, {self.seconds:.1f} s"
        print(f"{self._name} {step}: {figures}", flush=True)

    def close(self) -> None:
        """End it."""
        self._child.close(force=True)

    def _read(self, quiet: float = QUIET, begin: float = 0.0) -> bool:
        """Take what comes until nothing does, or only what a cursor that blinks sends; whether
        anything came. It may take `begin` seconds to begin."""
        came = False
        deadline = time.monotonic() + max(2 * quiet, begin)
        while time.monotonic() < deadline:
            wait = quiet if came else max(quiet, begin)
            try:
                read = self._child.read_nonblocking(65536, timeout=wait)
            except (pexpect.TIMEOUT, pexpect.EOF):
                return came
            self._last = time.monotonic()
            self.size_bytes += len(read)
            self._stream.feed(read)
            came = True
        return False

    def _svg(self, name: str) -> str:
        console = Console(
            record=True,
            width=COLUMNS,
            file=io.StringIO(),
            force_terminal=True,
            color_system="truecolor",
        )
        for row in range(ROWS):
            cells = (self._screen.buffer[row][column] for column in range(COLUMNS))
            runs = groupby(cells, key=_style)
            parts = [("".join(cell.data for cell in run), style) for style, run in runs]
            console.print(Text.assemble(*parts, no_wrap=True))
        return with_name(console.export_svg(title=self._name, theme=_CONSOLE), name)


def _style(cell: pyte.screens.Char) -> Style:
    return Style(
        color=_colour(cell.fg), bgcolor=_colour(cell.bg), bold=cell.bold, reverse=cell.reverse
    )


def _colour(name: str) -> str | None:
    if name == "default":
        return None
    if len(name) == 6 and all(each in "0123456789abcdef" for each in name.lower()):
        return f"#{name}"
    return _NAMES.get(name, name.replace("bright", "bright_"))
