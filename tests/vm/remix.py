"""The scenarios ``remix`` and ``remix-alpine``: from an example's folder to a machine with it."""

import re
import shutil
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Final

from installer.release import SUMS_NAME
from tests.vm import alpine, installed
from tests.vm.alpine import ASKED
from tests.vm.machine import Firmware, Hardware, VirtualMachine
from tests.vm.release_server import ROOT
from tests.vm.scenario import Stage
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, Order, install

HELLO: Final = ROOT / "examples" / "hello"
HELLO_ALPINE: Final = ROOT / "examples" / "hello-alpine"


class RemixStage(Stage):
    """A stage whose release is a remix, and whose stick is the live ISO of that."""

    example: ClassVar[Path] = HELLO

    @cached_property
    def release(self) -> Path:
        """Made from the folder, with a live ISO."""
        release = self.folder.parent / f"release-{self.example.name}"
        return make(self.example, release, "--live")


class AlpineRemixStage(RemixStage):
    """The same of Alpine."""

    example = HELLO_ALPINE


def remix(stage: Stage) -> None:
    """Made twice to the same bytes; installed from its own ISO; its package and word are there."""
    stage = RemixStage(stage.folder, stage.say)
    hardware = made_and_installed(stage, more="")
    with VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        installed.start(serial, "a")
        installed.log_in(serial, ADA, HOSTNAME)
        installed.check_slot(serial, "a")
        assert serial.output_of("hello") == "Hello, world!"
        assert serial.output_of("LC_ALL=de_DE.UTF-8 hello") == "Hallo, Welt!"
        assert serial.output_of("cat /etc/motd") == (HELLO / "files/etc/motd").read_text().strip()
        contract = serial.output_of("cat /usr/lib/atomos/image.yaml")
        assert "name: Hello" in contract, contract
        stage.say("Root A is the remix: its package runs")


def remix_alpine(stage: Stage) -> None:
    """The same of Alpine: its step, its service and its word are there."""
    stage = AlpineRemixStage(stage.folder, stage.say)
    hardware = made_and_installed(stage, more=ASKED)
    with VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        installed.start(serial, "a")
        installed.log_in(serial, ADA, HOSTNAME)
        alpine.check_slot(serial, "a")
        assert re.fullmatch(r"Hello from Alpine [\d.]+\.", serial.output_of("hello"))
        word = (HELLO_ALPINE / "files/etc/motd").read_text().strip()
        assert serial.output_of("cat /etc/motd") == word
        installed.become_root(serial, ADA)
        assert "started" in serial.output_of("rc-service ntpd status")
        alpine.wait_until_good(serial, "a")
        stage.say("Root A is the remix: its step and its service ran, and OpenRC marks it as good")


def made_and_installed(stage: RemixStage, *, more: str) -> Hardware:
    """The release twice, to the same bytes; then a machine that has it, from the medium itself,
    which carries the release that it offers."""
    sums = (stage.release / SUMS_NAME).read_bytes()
    stage.say("the release is made")
    again = make(stage.example, stage.folder / "again", "--live", "--anew")
    assert (again / SUMS_NAME).read_bytes() == sums, "the second build has other bytes"
    shutil.rmtree(again)
    stage.say("made again, system and ISO have the same bytes")
    disk = stage.disk("disk", DISK_SIZE)
    order = Order(firmware=Firmware.UEFI, disk=disk, source="medium:/release", more=more)
    return install(stage, order).without_stick


def make(folder: Path, release: Path, *options: str) -> Path:
    """`./dev remix` into that folder."""
    program = ROOT / "mkimage-profile" / "remix.py"
    argv = [sys.executable, str(program), str(folder), str(release), *options]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    return release
