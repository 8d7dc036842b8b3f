"""The scenario ``desktop``: examples/desktop, from its folder to Plasma in both slots.

Nobody draws but the processor: the machine has QEMU's standard screen (bochs), and Mesa llvmpipe.
"""

import shutil
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Final

from tests.vm import installed, live, vga
from tests.vm.fallback import started_by_itself
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.release_server import ROOT
from tests.vm.scenario import Stage
from tests.vm.serial import NeverCame, Serial
from tests.vm.unattended import ADA, HOSTNAME, Order, install

FOLDER: Final = ROOT / "examples" / "desktop"
DISK_SIZE: Final = "24G"
MEMORY_MIB: Final = 4096
STEP_WITHIN: Final = 900.0
"""Seconds for a step of the installation: the image is six times that of the other scenarios."""
START_WITHIN: Final = 900.0
GREETER_WITHIN: Final = 600.0
SESSION_WITHIN: Final = 180.0
PLASMA_WITHIN: Final = 900.0
SHOWN_WITHIN: Final = 300.0
"""Seconds until a file that is there is on the screen, too."""
KEPT: Final = Path("build/desktop")
FILE: Final = "/home/ada/Desktop/Mine.png"
COLOUR: Final = (255, 0, 255)
"""What the file is a picture of; neither Plasma nor its wallpaper have any of it."""
AREA: Final = 400
"""Pixels of it, in the preview on the desktop."""
COLOURS: Final = 64
"""Fewer has a console, and a screen where nothing has been drawn yet."""
ANSWER_WITHIN: Final = 240.0
"""Seconds for a word of a machine that draws a desktop."""
_BUILD: Final = """\
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[1]]
import build, layers, recipe, remix_build
rings = build.Keyrings(build.TEST_KEYS)
folder = remix_build.read_folder(Path(sys.argv[2]))
with layers.one_build_at_a_time():
    desktop, _epoch = remix_build.Build(folder).image()
    version, weight = folder.remix.version, recipe.Weight.VM
    medium = build.build(recipe.Kind.LIVE, weight, version, rings.files())
    build.make_release(Path(sys.argv[3]), (desktop, medium), (build.TEST_KEY,), rings)
"""


class DesktopStage(Stage):
    """A stage whose release is the desktop, with the live ISO of all scenarios."""

    @cached_property
    def release(self) -> Path:
        """Signed by the key that test images trust."""
        release = self.folder.parent / "release-desktop"
        argv = [sys.executable, "-c", _BUILD, str(ROOT / "mkimage-profile"), str(FOLDER)]
        subprocess.run([*argv, str(release)], cwd=ROOT, check=True)
        return release


def desktop(stage: Stage) -> None:
    """Installed; Plasma in Root A, a file on the desktop; Plasma in Root B, which shows it."""
    stage = DesktopStage(stage.folder, stage.say)
    order = Order(
        firmware=Firmware.UEFI,
        disk=stage.disk("disk", DISK_SIZE),
        more='software: {home_manager: "off"}',
        memory_mib=MEMORY_MIB,
        step_within=STEP_WITHIN,
    )
    machine = install(stage, order).without_stick
    KEPT.mkdir(parents=True, exist_ok=True)
    with VirtualMachine(machine, stage.folder) as running:
        # Its flatpaks come with a network, LibreOffice is 1 GB: the scenario `flatpak` is of that.
        running.network(plugged=False)
        serial = running.serial
        installed.start(serial, "a")
        log_in(stage, running, "a")
        assert area_of(running.screenshot("before", "ppm")) == 0, "the colour was there before"
        live.write_file(serial, "/tmp/mine.png", picture_of(COLOUR, side=96))
        serial.output_of(f"mkdir -p ~/Desktop && cp /tmp/mine.png {FILE}")
        shown(stage, running, "a")
        digest = serial.output_of(f"sha256sum {FILE}")

        installed.become_root(serial, ADA)
        serial.output_of("atomos boot-next b", within=120)
        installed.reboot(serial)
        started_by_itself(serial, "Root B")
        log_in(stage, running, "b")
        assert serial.output_of(f"sha256sum {FILE}") == digest
        shown(stage, running, "b")


def log_in(stage: Stage, machine: VirtualMachine, slot: str) -> None:
    """On the serial line, to look; then at the screen, by the password. Until Plasma is there."""
    serial = machine.serial
    installed.log_in(serial, ADA, HOSTNAME, within=START_WITHIN)
    until(machine, _holds(serial, "pgrep -f [s]ddm-greeter"), "SDDM", within=GREETER_WITHIN)
    until(machine, lambda: _is_drawn(machine), "a picture of SDDM", within=GREETER_WITHIN)
    keep(machine, f"greeter-{slot}")
    kind = open_session(machine)
    stage.say(f"the password is taken on the screen: a session of {kind}")
    up = "busctl --user status org.kde.plasmashell >/dev/null 2>&1 && pgrep -u ada -x plasmashell"
    until(machine, _holds(serial, up), "plasmashell", within=PLASMA_WITHIN)
    until(
        machine, _holds(serial, "! pgrep -u ada -x ksplashqml"), "a desktop", within=PLASMA_WITHIN
    )
    stage.say(f"Plasma has come up; it is drawn by {renderer(serial)}")
    installed.check_slot(serial, slot)
    stage.say(f"{installed.MENU_TITLES[slot]} runs and is well")


def open_session(machine: VirtualMachine) -> str:
    """Type the password at SDDM, which has chosen the only user; returns ``wayland`` or ``x11``.

    Again where no session comes: a key that nobody reads yet is lost.
    """
    for _ in range(3):
        machine.press("ctrl-a")
        for key, _writes in vga.keys_of(f"{ADA.password}\r"):
            press_in_sight(machine, key)
        deadline = time.monotonic() + SESSION_WITHIN
        while time.monotonic() < deadline:
            kind = session_kind(machine.serial)
            if kind is not None:
                return kind
            time.sleep(2)
    raise NeverCame(f"the password was typed three times and {ADA.name} has no session")


def press_in_sight(machine: VirtualMachine, key: str) -> None:
    """Press a key and see that the screen changes, before the next one: the keyboard holds 16 keys
    that nobody has read. At most 10 s: some change nothing."""
    before = machine.screenshot("key", "ppm").read_bytes()
    machine.press(key)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        time.sleep(0.2)
        if machine.screenshot("key", "ppm").read_bytes() != before:
            return


def session_kind(serial: Serial) -> str | None:
    """Of ADA's session on the screen."""
    ids = "$(loginctl list-sessions --no-legend | awk '{print $1}')"
    shown = serial.output_of(
        f"loginctl show-session -p Name -p Type -p State {ids}", within=ANSWER_WITHIN
    )
    for block in shown.split("\n\n"):
        fields = dict(line.split("=", 1) for line in block.splitlines())
        if fields["Name"] == ADA.name and fields["Type"] in {"wayland", "x11"}:
            return fields["Type"]
    return None


def renderer(serial: Serial) -> str:
    """What KWin says that it draws by."""
    said = serial.output_of(
        "busctl --user --timeout=120 call org.kde.KWin /KWin org.kde.KWin supportInformation"
        " | sed 's/\\\\n/\\n/g' | grep -E '^(Compositing Type|OpenGL renderer string)' || true",
        within=ANSWER_WITHIN,
    )
    return (
        ", ".join(line.split(": ", 1)[1].strip() for line in said.splitlines()) or "no compositor"
    )


def shown(stage: Stage, machine: VirtualMachine, slot: str) -> None:
    """Wait until the file's preview is on the screen; the screen is kept as a picture."""
    until(
        machine,
        lambda: area_of(machine.screenshot("shown", "ppm")) >= AREA,
        "the file on the desktop",
        within=SHOWN_WITHIN,
    )
    picture = keep(machine, f"plasma-{slot}")
    stage.say(f"the file is on the desktop of {installed.MENU_TITLES[slot]}: {picture}")


def until(machine: VirtualMachine, holds: Callable[[], bool], what: str, *, within: float) -> None:
    """Wait for something, as a person who moves now and then: else the screen would be locked.
    Raises NeverCame."""
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            raise NeverCame(f"waited {within:.0f} s for {what}")
        machine.press("ctrl")
        time.sleep(2)


def keep(machine: VirtualMachine, name: str) -> Path:
    """The screen as a picture that is not removed with the machine."""
    return Path(shutil.copy(machine.screenshot(name), KEPT))


def area_of(picture: Path) -> int:
    """Pixels of COLOUR in a screenshot (PPM)."""
    _width, _height, pixels = vga.pixels_of(picture)
    return sum(each == COLOUR for each in zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True))


def picture_of(colour: tuple[int, int, int], *, side: int) -> bytes:
    """A square of one colour (PNG, which has no more than three chunks)."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + bytes(colour) * side) * side)
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _is_drawn(machine: VirtualMachine) -> bool:
    return len(vga.colours_in(machine.screenshot("drawn", "ppm"))) >= COLOURS


def _holds(serial: Serial, condition: str) -> Callable[[], bool]:
    return lambda: serial.run(condition, within=ANSWER_WITHIN)[0] == 0
