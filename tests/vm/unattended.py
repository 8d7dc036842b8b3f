"""An unattended installation, as an OEM line does it: a stick, and a volume of answers."""

import subprocess
from dataclasses import dataclass, replace
from typing import Final

from tests.vm import live
from tests.vm.installed import Person
from tests.vm.machine import Drive, Firmware, Hardware, VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.serial import Serial

DISK_SIZE: Final = "16G"
HOSTNAME: Final = "atomos-test"
ADA: Final = Person(name="ada", password="Correct-Horse-7-Battery")
ANSWERS: Final = """\
version: 1
disk: {{serial: disk}}
wipe: true
source:
  url: {url}
  allow_unsigned: true
user:
  name: ada
  full_name: Ada Lovelace
  {secret}
hostname: {hostname}
timezone: Europe/Berlin
afterwards: stay
"""
PASSWORD_IN_FILE: Final = "password_file: password"


def answers_volume(stage: Stage, text: str) -> Drive:
    """An ISO 9660 volume labelled ATOMOS-ANSWERS with these answers and ADA's password."""
    folder = stage.folder / "answers"
    folder.mkdir()
    (folder / "answers.yaml").write_text(text)
    (folder / "password").write_text(f"{ADA.password}\n")
    path = stage.folder / "answers.raw"
    argv = ["xorriso", "-as", "mkisofs", "-quiet", "-r", "-V", "ATOMOS-ANSWERS"]
    subprocess.run([*argv, "-o", path, folder], check=True, stderr=subprocess.DEVNULL)
    return Drive(path=path, name="answers", read_only=True, format="raw")


@dataclass(frozen=True)
class Installed:
    """A machine after an unattended installation."""

    hardware: Hardware

    @property
    def without_stick(self) -> Hardware:
        """The same machine with the live medium pulled out. The answers were forgotten in it."""
        drives = tuple(drive for drive in self.hardware.drives if drive.name != "stick")
        return replace(self.hardware, drives=drives)


def install(stage: Stage, firmware: Firmware, secret: str = PASSWORD_IN_FILE) -> Installed:
    """Power on with the stick and the answers in, and wait for the end.

    `secret` is the line of the answers that says ADA's password.
    """
    with serving(stage.release) as url:
        # One of the two firmwares starts from a real USB stick; virtio is 20 s faster here.
        stick = replace(stage.stick, usb=firmware is Firmware.SECURE_BOOT)
        text = ANSWERS.format(url=url, hostname=HOSTNAME, secret=secret)
        hardware = Hardware(
            firmware=firmware,
            drives=(stick, stage.disk("disk", DISK_SIZE), answers_volume(stage, text)),
            variables=stage.folder / "variables.qcow2",
        )
        with VirtualMachine(hardware, stage.folder) as machine:
            serial = machine.serial
            stage.say("the machine starts")
            live.start_on_serial(serial)
            live.follow_installation(serial, stage.say)
            serial.wait_for(r"Ctrl\+Q", within=60, what="the screen that says so")
            live.leave_to_shell(serial)
            check_live_system(serial, firmware)
            check_second_try(stage, serial)
            serial.type("systemctl poweroff\r")
            machine.wait_until_off(within=120)
    return Installed(hardware)


def check_live_system(serial: Serial, firmware: Firmware) -> None:
    """It runs from memory, is well, and keeps the password where only root reads it."""
    live.no_failed_units(serial)
    assert "IN_RAM=yes" in serial.output_of("cat /run/atomos/medium")
    live.found_nowhere(serial, ADA.password)
    mode = serial.output_of("stat -c %a /run/atomos/answers")
    assert mode == "700", f"/run/atomos/answers has mode {mode}"
    if firmware is Firmware.SECURE_BOOT:
        check_secure_boot(serial)


def check_second_try(stage: Stage, serial: Serial) -> None:
    """A forgotten stick does not wipe the machine: the same answers are refused now."""
    status, said = serial.run("/usr/lib/atomos/live/unattended 2>&1", within=120)
    assert status == 3, f"the second try ended with status {status}:\n{said}"
    assert "already holds AtomOS" in said, said
    stage.say("the same answers once more are refused: the disk already holds AtomOS")


def check_secure_boot(serial: Serial) -> None:
    """The kernel and the firmware both say that Secure Boot is on."""
    assert "Secure boot enabled" in serial.output_of("journalctl -kq --no-pager -g 'ecure boot'")
    value = serial.output_of("od -An -tu1 /sys/firmware/efi/efivars/SecureBoot-*")
    assert value.split()[-1] == "1", f"SecureBoot is {value}"


def check_recovery(serial: Serial) -> None:
    """The recovery partition is a live system that knows what it is, answers attached or not."""
    live.wait_for_app(serial)
    live.leave_to_shell(serial)
    live.no_failed_units(serial)
    assert "RECOVERY=yes" in serial.output_of("cat /run/atomos/medium")
    said = serial.output_of("journalctl -q --no-pager -o cat -u atomos-unattended.service")
    assert "answers on a volume are not acted on" in said, said
