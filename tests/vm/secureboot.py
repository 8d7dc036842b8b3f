"""The scenario ``secureboot``: a machine as it is sold, with Microsoft's keys enrolled."""

import subprocess

from tests.vm import installed
from tests.vm.machine import Bus, Firmware, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import (
    ADA,
    DISK_SIZE,
    HOSTNAME,
    Order,
    check_recovery,
    check_secure_boot,
    install,
)


def secureboot(stage: Stage) -> None:
    """Live system, Root A, Root B and Recovery all say that Secure Boot is on."""
    password_hash = hash_of(ADA.password)
    order = Order(
        firmware=Firmware.SECURE_BOOT,
        disk=stage.disk("disk", DISK_SIZE),
        secret=f"password_hash: {password_hash}",
        stick_bus=Bus.USB,
    )
    before = install(stage, order)
    with VirtualMachine(before.without_stick, stage.folder) as machine:
        serial = machine.serial
        for key in ("a", "b"):
            installed.start(serial, key)
            installed.log_in(serial, ADA, HOSTNAME)
            installed.check_slot(serial, key)
            installed.become_root(serial, ADA)
            check_secure_boot(serial)
            check_hash_only_in_shadow(serial, password_hash)
            stage.say(f"{installed.MENU_TITLES[key]} runs with Secure Boot on")
            installed.reboot(serial)
        installed.start(serial, "r")
        check_recovery(serial)
        check_secure_boot(serial)
        stage.say("Recovery runs with Secure Boot on")


def hash_of(password: str) -> str:
    """A crypt(5) SHA-512 hash, as an OEM would put into the answers."""
    argv = ["openssl", "passwd", "-6", "-stdin"]
    return subprocess.run(
        argv, input=password, check=True, capture_output=True, text=True
    ).stdout.strip()


def check_hash_only_in_shadow(serial: Serial, password_hash: str) -> None:
    """The hash of the answers is in no other file of the installed system than shadow's."""
    salt, digest = password_hash.rsplit("$", 1)
    middle = len(digest) // 2
    # In two halves, so that the command which looks for it is not found in a history or journal.
    found = serial.output_of(
        f"grep -rslF '{digest[:middle]}''{digest[middle:]}' /var /home /root || true", within=120
    ).split()
    upper = "/var/lib/atomos/etc/upper"
    assert f"{upper}/shadow" in found, f"{salt}… is not in {upper}/shadow"
    others = set(found) - {f"{upper}/shadow", f"{upper}/shadow-"}
    assert not others, f"the password hash stands in {others}"
