"""The scenario ``keep-data``: a plain disk is reinstalled from a stick, and people's data stay."""

from dataclasses import replace
from typing import Final

from tests.vm import belongings, installed, live
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.unattended import (
    ADA,
    DISK_SIZE,
    HOSTNAME,
    Installed,
    Order,
    answers_volume,
    install,
)

KEEPING: Final = """\
version: 1
disk: {{serial: disk}}
reinstall: true
keep: data
source:
  url: {url}
"""


def keep_data(stage: Stage) -> None:
    """Install, live in it, reinstall: both people log in as before and own their files."""
    disk = stage.disk("disk", DISK_SIZE)
    before = install(stage, Order(firmware=Firmware.UEFI, disk=disk))
    with VirtualMachine(before.without_stick, stage.folder) as machine:
        serial = machine.serial
        installed.start(serial, "a")
        installed.log_in(serial, ADA, HOSTNAME)
        installed.become_root(serial, ADA)
        left = belongings.leave(serial)
        stage.say("two people have moved in")
        serial.type("systemctl poweroff\r")
        machine.wait_until_off(within=120)

    reinstall(stage, before)

    with VirtualMachine(before.without_stick, stage.folder) as machine:
        serial = machine.serial
        belongings.check(serial, left)
        assert serial.run("test -e /var/lib/mine")[0] == 1, "the old /var is still there"
        stage.say("both log in as before, and everything is there")


def reinstall(stage: Stage, before: Installed) -> None:
    """From the stick, by answers that keep the data."""
    with serving(stage.release) as url:
        answers = answers_volume(stage, KEEPING.format(url=url))
        hardware = replace(before.hardware, drives=(*before.hardware.drives[:2], answers))
        with VirtualMachine(hardware, stage.folder) as machine:
            serial = machine.serial
            live.start_on_serial(serial)
            live.follow_installation(serial, stage.say)
            serial.wait_for(r"Ctrl\+Q", within=60, what="the screen that says so")
            live.leave_to_shell(serial)
            live.no_failed_units(serial)
            serial.type("systemctl poweroff\r")
            machine.wait_until_off(within=120)
    stage.say("reinstalled from the stick, with the data kept")
