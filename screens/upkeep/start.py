"""The way in: set up the terminal, then load Textual, then run the app."""

import os
import sys
from typing import TYPE_CHECKING

from screens import console
from screens.left_out import load_asyncio, load_hashes

if TYPE_CHECKING:
    from installer.upkeep.session import Upkeep


def run(upkeep: "Upkeep", *, place: str, serial: bool | None = None) -> int:
    """Show the screens on this terminal until the person leaves; the value is a `Leave`.

    `place`: where releases of this system are, as far as it is written down. `serial`: as in
    `screens.app.run`. Raises what went wrong unexpectedly, after the terminal was put back.
    """
    fd = sys.stdin.fileno()
    on_serial = console.is_serial(fd) if serial is None else serial
    console.prepare(fd=fd, environment=os.environ, serial=on_serial)

    load_asyncio()
    load_hashes()
    # Only now: textual.constants reads ESCDELAY and its kin when it is imported.
    from screens.console_driver import ConsoleDriver
    from screens.leave import Leave
    from screens.upkeep.app import UpkeepApp

    app = UpkeepApp(upkeep, place=place, serial=on_serial, driver_class=ConsoleDriver)
    app.run(mouse=console.has_mouse(os.environ.get("TERM", "dumb"), serial=on_serial))
    if app.return_code == Leave.HUNG_UP:
        console.let_go()
    if app.unexpected is not None:
        raise app.unexpected
    return app.return_code if app.return_code is not None else Leave.SHELL
