"""The scenario ``flatpak``: applications wait for the network, come, run, and are there to stay.

Their repository is made and signed by the image's own flatpak (tests/tools/flatpak_repository.py).
"""

import time
from pathlib import Path
from typing import Final

from tests.tools.flatpak_repository import (
    APP,
    FILE,
    OPEN,
    WORDS,
    make_repository,
    take_repository,
)
from tests.tools.system_tree import built_system_image, system_tree
from tests.vm import installed
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, Order, install

WITHIN: Final = 300.0
"""Seconds until a phase has come; the service tries again after 20, 35, 62, 110."""
NOTHING: Final = "org.example.Nothing"
SOFTWARE: Final = """\
software:
  home_manager: "off"
  flatpaks: [{apps}]
  flatpak_remote: {url}"""
STATE: Final = "/var/lib/atomos/flatpaks/state"


def flatpak(stage: Stage) -> None:
    """Without a network; then it comes, and the application runs from either slot."""
    served = stage.folder / "served"
    served.mkdir()
    with serving(served) as url:
        description = publish(stage, served, url)
        software = SOFTWARE.format(apps=f"{NOTHING}, {APP}", url=description)
        order = Order(firmware=Firmware.UEFI, disk=stage.disk("disk", DISK_SIZE), more=software)
        machine = install(stage, order)
        with VirtualMachine(machine.without_stick, stage.folder) as running:
            serial = running.serial
            running.network(plugged=False)
            installed.start(serial, "a")
            installed.log_in(serial, ADA, HOSTNAME)
            installed.check_slot(serial, "a")
            check_waiting(stage, serial)
            running.network(plugged=True)
            check_coming(stage, serial)
            serial.output_of(f"touch ~/{FILE}")
            check_runs(serial)
            stage.say("the application runs in its sandbox")
            install_for_oneself(stage, serial, description)
            installed.become_root(serial, ADA)
            installed.reboot(serial)

            installed.start(serial, "b")
            installed.log_in(serial, ADA, HOSTNAME)
            installed.check_slot(serial, "b")
            check_runs(serial)
            check_runs(serial, "--user")
            stage.say("Root B: both are there and run")
            give_up(serial)
            stage.say("the one that nobody has is given up, and no login speaks of it any more")


def publish(stage: Stage, served: Path, url: str) -> str:
    """Make the repository that `served` is to hold; returns the address of its description."""
    work = stage.folder / "work"
    work.mkdir()
    with system_tree(work, built_system_image()) as tree:
        description = make_repository(tree, url)
        take_repository(tree, served)
    return description


def check_waiting(stage: Stage, serial: Serial) -> None:
    """Without a network they wait, nothing has failed, and the login says so."""
    wait_until(serial, "waiting")
    log = stage.folder / "serial.log"
    before = len(log.read_text(errors="replace"))
    serial.type("exit\r")
    installed.log_in(serial, ADA, HOSTNAME)
    said = log.read_text(errors="replace")[before:]
    assert "The applications wait" in said, said
    stage.say("without a network the applications wait, and the login says so")


def check_coming(stage: Stage, serial: Serial) -> None:
    """The network is there: what is being installed is told; then, that one could not be had."""
    began = time.monotonic()
    seen = wait_until(serial, "failed")
    step = "phase=installing-why="
    steps = [line.removeprefix(step) for line in seen if line.startswith(step)]
    assert f"{APP}, 2 of 2" in steps, seen
    told = serial.output_of("atomos apps status")
    assert f"Not all applications could be installed: {NOTHING}: " in told, told
    assert APP not in told, told
    listed = serial.output_of("flatpak list --system --app --columns=application | cat")
    assert listed.strip() == APP, listed
    size = serial.output_of("du -sk /var/lib/flatpak | cut -f1")
    stage.say(f"the network came: {time.monotonic() - began:.0f} s later it was there, {size} KiB")
    stage.say(f"what was told: {'; '.join(steps)}")


def wait_until(serial: Serial, phase: str) -> list[str]:
    """Wait for a phase that the file of the service's state names; what stood in it until then."""
    told = f"until grep -qsx phase={phase} {STATE}; do paste -sd- {STATE}; sleep 0.3; done"
    status, said = serial.run(
        f"timeout {WITHIN:.0f} sh -c '{told}' 2>/dev/null | uniq; grep -qx phase={phase} {STATE}"
        " || { atomos apps log; false; }",
        within=WITHIN + 30,
    )
    assert status == 0, f"the applications did not come to {phase!r}: {said}"
    return [line.strip() for line in said.splitlines()]


def check_runs(serial: Serial, *which: str) -> None:
    """It prints its words, and sees the person's files only where they are handed in."""
    run = " ".join(("flatpak run", *which))
    assert serial.output_of(f"{run} {APP} 2>/dev/null", within=120) == WORDS
    said = serial.output_of(f"{run} --filesystem=home {APP} 2>/dev/null", within=120)
    assert said.split("\n") == [OPEN, WORDS], said


def install_for_oneself(stage: Stage, serial: Serial, description: str) -> None:
    """One person's own installation, which needs no password and lies in their home."""
    serial.output_of(f"flatpak --user remote-add own {description} 2>&1", within=120)
    serial.output_of(f"flatpak --user install --noninteractive own {APP} 2>&1", within=240)
    for place, root in (("~/.local/share/flatpak", "/@home"), ("/var/lib/flatpak", "/@var")):
        under = serial.output_of(f"findmnt -no FSROOT -T {place}/app/{APP}/current/active/files")
        assert under == root, f"{place} lies on {under}"
    check_runs(serial, "--user")
    stage.say("the same one, installed by its user for themselves, lies in the home and runs")


def give_up(serial: Serial) -> None:
    """What is left to wish for is there."""
    installed.become_root(serial, ADA)
    serial.output_of(f"atomos apps forget {NOTHING}")
    wait_until(serial, "ready")
    assert serial.output_of("atomos apps greet") == ""
