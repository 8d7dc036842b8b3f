"""Setting up the console before Textual is imported: it reads its environment only once."""

import fcntl
import os
import struct
import termios
from array import array
from collections.abc import MutableMapping
from typing import Final

ROWS: Final = 24
COLUMNS: Final = 80
_WINSIZE: Final = struct.Struct("HHHH")
_MOUSE_TERMS: Final = ("xterm", "tmux", "screen", "rxvt")
_SERIAL_TTYS: Final = ("ttyS", "ttyAMA", "ttyUSB", "ttyACM", "ttySC", "ttymxc", "hvc", "xvc")

_GIO_UNIMAP: Final = 0x4B66
"""ioctl_console(2): which characters the console's font has."""
_UNIMAP: Final = struct.Struct("@HP")
_UNIMAP_ENTRIES: Final = 65535
_PLAIN_TERMINALS: Final = ("dumb", "vt")
"""Beginnings of TERM for what has a character set of its own, or none."""

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
    # 115200 bit/s carry 11.5 KB/s, and a full paint is 3 to 5 KB: do not queue up paints.
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


def has_mouse(term: str, *, serial: bool) -> bool:
    """Whether the terminal tells of its mouse as xterm does (ctlseqs, "Mouse Tracking")."""
    return not serial and term.startswith(_MOUSE_TERMS)


def draws(glyphs: str, *, fd: int, term: str, serial: bool) -> bool:
    """Whether the terminal behind `fd` shows these characters.

    The kernel's console is asked for its font: those of console-setup (Lat15, Uni2) lack ▀ and ▄.
    Others that are no serial line are windows of a graphical system, which draw anything.
    """
    if serial or term.startswith(_PLAIN_TERMINALS):
        return False
    characters = font_of(fd)
    return characters is None or characters.issuperset(glyphs)


def font_of(fd: int) -> frozenset[str] | None:
    """The characters in the font of the kernel's console; None where `fd` is none."""
    pairs = array("H", bytes(4 * _UNIMAP_ENTRIES))
    address, _ = pairs.buffer_info()
    request = bytearray(_UNIMAP.pack(_UNIMAP_ENTRIES, address))
    try:
        fcntl.ioctl(fd, _GIO_UNIMAP, request)
    except OSError:
        return None
    count, _ = _UNIMAP.unpack(request)
    return frozenset(chr(code) for code in pairs[: 2 * count : 2])


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
