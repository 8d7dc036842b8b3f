"""``./dev record``: an installation in a virtual machine, as docs/pictures/install.svg.

What comes over the serial line is cut into frames (asciicast v2), and termtosvg makes an animated
picture of them. A machine without KVM takes its time, and whoever looks has less: no frame is there
for longer than a second or two, and the run itself is in time-lapse.
"""

import itertools
import json
import subprocess
import sys
import tempfile
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
SETTLED_SECONDS: Final = 0.3
"""Without a byte, after which what stands there is a frame: a page, or a word that was typed."""
SHORTEST_SECONDS, LONGEST_SECONDS = 0.4, 1.5
RUN_FRAMES: Final = 40
RUN_FRAME_SECONDS: Final = 0.4
LAST_MILLISECONDS: Final = 5000
PASSPHRASE: Final = "violin harbour copper lantern"

Part = tuple[float, str]
"""What came, and at which second."""


class Film:
    """A log that knows when each part came."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.run_begins = 0
        """How many parts came before the installation ran."""

    def write(self, text: str) -> None:
        """See Log."""
        self.parts.append((time.monotonic(), text))

    def flush(self) -> None:
        """See Log."""

    def close(self) -> None:
        """See Log."""

    def the_run_begins(self) -> None:
        """What comes from now on is in time-lapse."""
        self.run_begins = len(self.parts)

    def asciicast(self) -> str:
        """The frames, with the second that each comes at."""
        lines: list[object] = [{"version": 2, "width": COLUMNS, "height": ROWS}]
        at = 0.0
        asked, ran = self.parts[: self.run_begins], self.parts[self.run_begins :]
        for seconds, text in (*settled(asked), *time_lapse(ran)):
            lines.append([at, "o", text])
            at += seconds
        return "".join(f"{json.dumps(line)}\n" for line in lines)


def settled(parts: list[Part]) -> list[Part]:
    """Frames, each with its seconds: what came without a pause in between."""
    frames: list[Part] = []
    text = ""
    for (came, part), (following, _) in itertools.pairwise([*parts, (float("inf"), "")]):
        text += part
        if following - came > SETTLED_SECONDS:
            frames.append((min(max(following - came, SHORTEST_SECONDS), LONGEST_SECONDS), text))
            text = ""
    return frames


def time_lapse(parts: list[Part]) -> list[Part]:
    """Frames of equally many parts, each for as long as the others."""
    size = -(-len(parts) // RUN_FRAMES)
    groups = itertools.groupby(enumerate(parts), key=lambda numbered: numbered[0] // size)
    return [(RUN_FRAME_SECONDS, "".join(text for _, (_, text) in group)) for _, group in groups]


def record(stage: Stage) -> None:
    """From the first screen to the last; the picture is left in docs/pictures."""
    hardware = booted_live.bring_back(stage)
    film = Film()
    with serving(stage.release) as url, VirtualMachine(hardware, stage.folder) as machine:
        live.wake(machine.serial)
        machine.serial.log_to(film)
        machine.serial.type(live.CTRL_L)
        tui_serial.answer(stage, machine.serial, url, english, PASSPHRASE)
        film.the_run_begins()
        machine.serial.screen_with("AtomOS is installed", within=tui_serial.RUN_WITHIN)
        machine.serial.screen_with("[ Restart the machine ]", within=screens.SCREEN_WITHIN)
        machine.serial.wait_for_silence()
    render(film)
    stage.say(f"{PICTURE}: {PICTURE.stat().st_size >> 10} KiB")


def render(film: Film) -> None:
    """As the animated picture."""
    with tempfile.NamedTemporaryFile("w", suffix=".cast", encoding="utf-8") as cast:
        cast.write(film.asciicast())
        cast.flush()
        argv = [sys.executable, "-m", "termtosvg", "render", cast.name, str(PICTURE)]
        subprocess.run([*argv, "--loop-delay", str(LAST_MILLISECONDS)], check=True)
    # termtosvg has blanks kept by a style that not everything knows which shows such a picture.
    whole = PICTURE.read_text(encoding="utf-8")
    kept = whole.replace('<svg id="screen"', '<svg id="screen" xml:space="preserve"')
    PICTURE.write_text(kept, encoding="utf-8")


if __name__ == "__main__":
    scenario = Scenario("record", "an installation by key presses, as an animated picture", record)
    run(scenario, Path("build/vm"), print)
