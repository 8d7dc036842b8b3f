"""The scenario ``wrong-passphrase``: encrypted by the screens, then unlocked with mistakes."""

from typing import Final

from tests.vm import booted_live, installed, live, screens
from tests.vm.machine import Hardware, VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.unattended import ADA, HOSTNAME, PASSPHRASE

PATIENCE: Final = 200.0
"""Seconds at the prompt: dracut gives up on a disk that does not come after 180."""


def wrong_passphrase(stage: Stage) -> None:
    """The prompt asks again and waits; without the data nothing starts; both keys open it."""
    hardware = booted_live.bring_back(stage)
    with serving(stage.release) as url, VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        live.wake(serial)
        screens.release(serial, url)
        screens.disk(serial, "/dev/vdb")
        screens.encrypt(serial, PASSPHRASE)
        key = screens.take_recovery_key(serial)
        stage.say("the recovery key was shown once, and a part of it typed back")
        screens.user(serial, ADA, "Ada Lovelace", HOSTNAME)
        screens.software(serial)
        screens.time_zone(serial)
        screens.agree(serial, "vdb")
        serial.screen_with("AtomOS is installed", within=600)
        machine.screenshot("done")
        live.leave_to_shell(serial)
        for secret in (PASSPHRASE, key, ADA.password):
            live.found_nowhere(serial, secret)
        serial.type("systemctl poweroff\r")
        machine.wait_until_off(within=120)
    stage.say("installed by key presses; passphrase and recovery key are in no log")

    alone = Hardware(
        firmware=hardware.firmware, drives=hardware.drives[1:2], variables=hardware.variables
    )
    with VirtualMachine(alone, stage.folder) as machine:
        serial = machine.serial
        installed.start(serial, "a")
        installed.wait_for_prompt(serial)
        for wrong in ("wrong", PASSPHRASE.upper(), "", f"{PASSPHRASE} "):
            serial.type(f"{wrong}\r")
            installed.wait_for_prompt(serial)
        stage.say("four wrong passphrases, and it asks again")
        said = serial.what_comes(within=PATIENCE)
        assert said.strip() == "", f"while nobody typed, this came:\n{said}"
        stage.say(f"it still asks after {PATIENCE:.0f} s")
        serial.type(f"{key}\r")
        installed.log_in(serial, ADA, HOSTNAME)
        installed.check_slot(serial, "a", encrypted=True)
        stage.say("the recovery key opens it")
        installed.become_root(serial, ADA)
        installed.reboot(serial)
        installed.start(serial, "b", PASSPHRASE)
        installed.log_in(serial, ADA, HOSTNAME)
        installed.check_slot(serial, "b", encrypted=True)
        stage.say("so does the passphrase")
