"""Setting up the console before Textual is imported: it reads its environment only once."""

import fcntl
import os
import struct
import termios
from collections.abc import MutableMapping
from typing import Final

ROWS: Final = 24
COLUMNS: Final = 80
_WINSIZE: Final = struct.Struct("HHHH")
_SERIAL_TTYS: Final = ("ttyS", "ttyAMA", "ttyUSB", "ttyACM", "ttySC", "ttymxc", "hvc", "xvc")

_ENVIRONMENT: Final = {
    # In milliseconds. At 100 a slow F-key of the Linux console arrives as Esc and types "[[A".
    "ESCDELAY": "300",
    # TERM=linux and TERM=dumb are taken for true colour otherwise.
    "TEXTUAL_COLOR_SYSTEM": "standard",
    # Neither the kernel's console nor a serial terminal knows the kitty keyboard protocol.
    "TEXTUAL_DISABLE_KITTY_KEY": "1",
    "TEXTUAL_ANIMATIONS": "none",
}
_SERIAL_ENVIRONMENT: Final = {
    # 115200 bit/s carry 11.5 KB/s, and a full paint is 12 to 16 KB: do not queue up paints.
    "TEXTUAL_FPS": "10",
}


def prepare(*, fd: int, environment: MutableMapping[str, str], serial: bool) -> None:
    """Set the environment and the terminal behind `fd` up; without a terminal only the former.

    What somebody typed before there was anything to see is thrown away: it must not answer.
    """
    environment.update(_ENVIRONMENT)
    environment.pop("TEXTUAL_THEME", None)
    if serial:
        environment.update(_SERIAL_ENVIRONMENT)
    if os.isatty(fd):
        _give_size(fd)
        termios.tcflush(fd, termios.TCIFLUSH)


def is_serial(fd: int) -> bool:
    """Whether `fd` is a serial line, by the name of its device."""
    try:
        name = os.ttyname(fd)
    except OSError:
        return False
    return name.removeprefix("/dev/").startswith(_SERIAL_TTYS)


def let_go() -> None:
    """Put /dev/null in the place of a terminal that is gone.

    Python flushes its output when it ends, and exits with 120 of its own when that fails.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)


def _give_size(fd: int) -> None:
    """A serial line does not know its size and says 0 0: 80x24 is what every terminal has."""
    rows, columns, *_ = _WINSIZE.unpack(fcntl.ioctl(fd, termios.TIOCGWINSZ, bytes(_WINSIZE.size)))
    if rows == 0 or columns == 0:
        fcntl.ioctl(fd, termios.TIOCSWINSZ, _WINSIZE.pack(ROWS, COLUMNS, 0, 0))
