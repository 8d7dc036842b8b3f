"""``./dev record``: an installation in a virtual machine, as docs/pictures/install.svg.

What comes over the serial line is written down with its times (asciicast v2), and termtosvg makes
an animated picture of it.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from tests.vm import booted_live, live, screens, tui_serial
from tests.vm.machine import VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Scenario, Stage, run
from tests.vm.serial import COLUMNS, ROWS
from tests.vm.tongue import english

PICTURE: Final = Path("docs/pictures/install.svg")
LONGEST_MS: Final = 1500
"""Of a frame: a machine without KVM takes its time, and whoever looks has less."""
SHORTEST_MS: Final = 150


class Cast:
    """A log that knows when each part came; its name ends in .cast."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")
        header = {"version": 2, "width": COLUMNS, "height": ROWS}
        self._file.write(json.dumps(header) + "\n")
        self._began = time.monotonic()

    def write(self, text: str) -> None:
        """See io.TextIOBase."""
        self._file.write(json.dumps([time.monotonic() - self._began, "o", text]) + "\n")

    def flush(self) -> None:
        """See io.TextIOBase."""
        self._file.flush()

    def close(self) -> None:
        """See io.TextIOBase."""
        self._file.close()


def record(stage: Stage) -> None:
    """From the first screen to the last; the picture is left in docs/pictures."""
    hardware = booted_live.bring_back(stage)
    recording = stage.folder / "install.cast"
    with serving(stage.release) as url, VirtualMachine(hardware, stage.folder) as machine:
        live.wake(machine.serial)
        machine.serial.log_to(Cast(recording))
        machine.serial.type(live.CTRL_L)
        tui_serial.answer(stage, machine.serial, url, english)
        machine.serial.screen_with("AtomOS is installed", within=tui_serial.RUN_WITHIN)
        machine.serial.screen_with("[ Restart the machine ]", within=screens.SCREEN_WITHIN)
    frames = ["-m", str(SHORTEST_MS), "-M", str(LONGEST_MS)]
    argv = [sys.executable, "-m", "termtosvg", "render", str(recording), str(PICTURE), *frames]
    subprocess.run(argv, check=True)
    stage.say(f"{PICTURE}: {PICTURE.stat().st_size >> 10} KiB")


if __name__ == "__main__":
    scenario = Scenario("record", "an installation by key presses, as an animated picture", record)
    run(scenario, Path("build/vm"), print)
