"""The scenario ``to-ram``: the live system runs from memory, and its medium is pulled out."""

from dataclasses import replace
from typing import Final

from tests.vm import live, screens
from tests.vm.machine import Bus, Firmware, Hardware, VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import DISK_SIZE, answers_at_shell

LITTLE_MIB: Final = 1024
"""Memory in which the live system does not fit beside what it needs to work."""
KEEP_IN: Final = "leave the medium in"
"""Of the words on the first screen of a live system that runs from its medium."""


def to_ram(stage: Stage) -> None:
    """An installation without the medium it was started from; and a machine too small for that."""
    stick = replace(stage.stick, bus=Bus.USB)
    disk = stage.disk("disk", DISK_SIZE)
    hardware = Hardware(
        firmware=Firmware.UEFI,
        drives=(stick, disk),
        variables=stage.folder / "variables.qcow2",
    )
    with serving(stage.release) as url, VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        live.start_on_serial(serial)
        live.wait_for_app(serial)
        live.leave_to_shell(serial)
        noted = serial.output_of("cat /run/atomos/medium")
        assert "IN_RAM=yes" in noted
        assert "UUID=2" in noted, "an ISO's is the date it was made at"
        machine.pull_out(stick)
        assert serial.run("blkid -L ATOMOS_LIVE")[0] != 0, "the medium is still there"
        stage.say("the medium is pulled out")
        install(serial, url)
        stage.say("installed with the image from the network, Recovery too")
        live.no_failed_units(serial)

    little = replace(hardware, memory_mib=LITTLE_MIB)
    with VirtualMachine(little, stage.folder) as machine:
        live.start_on_serial(machine.serial)
        screens.language(machine.serial)
        screens.network(machine.serial)
        picture = machine.serial.screen_with(KEEP_IN, within=live.APP_WITHIN)
        assert live.WELCOME in picture, picture
        machine.screenshot("little")
        live.leave_to_shell(machine.serial)
        assert "IN_RAM=no" in machine.serial.output_of("cat /run/atomos/medium")
        stage.say(f"with {LITTLE_MIB} MiB it runs from the medium and says so")


def install(serial: Serial, url: str) -> None:
    """From the shell, by answers."""
    answers_at_shell(serial, url)
    said = serial.output_of("atomos-install run --answers /run/answers.yaml 2>&1", within=600)
    assert "AtomOS is installed" in said, said
