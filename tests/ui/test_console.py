"""Setting a terminal up, on a real pty."""

import ctypes
import fcntl
import os
import pty
import select
import struct
import termios
from collections.abc import Iterator

import pytest

from screens import console


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a pty: ours, and the app's."""
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


def size_of(fd: int) -> tuple[int, int]:
    rows, columns, *_ = struct.unpack("HHHH", fcntl.ioctl(fd, termios.TIOCGWINSZ, bytes(8)))
    return rows, columns


def test_a_line_without_a_size_gets_one(terminal: tuple[int, int]) -> None:
    console.prepare(fd=terminal[1], environment={}, serial=True)
    assert size_of(terminal[1]) == (24, 80)


@pytest.mark.parametrize(
    ("term", "serial", "drawn"),
    [
        ("linux", False, True),
        ("xterm-256color", False, True),
        ("vt220", False, False),
        ("dumb", False, False),
        ("linux", True, False),
    ],
)
def test_half_blocks_on_what_is_no_console_of_the_kernel(
    terminal: tuple[int, int], term: str, serial: bool, drawn: bool
) -> None:
    assert console.draws("▀▄█", fd=terminal[1], term=term, serial=serial) is drawn


@pytest.mark.parametrize(("font", "drawn"), [("Aa█▀▄", True), ("Aa█░", False), ("", False)])
def test_half_blocks_on_the_kernel_s_console_are_in_its_font_or_not(
    font: str, drawn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ioctl_console(2): GIO_UNIMAP fills in pairs of a character and its place in the font."""

    def ioctl(fd: int, request: int, argument: bytearray) -> int:
        room, address = struct.unpack("@HP", argument)
        pairs = [(ord(character), place) for place, character in enumerate(font)]
        filled = b"".join(struct.pack("@HH", *pair) for pair in pairs)
        assert (request, len(pairs) <= room) == (0x4B66, True)
        ctypes.memmove(address, filled, len(filled))
        argument[:] = struct.pack("@HP", len(pairs), address)
        return 0

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    assert console.draws("▀▄█", fd=0, term="linux", serial=False) is drawn


def test_a_terminal_that_knows_its_size_keeps_it(terminal: tuple[int, int]) -> None:
    fcntl.ioctl(terminal[1], termios.TIOCSWINSZ, struct.pack("HHHH", 50, 132, 0, 0))
    console.prepare(fd=terminal[1], environment={}, serial=False)
    assert size_of(terminal[1]) == (50, 132)


def test_what_was_typed_before_is_thrown_away(terminal: tuple[int, int]) -> None:
    ours, theirs = terminal
    os.write(ours, b"yes\n")
    assert select.select([theirs], [], [], 5.0)[0], "it has arrived"
    console.prepare(fd=theirs, environment={}, serial=False)
    assert not select.select([theirs], [], [], 0)[0]


def test_textual_is_told_what_the_console_can_do(terminal: tuple[int, int]) -> None:
    environment = {"TEXTUAL_THEME": "nord", "ESCDELAY": "25"}
    console.prepare(fd=terminal[1], environment=environment, serial=False)
    assert environment["ESCDELAY"] == "300"
    assert environment["TEXTUAL_COLOR_SYSTEM"] == "standard"
    assert "TEXTUAL_THEME" not in environment
    assert "TEXTUAL_FPS" not in environment
    console.prepare(fd=terminal[1], environment=environment, serial=True)
    assert environment["TEXTUAL_FPS"] == "10"


def test_without_a_terminal_only_the_environment_is_set() -> None:
    reading, writing = os.pipe()
    environment: dict[str, str] = {}
    console.prepare(fd=reading, environment=environment, serial=False)
    assert environment["ESCDELAY"] == "300"
    os.close(reading)
    os.close(writing)


def test_a_pty_and_a_pipe_are_no_serial_line(terminal: tuple[int, int]) -> None:
    reading, writing = os.pipe()
    assert not console.is_serial(terminal[1])
    assert not console.is_serial(reading)
    os.close(reading)
    os.close(writing)
