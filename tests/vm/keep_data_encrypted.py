"""The scenario ``keep-data-encrypted``: an encrypted NVMe disk with sectors of 4096 bytes is
reinstalled from its own Recovery."""

from tests.vm import belongings, installed, live, screens
from tests.vm.machine import Bus, Firmware, VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, PASSPHRASE, Order, install


def keep_data_encrypted(stage: Stage) -> None:
    """Install, live in it, reinstall by Recovery's screens: people, files and passphrase stay."""
    disk = stage.disk("disk", DISK_SIZE, bus=Bus.NVME, sector_bytes=4096)
    before = install(stage, Order(firmware=Firmware.UEFI, disk=disk, encrypted=True))
    machine = VirtualMachine(before.without_stick, stage.folder)
    with serving(stage.release) as url, machine:
        serial = machine.serial
        installed.start(serial, "a", PASSPHRASE)
        installed.log_in(serial, ADA, HOSTNAME)
        installed.become_root(serial, ADA)
        left = belongings.leave(serial)
        stage.say("two people have moved in")
        installed.reboot(serial)

        installed.start(serial, "r")
        live.wait_for_app(serial)
        screens.release(serial, url)
        screens.disk(serial, "/dev/nvme0n1")
        screens.keep_data(serial)
        screens.unlock(serial, "not the passphrase")
        serial.screen_with("That does not open it. 2 tries are left.", within=120)
        screens.unlock(serial, PASSPHRASE)
        screens.agree(serial, "nvme0n1", message=screens.TO_KEEP)
        serial.screen_with("AtomOS is installed", within=600)
        machine.screenshot("done")
        stage.say("reinstalled from Recovery, with the data kept")
        live.leave_to_shell(serial)
        live.no_failed_units(serial)
        live.found_nowhere(serial, PASSPHRASE)
        serial.type("systemctl reboot\r")

        belongings.check(serial, left, PASSPHRASE)
        assert serial.run("test -e /var/lib/mine")[0] == 1, "the old /var is still there"
        stage.say("both log in as before, and everything is there")
        installed.reboot(serial)
        installed.start(serial, "r")
        live.wait_for_app(serial)
        stage.say("Recovery is still there")
