"""The scenario ``tui-tty1``: answered on the machine's own keyboard, before 80x25 characters in 16
colours, on a BIOS machine."""

import shutil
from pathlib import Path
from typing import Final

from tests.vm import installed, live, screens, vga
from tests.vm.installed import Person
from tests.vm.machine import Firmware, Hardware, VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage

KATHERINE: Final = Person(name="katherine", password="Friendship-7-Orbit-3")
HOSTNAME: Final = "langley"
RUN_WITHIN: Final = 600.0
KEPT: Final = Path("build/tty1")
BRIGHT_RED: Final = (255, 87, 87)
CURSOR: Final = 1
"""Cells that may differ: it blinks on one that is blank."""


def tui_tty1(stage: Stage) -> None:
    """Every screen is read as text, and the screen's picture shows just that."""
    hardware = Hardware(
        firmware=Firmware.BIOS,
        drives=(stage.stick, stage.disk("disk", "16G")),
        variables=stage.folder / "variables.qcow2",
    )
    KEPT.mkdir(parents=True, exist_ok=True)
    with serving(stage.release) as url, VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        # The installed menu comes on the serial line only where the live system had it, too.
        live.start_on_serial(serial)
        live.wait_for_app(serial)
        live.leave_to_shell(serial)
        console = vga.Console(machine=machine, shell=serial)
        console.screen_with(live.FIRST, within=screens.SCREEN_WITHIN)
        compare(stage, console, "language")
        screens.release(console, url)
        screens.disk(console, "/dev/vdb")
        compare(stage, console, "encryption")
        screens.decline_encryption(console)
        screens.user(console, KATHERINE, "Katherine Johnson", HOSTNAME)
        screens.software(console)
        screens.time_zone(console)
        console.screen_with("type its name: vdb", within=screens.SCREEN_WITHIN)
        summary = compare(stage, console, "summary")
        # A font of more than 256 characters leaves the dark half of VGA's colours.
        assert BRIGHT_RED in vga.colours_in(summary), "what is lost is not in bright red"
        screens.agree(console, "vdb")
        console.screen_with("AtomOS is installed", within=RUN_WITHIN)
        compare(stage, console, "done")
        stage.say("installed on the machine's own keyboard; the pictures show what the text says")
        serial.type("systemctl poweroff\r")
        machine.wait_until_off(within=120)

    installed.lets_in(stage, hardware, KATHERINE, HOSTNAME)


def compare(stage: Stage, console: vga.Console, name: str) -> Path:
    """The picture, which has a character where the text has one; kept in build/tty1."""
    picture = console.machine.screenshot(name, kind="ppm")
    text = console.text()
    (KEPT / f"{name}.txt").write_text(text, encoding="utf-8")
    shutil.copy(picture, KEPT)
    found = vga.differences(picture, text)
    assert len(found) <= CURSOR, f"{picture} and its text differ: {found[:10]}\n{text}"
    stage.say(f"the picture of {name} agrees with its text")
    return picture
