"""The scenario ``remix``: examples/hello from its folder to a machine that runs it."""

import shutil
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import Final

from installer.release import SUMS_NAME
from tests.vm import installed
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.release_server import ROOT
from tests.vm.scenario import Stage
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, Order, install

FOLDER: Final = ROOT / "examples" / "hello"


class RemixStage(Stage):
    """A stage whose release is the remix, and whose stick is the live ISO of that."""

    @cached_property
    def release(self) -> Path:
        """Made from the folder, with a live ISO."""
        return make(self.folder.parent / "remix-release", "--live")


def remix(stage: Stage) -> None:
    """Made twice to the same bytes; installed from its own ISO; its package and word are there."""
    stage = RemixStage(stage.folder, stage.say)
    sums = (stage.release / SUMS_NAME).read_bytes()
    stage.say("the release is made")
    again = make(stage.folder / "again", "--live", "--anew")
    assert (again / SUMS_NAME).read_bytes() == sums, "the second build has other bytes"
    shutil.rmtree(again)
    stage.say("made again, system and ISO have the same bytes")
    # From the medium itself, which carries the release that it offers.
    disk = stage.disk("disk", DISK_SIZE)
    order = Order(firmware=Firmware.UEFI, disk=disk, source="medium:/release")
    hardware = install(stage, order).without_stick
    with VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        installed.start(serial, "a")
        installed.log_in(serial, ADA, HOSTNAME)
        installed.check_slot(serial, "a")
        assert serial.output_of("hello") == "Hello, world!"
        assert serial.output_of("LC_ALL=de_DE.UTF-8 hello") == "Hallo, Welt!"
        assert serial.output_of("cat /etc/motd") == (FOLDER / "files/etc/motd").read_text().strip()
        contract = serial.output_of("cat /usr/lib/atomos/image.yaml")
        assert "name: Hello" in contract, contract
        stage.say("Root A is the remix: its package runs")


def make(release: Path, *options: str) -> Path:
    """`./dev remix` into that folder."""
    program = ROOT / "mkimage-profile" / "remix.py"
    argv = [sys.executable, str(program), str(FOLDER), str(release), *options]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    return release
