"""Nothing is sent to a terminal that it shows already, and what it shows is right all the same."""

import os
import random
import signal

import pytest
from rich.console import Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from screens.shown import Difference, Shown
from tests.ui.terminal import COLUMNS, ROWS, Terminal, console

PAINT_AGAIN = "\x0c"
KEYS = (
    *("\x1b[A", "\x1b[B") * 4,
    "\x1b[5~",
    "\x1b[6~",
    " ",
    "x",
    "\x7f",
    "\r",
    "\x1b[[A",
    "\x1b[[B",
)
MOST_FOR_A_PAGE = 2
"""Times what a page in whole takes: parts of it move when it is laid out for good. It was 4."""


def cells(terminal: Terminal) -> list[list[object]]:
    """What a person sees of each cell: the character, its colours, how it is set off."""
    buffer = terminal.screen.buffer
    return [[buffer[y][x] for x in range(COLUMNS)] for y in range(ROWS)]


def settled(terminal: Terminal) -> list[list[object]]:
    """The cells when nothing has come for 1.8 s: on a busy machine a page takes its time, and a
    passphrase is judged 0.3 s after the last key, and told a little later."""
    for _ in range(6):
        terminal.comes_to_rest()
    return cells(terminal)


def sent_for(terminal: Terminal, keys: str) -> int:
    """Bytes."""
    before = len(terminal.sent)
    terminal.press(keys)
    settled(terminal)
    return len(terminal.sent) - before


def paint_again(terminal: Terminal) -> None:
    """Ctrl+L, and all that comes for it."""
    before = len(terminal.sent)
    terminal.press(PAINT_AGAIN)
    terminal.until(lambda: len(terminal.sent) - before > COLUMNS * ROWS, "a whole paint")
    terminal.comes_to_rest()


@pytest.mark.parametrize("term", ["linux", "vt220"])
def test_a_page_that_opens_is_sent_once(term: str) -> None:
    with console("fresh", term=term) as terminal:
        terminal.shows("[ ] Take this release even if it is UNSIGNED")
        settled(terminal)
        whole = sent_for(terminal, PAINT_AGAIN)
        assert whole > COLUMNS * ROWS
        for key, words in (("\r", "> 0.1.0"), ("\r", "> /dev/nvme0n1"), ("\x1b[[A", "[ Close ]")):
            size = sent_for(terminal, key)
            assert words in terminal.text()
            assert size < MOST_FOR_A_PAGE * whole, words
        assert terminal.sent.count(b"AtomOS installer") == 5, "once a page, and for Ctrl+L"


@pytest.mark.parametrize(("scene", "seed"), [("fresh", 1), ("kept", 2), ("unfinished", 2)])
def test_whatever_is_pressed_the_terminal_shows_what_a_whole_paint_does(
    scene: str, seed: int
) -> None:
    drawn = random.Random(seed)
    with console(scene, term="linux") as terminal:
        terminal.shows("Ctrl+Q  Shell")
        for _ in range(6):
            terminal.press("".join(drawn.choices(KEYS, k=5)))
            seen = settled(terminal)
            terminal.screen.reset()
            paint_again(terminal)
            assert cells(terminal) == seen


def test_all_is_sent_again_when_the_size_was_another_in_between() -> None:
    with console("fresh", term="linux") as terminal:
        terminal.shows("[ ] Take this release even if it is UNSIGNED")
        seen = settled(terminal)
        terminal.child.setwinsize(ROWS, COLUMNS - 20)
        terminal.child.setwinsize(ROWS, COLUMNS)
        terminal.screen.reset()
        terminal.until(lambda: cells(terminal) == seen, "the same picture again")


def test_all_is_sent_again_when_only_the_end_of_a_resize_is_heard_of() -> None:
    with console("fresh", term="linux") as terminal:
        terminal.shows("[ ] Take this release even if it is UNSIGNED")
        seen = settled(terminal)
        terminal.screen.reset()
        process = terminal.child.pid
        assert process is not None
        os.kill(process, signal.SIGWINCH)
        terminal.until(lambda: cells(terminal) == seen, "the same picture again")


def test_all_is_sent_again_after_a_shell_in_between() -> None:
    with console("fresh", term="linux") as terminal:
        terminal.shows("[ ] Take this release even if it is UNSIGNED")
        seen = settled(terminal)
        process = terminal.child.pid
        assert process is not None
        os.kill(process, signal.SIGTSTP)
        terminal.comes_to_rest()
        terminal.screen.reset()
        os.kill(process, signal.SIGCONT)
        terminal.until(lambda: cells(terminal) == seen, "the same picture again")


def row(*texts: str) -> list[Strip]:
    return [Strip([Segment(text)]) for text in texts]


def painted(shown: Shown, *rows: list[Strip]) -> str:
    """A layout that begins in the first row."""
    region = Region(0, 0, 6, len(rows))
    return Difference(LayoutUpdate(list(rows), region), shown).render_segments(Console())


def test_of_a_row_the_pieces_that_differ_are_sent() -> None:
    shown = Shown()
    assert painted(shown, row("ab", "cd", "ef"), row("gh")) == "\x1b[1;1Habcdef\x1b[2;1Hgh"
    assert painted(shown, row("ab", "CD", "EF"), row("gh")) == "\x1b[1;3HCDEF"
    assert painted(shown, row("ab", "CD", "EF"), row("gh")) == ""


def test_a_piece_that_was_written_over_in_part_is_sent_again() -> None:
    shown = Shown()
    painted(shown, row("abcd", "ef"))
    chops = ChopsUpdate([{2: row("XY")[0]}], [(0, 2, 4)], [[4]])
    assert Difference(chops, shown).render_segments(Console()) == "\x1b[1;3HXY"
    assert painted(shown, row("abcd", "ef")) == "\x1b[1;1Habcd"


def test_of_a_piece_that_ends_behind_its_span_the_rest_is_not_sent() -> None:
    chops = ChopsUpdate([{0: row("abcd")[0], 4: row("ef")[0]}], [(0, 0, 3)], [[4, 6]])
    assert Difference(chops, Shown()).render_segments(Console()) == "\x1b[1;1Habc"


def test_what_is_forgotten_is_sent_again() -> None:
    shown = Shown()
    first = painted(shown, row("ab"))
    shown.forget()
    assert painted(shown, row("ab")) == first
