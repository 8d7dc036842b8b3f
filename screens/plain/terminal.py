"""A terminal in its own line mode: lines out, lines in, and nothing else.

No cursor movement, no colours, no carriage return. The kernel's line editing stays as the person
has set it up (stty(1)); only the echo is switched off for what is secret, and put back after it.
"""

import contextlib
import fcntl
import os
import select
import signal
import struct
import sys
import termios
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final, Protocol

from screens.console import COLUMNS

_READ_BYTES: Final = 4096
"""termios(3): a line in canonical mode has at most so many."""
_LOCAL: Final = 3
"""Place of c_lflag in what termios.tcgetattr gives."""
_LINE_ENDS: Final = (b"\n", b"\r")
_WINSIZE: Final = struct.Struct("HHHH")
_LEAST: Final = 40
"""Columns; a terminal that says it has fewer breaks the lines by itself."""
_INTERRUPT: Final = b"i"
_HANG_UP: Final = b"h"


Handler = Callable[[int, FrameType | None], None] | signal.Handlers


class HungUp(Exception):
    """There is nobody at the other end of the line any more."""


class EndOfInput(Exception):
    """Ctrl+D."""


class Interrupt(Exception):
    """Ctrl+C."""


class Terminal(Protocol):
    """What plain mode needs of one."""

    @property
    def width(self) -> int:
        """Columns to fill with text."""
        ...

    def write(self, text: str) -> None:
        """Text with newlines only. Raises HungUp."""
        ...

    def read_line(self, seconds: float) -> str | None:
        """A line without its end; None when none came within `seconds`.

        Raises EndOfInput, Interrupt or HungUp.
        """
        ...

    def forget(self) -> None:
        """Throw away what was typed before now: it must not answer what nobody has read."""
        ...

    def hidden(self) -> contextlib.AbstractContextManager[None]:
        """As long as it is entered, what is typed is not shown."""
        ...


class RealTerminal:
    """The terminal behind two file descriptors, which are this process's own while it is entered.

    Ctrl+C and a hang-up arrive where a line is read, and nowhere else. Ctrl+Z and Ctrl+\\ do
    nothing: stopped or dead with its echo off, a console without job control is lost.
    """

    def __init__(self, *, stdin: int, stdout: int) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self._typed = b""
        self._wake_out, self._wake_in = -1, -1

    def __enter__(self) -> "RealTerminal":
        self._wake_out, self._wake_in = os.pipe()
        handlers: dict[signal.Signals, Handler] = {
            signal.SIGINT: self._interrupted,
            signal.SIGHUP: self._hung_up,
            signal.SIGTERM: self._hung_up,
            signal.SIGQUIT: signal.SIG_IGN,
            signal.SIGTSTP: signal.SIG_IGN,
        }
        self._before = {name: signal.signal(name, handler) for name, handler in handlers.items()}
        return self

    def __exit__(self, *_: object) -> None:
        for name, handler in self._before.items():
            signal.signal(name, handler)
        os.close(self._wake_out)
        os.close(self._wake_in)

    @property
    def width(self) -> int:
        """See Terminal."""
        try:
            size = fcntl.ioctl(self._stdin, termios.TIOCGWINSZ, bytes(_WINSIZE.size))
        except OSError:
            return COLUMNS - 1
        _rows, columns, *_pixels = _WINSIZE.unpack(size)
        # One less: many terminals go to the next line by themselves after the last column.
        return max(_LEAST, min(columns or COLUMNS, COLUMNS)) - 1

    def write(self, text: str) -> None:
        """See Terminal."""
        data = text.encode(sys.stdout.encoding, "replace")
        try:
            while data:
                data = data[os.write(self._stdout, data) :]
        except OSError:
            raise HungUp from None

    def read_line(self, seconds: float) -> str | None:
        """See Terminal."""
        while True:
            line = self._whole_line()
            if line is not None:
                return line
            ready, _, _ = select.select([self._wake_out, self._stdin], [], [], seconds)
            if self._wake_out in ready:
                self._typed = b""
                raise Interrupt if os.read(self._wake_out, 1) == _INTERRUPT else HungUp
            if not ready:
                return None
            self._read()

    def forget(self) -> None:
        """See Terminal."""
        self._typed = b""
        with contextlib.suppress(termios.error):
            termios.tcflush(self._stdin, termios.TCIFLUSH)

    @contextlib.contextmanager
    def hidden(self) -> Iterator[None]:
        """See Terminal. The end of a line is echoed: what is said next has a line of its own."""
        try:
            before = termios.tcgetattr(self._stdin)
            silent = before.copy()
            silent[_LOCAL] = (silent[_LOCAL] & ~termios.ECHO) | termios.ECHONL
            # What was typed before now was seen by everybody, and is no secret; where it was not
            # seen, it is the second of two lines.
            seen = before[_LOCAL] & termios.ECHO
            termios.tcsetattr(self._stdin, termios.TCSAFLUSH if seen else termios.TCSANOW, silent)
        except termios.error:
            raise HungUp from None
        try:
            yield
        finally:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._stdin, termios.TCSANOW, before)

    def _whole_line(self) -> str | None:
        ends = [place for end in _LINE_ENDS if (place := self._typed.find(end)) >= 0]
        if not ends:
            return None
        line, self._typed = self._typed[: min(ends)], self._typed[min(ends) + 1 :]
        # A byte of line noise, or of a Latin-1 keyboard, ends nothing.
        return line.decode("utf-8", "replace")

    def _read(self) -> None:
        try:
            read = os.read(self._stdin, _READ_BYTES)
            if not read:
                termios.tcgetattr(self._stdin)
        except (OSError, termios.error):
            raise HungUp from None
        if not read:
            self._typed = b""
            raise EndOfInput
        self._typed += read

    def _interrupted(self, _signal: int, _frame: FrameType | None) -> None:
        os.write(self._wake_in, _INTERRUPT)

    def _hung_up(self, _signal: int, _frame: FrameType | None) -> None:
        os.write(self._wake_in, _HANG_UP)
