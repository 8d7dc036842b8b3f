"""The installer's screens, as the benchmark starts them on a terminal.

``real RUN_DIRECTORY linux|serial``: the command line, the session and the app as the live system
starts them. Disks are listed, and one more that is not there; none is looked into for an unfinished
installation: the machine that measures is not to be opened. The release on offer is the one whose
address is in the file ``source`` beside the run directory, if any.

``scene NAME READY linux|serial``: the app with a session made by hand, walked to a scene of
`tests.ui.scenes`; a byte on the descriptor READY says that it is there.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from installer import cli
from installer.__main__ import LiveParts

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from installer.answers import Answers
    from installer.hardware import HardwareSource, Machine
    from installer.session import Session
    from installer.session_local import LocalSession
    from installer.stores import Stores
    from installer.traces import BootContent


DISK: Final = "sdx"


@dataclass(frozen=True)
class BenchParts(LiveParts):
    """The real parts, but for what is inside of disks."""

    serial: bool

    def local_session(self, run: Path, *, unattended: bool) -> "LocalSession":
        """See LiveParts."""
        session = super().local_session(run, unattended=unattended)
        hardware = OneDiskMore(session.sources.hardware)
        sources = replace(session.sources, hardware=hardware, boots=ClosedDisks())
        return replace(session, sources=sources, source_files=(run.with_name("source"),))

    def on_screens(
        self,
        session: "Session",
        read: "Callable[[], Answers] | None",
        stores: "Callable[[], Stores]",
    ) -> int:
        """See LiveParts; a pty says by its name that it is no serial line."""
        from screens.app import run

        return run(session, serial=self.serial, read=read, stores=stores)


@dataclass(frozen=True)
class OneDiskMore:
    """This machine, as if it had an empty disk too, and all that an installation takes."""

    here: "HardwareSource"

    def machine(self) -> "Machine":
        """See HardwareSource."""
        from installer.hardware import Disk

        machine = self.here.machine()
        blank = Disk(path=f"/dev/{DISK}", size_bytes=10**12, model="Bench")
        return replace(
            machine,
            disks=(*machine.disks, blank),
            missing_tools=(),
            missing_files=(),
            root=True,
        )


class ClosedDisks:
    """Boot partitions nobody looks into."""

    def look(self, _partition: str) -> "BootContent":
        """See BootPartitions."""
        from installer.traces import BootContent

        return BootContent(journal=None, was_started=False)


def scene(name: str, ready: int, *, serial: bool) -> None:
    """One scene, until it is killed."""
    from screens import console
    from screens.left_out import load_asyncio, load_hashes

    console.prepare(fd=sys.stdin.fileno(), environment=os.environ, serial=serial)
    # As screens.app and the first page do.
    load_asyncio()
    load_hashes()
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
