"""The scenario ``reset-from-slot``: an encrypted disk as delivered from what is on it, without any
release; and the power goes on the way."""

from typing import Final

from tests.vm import installed, screens
from tests.vm.fallback import SOON, started_by_itself, wait_until_good
from tests.vm.machine import Firmware, Hardware, VirtualMachine
from tests.vm.reset_everything_luks import (
    AGREES,
    GRACE,
    LETTER,
    NEW,
    NEW_HOST,
    RUN_WITHIN,
    goes_on,
)
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, PASSPHRASE, Order, install

WRITING: Final = "now     Write the system image"


def reset_from_slot(stage: Stage) -> None:
    """No release is known and none can be reached: the good slot is what is installed."""
    disk = stage.disk("disk", DISK_SIZE)
    order = Order(firmware=Firmware.UEFI, disk=disk, more=SOON, encrypted=True)
    machine = install(stage, order).without_stick
    until_the_keys_are_dead(stage, machine)
    goes_on(stage, machine, fetches=False)
    stage.say("as delivered, from what was on the disk; nobody was asked for a release")


def until_the_keys_are_dead(stage: Stage, machine: Hardware) -> None:
    """The word is given, Recovery takes the system that is there, and the power goes."""
    with VirtualMachine(machine, stage.folder) as running:
        serial = running.serial
        installed.start(serial, "a", PASSPHRASE)
        installed.log_in(serial, ADA, HOSTNAME)
        installed.become_root(serial, ADA)
        wait_until_good(serial)
        asks_for_everything(serial)
        installed.reboot(serial)

        started_by_itself(serial, "Recovery")
        screens.language(serial)
        screens.network(serial)
        stage.say("Recovery starts by itself, and begins with the system on its disk")
        screens.unlock(serial, PASSPHRASE, page_says="Unlock the system on this disk")
        screens.new_passphrase(serial, NEW)
        screens.take_recovery_key(serial)
        screens.user(serial, GRACE, "Grace Hopper", NEW_HOST)
        screens.agree(serial, "vda", message=AGREES)
        serial.screen_with(WRITING, within=RUN_WITHIN)
        stage.say("the keys are dead, and now the power goes")


def asks_for_everything(serial: Serial) -> None:
    """Nobody has written an address of releases down."""
    serial.output_of("rm -f /etc/atomos/source; test ! -e /usr/lib/atomos/source")
    serial.output_of(f"echo {LETTER} >/home/ada/letter; sync")
    status, said = serial.run("atomos reset everything --yes=vda", within=120)
    assert status == 0, said
