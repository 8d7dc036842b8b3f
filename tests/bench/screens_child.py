"""The installer's screens, as the benchmark starts them on a terminal.

``real RUN_DIRECTORY linux|serial``: the command line, the session and the app as the live system
starts them. Disks are listed, and none is looked into for an unfinished installation: the machine
that measures is not to be opened.

``scene NAME READY linux|serial``: the app with a session made by hand, walked to a scene of
`tests.ui.scenes`; a byte on the descriptor READY says that it is there.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from installer import cli
from installer.__main__ import LiveParts

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from installer.answers import Answers
    from installer.session import Session
    from installer.session_local import LocalSession
    from installer.stores import Stores
    from installer.traces import BootContent


@dataclass(frozen=True)
class BenchParts(LiveParts):
    """The real parts, but for what is inside of disks."""

    serial: bool

    def local_session(self, run: Path, *, unattended: bool) -> "LocalSession":
        """See LiveParts."""
        session = super().local_session(run, unattended=unattended)
        return replace(session, sources=replace(session.sources, boots=ClosedDisks()))

    def on_screens(
        self,
        session: "Session",
        read: "Callable[[], Answers] | None",
        stores: "Callable[[], Stores]",
    ) -> int:
        """See LiveParts; a pty says by its name that it is no serial line."""
        from screens.app import run

        return run(session, serial=self.serial, read=read, stores=stores)


class ClosedDisks:
    """Boot partitions nobody looks into."""

    def look(self, _partition: str) -> "BootContent":
        """See BootPartitions."""
        from installer.traces import BootContent

        return BootContent(journal=None, was_started=False)


def scene(name: str, ready: int, *, serial: bool) -> None:
    """One scene, until it is killed."""
    from screens import console

    console.prepare(fd=sys.stdin.fileno(), environment=os.environ, serial=serial)
    from screens.console_driver import ConsoleDriver
    from screens.wizard import AtomosApp
    from tests.ui.fake_session import STARTED
    from tests.ui.fake_store import fake_stores
    from tests.ui.reading import draw_key
    from tests.ui.scenes import SCENES

    wanted = next(each for each in SCENES if each.name == name)

    async def walk(pilot: "Pilot[Any]") -> None:
        await wanted.walk(pilot)
        os.write(ready, b".")

    app = AtomosApp(
        wanted.session(),
        serial=serial,
        draws_half_blocks=not serial,
        clock=lambda: STARTED + 21,
        draw=draw_key,
        driver_class=ConsoleDriver,
        read=wanted.read,
        stores=fake_stores,
    )
    app.run(mouse=False, auto_pilot=walk)


def main(what: str, *arguments: str) -> None:
    """See above."""
    serial = arguments[-1] == "serial"
    if what == "real":
        cli.main(["--run-dir", arguments[0]], BenchParts(serial=serial))
    else:
        scene(arguments[0], int(arguments[1]), serial=serial)


if __name__ == "__main__":
    main(*sys.argv[1:])
