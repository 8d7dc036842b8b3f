"""The way in: set up the console, then load Textual, then run the app."""

import gc
import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from screens import console
from screens.drawn_key import DrawnKey, draw_key
from screens.left_out import load_asyncio

if TYPE_CHECKING:
    from installer.answers import Answers
    from installer.session import Session
    from installer.stores import Stores


def run(
    session: "Session",
    *,
    serial: bool | None = None,
    clock: Callable[[], float] = time.time,
    draw: Callable[[], DrawnKey] = draw_key,
    read: "Callable[[], Answers] | None" = None,
    stores: "Callable[[], Stores] | None" = None,
) -> int:
    """Show the screens on this terminal until the person leaves; the value is a `Leave`.

    `serial` says whether the terminal is a serial line; None: look at the device's name. `clock`
    tells seconds since the epoch; `draw` makes a recovery key. `read` reads an answers file to
    begin with; `stores` makes whoever saves answers and logs.

    Raises what went wrong unexpectedly, after the terminal was put back: the caller writes it down.
    """
    fd = sys.stdin.fileno()
    on_serial = console.is_serial(fd) if serial is None else serial
    console.prepare(fd=fd, environment=os.environ, serial=on_serial)

    # Loading makes a hundred thousand objects, and none that has to be looked for. The app puts it
    # on again when all is loaded.
    gc.disable()
    load_asyncio()
    # Only now: textual.constants reads ESCDELAY and its kin when it is imported.
    from screens.console_driver import ConsoleDriver
    from screens.leave import Leave
    from screens.qr_code import NEEDED_GLYPHS
    from screens.wizard import AtomosApp

    term = os.environ.get("TERM", "dumb")
    app = AtomosApp(
        session,
        serial=on_serial,
        draws_half_blocks=console.draws(NEEDED_GLYPHS, fd=fd, term=term, serial=on_serial),
        clock=clock,
        draw=draw,
        font=None if on_serial else console.font_of(fd),
        driver_class=ConsoleDriver,
        read=read,
        stores=stores,
    )
    app.run(mouse=console.has_mouse(term, serial=on_serial))
    if app.return_code == Leave.HUNG_UP:
        console.let_go()
    if app.unexpected is not None:
        raise app.unexpected
    return app.return_code if app.return_code is not None else Leave.SHELL
