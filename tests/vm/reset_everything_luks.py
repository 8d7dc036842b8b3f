"""The scenario ``reset-everything-luks``: an encrypted disk as delivered, and the power goes on the
way."""

from typing import Final

from tests.vm import installed, live, screens
from tests.vm.fallback import SOON, started_by_itself, wait_until_good
from tests.vm.installed import Person
from tests.vm.machine import Firmware, Hardware, VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, PASSPHRASE, Order, install

NEW: Final = "Walnuss-Falke.Nebel#Zug"
"""The passphrase of the next owner, whom GRACE is."""
GRACE: Final = Person(name="grace", password="Nanosecond-Wire-9-Inch")
NEW_HOST: Final = "cobol"
LETTER: Final = "dear-next-owner-you-must-not-read-this"
LUKS: Final = "/dev/disk/by-partlabel/atomos-luks"
OPENS: Final = (
    "printf %s '{passphrase}' | cryptsetup open --test-passphrase --readonly --key-file=- " + LUKS
)
AGREES: Final = "type its name: {name}"
RUN_WITHIN: Final = 900.0


def reset_everything_luks(stage: Stage) -> None:
    """The word is given, Recovery begins, the power goes once the keys are dead; it goes on."""
    disk = stage.disk("disk", DISK_SIZE)
    order = Order(firmware=Firmware.UEFI, disk=disk, more=SOON, encrypted=True)
    machine = install(stage, order).without_stick
    with serving(stage.release) as url:
        with VirtualMachine(machine, stage.folder) as running:
            serial = running.serial
            installed.start(serial, "a", PASSPHRASE)
            installed.log_in(serial, ADA, HOSTNAME)
            installed.become_root(serial, ADA)
            wait_until_good(serial)
            asks_for_everything(serial, url)
            installed.reboot(serial)

            started_by_itself(serial, "Recovery")
            screens.language(serial)
            screens.network(serial)
            stage.say("Recovery starts by itself, and begins with disk and release")
            screens.new_passphrase(serial, NEW)
            screens.take_recovery_key(serial)
            screens.user(serial, GRACE, "Grace Hopper", NEW_HOST)
            screens.agree(serial, "vda", message=AGREES)
            serial.screen_with("now     Write the system image", within=RUN_WITHIN)
            stage.say("the keys are dead, and now the power goes")

        goes_on(stage, machine, fetches=True)
        stage.say("as delivered: the next owner logs in, and the old passphrase opens nothing")


def goes_on(stage: Stage, machine: Hardware, *, fetches: bool) -> None:
    """After the power cut, to what the next owner gets."""
    with VirtualMachine(machine, stage.folder) as running:
        serial = running.serial
        started_by_itself(serial, "Recovery")
        stage.say("Recovery starts by itself once more")
        screens.language(serial)
        screens.go_on(serial, passphrase=NEW, password=GRACE.password, fetches=fetches)
        screens.agree(serial, "vda", message=AGREES)
        serial.screen_with("AtomOS is installed", within=RUN_WITHIN)
        running.screenshot("done")
        live.leave_to_shell(serial)
        serial.type("systemctl reboot\r")

        started_by_itself(serial, "Root A")
        installed.wait_for_prompt(serial)
        serial.type(f"{NEW}\r")
        installed.log_in(serial, GRACE, NEW_HOST)
        installed.check_slot(serial, "a", encrypted=True)
        installed.become_root(serial, GRACE)
        check_nothing_is_left(serial)


def asks_for_everything(serial: Serial, url: str) -> None:
    """With the address of a release written down, and a word that is none first."""
    serial.output_of(f"mkdir -p /etc/atomos && echo {url} >/etc/atomos/source")
    serial.output_of(f"echo {LETTER} >/home/ada/letter; sync")
    for word, expected in (("everything", 3), ("vda", 0)):
        status, said = serial.run(f"atomos reset everything --yes={word}", within=120)
        assert status == expected, said
    said = serial.output_of("atomos status", within=120)
    assert "The next start resets: everything" in said, said


def check_nothing_is_left(serial: Serial) -> None:
    """Of the old owner: neither account nor home nor key; nor of the reset itself."""
    status, _said = serial.run(OPENS.format(passphrase=NEW), within=120)
    assert status == 0
    status, _said = serial.run(OPENS.format(passphrase=PASSPHRASE), within=120)
    assert status == 2, f"the old passphrase: {status}"
    assert serial.run("getent passwd ada")[0] != 0
    assert serial.run("test -e /home/ada")[0] == 1
    serial.output_of("mount -o ro /dev/disk/by-partlabel/atomos-boot /mnt")
    assert serial.run("test -e /mnt/atomos")[0] == 1
    serial.output_of("umount /mnt")
