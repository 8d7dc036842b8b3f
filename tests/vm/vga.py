"""The first console of a virtual machine: its keyboard, and what its screen says."""

import base64
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.vm.live import DOWN
from tests.vm.machine import VirtualMachine
from tests.vm.screens import ERASE, KEY_WITHIN, UP
from tests.vm.serial import Line, NeverCame

COLUMNS: Final = 80
ROWS: Final = 25
_CELL: Final = (9, 16)
"""Pixels of a character in VGA's text mode, which has 720 by 400."""
_BLOCKS: Final = " \0█"
"""Characters of one colour alone."""
_NAMED: Final = {DOWN: "down", UP: "up", ERASE: "ctrl-u", "\r": "ret"}
_KEYS: Final = {
    **{letter: letter for letter in "abcdefghijklmnopqrstuvwxyz0123456789"},
    **{letter.upper(): f"shift-{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"},
    **{" ": "spc", "-": "minus", ".": "dot", "/": "slash", ":": "shift-semicolon"},
}
"""Characters, and the keys of an American keyboard by their names in QEMU."""


@dataclass(frozen=True, kw_only=True)
class Console:
    """The person who sits there; `shell` is a root shell on another line, which reads the text."""

    machine: VirtualMachine
    shell: Line

    def type(self, text: str) -> None:
        """Press the keys, one after the other; a letter is seen before the next: the keyboard holds
        16 keys that nobody has read yet, and a letter takes two (press, release)."""
        for key, is_letter in keys_of(text):
            before = self.text() if is_letter else ""
            self.machine.press(key)
            if is_letter:
                self.screen_where(before.__ne__, f"what {key} writes", within=KEY_WITHIN)

    def text(self) -> str:
        """All rows (vcs(4): a cell of /dev/vcsu1 is a character in UTF-32)."""
        packed = self.shell.output_of("gzip -c /dev/vcsu1 | base64 -w0")
        cells = zlib.decompress(base64.b64decode(packed), wbits=31).decode("utf-32-le")
        assert len(cells) == COLUMNS * ROWS, f"a console of {len(cells)} characters"
        return "\n".join(cells[at : at + COLUMNS] for at in range(0, len(cells), COLUMNS))

    def screen_with(self, text: str, *, within: float) -> str:
        """Its text as soon as that holds `text`. Raises NeverCame."""
        return self.screen_where(lambda picture: text in picture, repr(text), within=within)

    def screen_where(self, holds: Callable[[str], bool], what: str, *, within: float) -> str:
        """Its text as soon as something holds of it; `what` says what. Raises NeverCame."""
        deadline = time.monotonic() + within
        while True:
            picture = self.text()
            if holds(picture):
                return picture
            if time.monotonic() > deadline:
                raise NeverCame(f"waited {within:.0f} s for {what}; it showed:\n{picture}")


def colours_in(picture: Path) -> frozenset[tuple[int, int, int]]:
    """Red, green and blue of every colour in a screenshot (PPM)."""
    _width, _height, pixels = pixels_of(picture)
    return frozenset(zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True))


def differences(picture: Path, text: str) -> list[str]:
    """Cells of a screenshot (PPM) that are blank where `text` has a character, or the reverse."""
    pixels, width = _pixels(picture), COLUMNS * _CELL[0]
    found = []
    for row, line in enumerate(text.split("\n")):
        for column, character in enumerate(line):
            colours = set()
            for y in range(row * _CELL[1], (row + 1) * _CELL[1]):
                at = 3 * (y * width + column * _CELL[0])
                stripe = pixels[at : at + 3 * _CELL[0]]
                colours |= {stripe[each : each + 3] for each in range(0, len(stripe), 3)}
            if (len(colours) > 1) == (character in _BLOCKS):
                found.append(f"row {row + 1}, column {column + 1}: {character!r}")
    return found


def pixels_of(picture: Path) -> tuple[int, int, bytes]:
    """Width, height and pixels, three bytes each, of a screenshot (PPM)."""
    kind, size, depth, pixels = picture.read_bytes().split(b"\n", 3)
    assert (kind, depth) == (b"P6", b"255"), (kind, depth)
    width, height = (int(each) for each in size.split())
    return width, height, pixels


def _pixels(picture: Path) -> bytes:
    """Those of a screen in VGA's text mode."""
    width, height, pixels = pixels_of(picture)
    assert (width, height) == (COLUMNS * _CELL[0], ROWS * _CELL[1]), (width, height)
    return pixels


def keys_of(text: str) -> Iterator[tuple[str, bool]]:
    """Each key that writes the text, and whether it writes something."""
    while text:
        name = next((name for name in _NAMED if text.startswith(name)), "")
        yield (_NAMED[name], False) if name else (_KEYS[text[0]], text[0] != " ")
        text = text[len(name) or 1 :]
