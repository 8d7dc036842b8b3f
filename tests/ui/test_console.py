"""Setting a terminal up, on a real pty."""

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
