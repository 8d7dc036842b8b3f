"""An unattended installation, as an OEM line does it: a stick, and a volume of answers."""

from dataclasses import dataclass, replace
from typing import Final

from tests.vm import installed, live
from tests.vm.installed import Person
from tests.vm.machine import Bus, Drive, Firmware, Hardware, VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.volume import iso_volume

DISK_SIZE: Final = "16G"
HOSTNAME: Final = "atomos-test"
ADA: Final = Person(name="ada", password="Correct-Horse-7-Battery")
ANSWERS: Final = """\
version: 1
disk: {{serial: disk}}
wipe: true
source:
  url: {url}
user:
  name: ada
  full_name: Ada Lovelace
  {secret}
hostname: {hostname}
timezone: Europe/Berlin
afterwards: stay
{more}
"""
AT_LOGIN: Final = "software: {home_manager: deferred}\n"
"""In scenarios that are not about homes: else those would come from the internet."""
PASSWORD_IN_FILE: Final = "password_file: password"
ENCRYPTED: Final = "layout: encrypted\npassphrase_file: passphrase\n"
PASSPHRASE: Final = "zebra-Quiz.Yacht#Lazy"
"""Its letters and marks are elsewhere on a German keyboard."""


def answers_volume(stage: Stage, text: str) -> Drive:
    """An ISO 9660 volume labelled ATOMOS-ANSWERS with these answers, ADA's password and the
    passphrase."""
    folder = stage.folder / "answers"
    folder.mkdir(exist_ok=True)
    (folder / "answers.yaml").write_text(text)
    (folder / "password").write_text(f"{ADA.password}\n")
    (folder / "passphrase").write_text(f"{PASSPHRASE}\n")
    return iso_volume(
        stage.folder / "answers.raw",
        name="answers",
        label="ATOMOS-ANSWERS",
        content={file.name: file for file in folder.iterdir()},
    )


def answers_at_shell(
    serial: Serial, url: str, *, disk: str = "disk", more: str = "", name: str = "answers"
) -> None:
    """The same as files in /run, typed at the live system's shell, for the disk with that serial
    number."""
    text = ANSWERS.format(
        url=url, hostname=HOSTNAME, secret=PASSWORD_IN_FILE, more=f"{more}\n{AT_LOGIN}"
    )
    live.write_file(serial, "/run/password", ADA.password)
    live.write_file(serial, "/run/passphrase", PASSPHRASE)
    live.write_file(serial, f"/run/{name}.yaml", text.replace("serial: disk", f"serial: {disk}"))


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be installed, and on what."""

    firmware: Firmware
    disk: Drive
    hostname: str = HOSTNAME
    secret: str = PASSWORD_IN_FILE
    """The line of the answers that says ADA's password."""
    more: str = ""
    """Further lines of the answers."""
    encrypted: bool = False
    source: str | None = None
    """Where the release comes from; None: the web server of this machine."""
    tries_again: bool = False
    """Whether to see that the same answers once more are refused."""
    stick_bus: Bus = Bus.VIRTIO
    """USB is what people have; virtio is 20 s faster here."""
    memory_mib: int = 2048
    step_within: float = live.STEP_WITHIN
    """Seconds for one step of the installation."""

    @property
    def passphrase(self) -> str | None:
        """What the installed system asks for."""
        return PASSPHRASE if self.encrypted else None


@dataclass(frozen=True, kw_only=True)
class Installed:
    """A machine after an unattended installation."""

    hardware: Hardware
    passphrase: str | None

    @property
    def without_stick(self) -> Hardware:
        """The same machine with the live medium pulled out. The answers were forgotten in it."""
        drives = tuple(drive for drive in self.hardware.drives if drive.name != "stick")
        return replace(self.hardware, drives=drives)


def install(stage: Stage, order: Order) -> Installed:
    """Power on with the stick and the answers in, and wait for the end."""
    with serving(stage.release) as url:
        software = "" if "software:" in order.more else AT_LOGIN
        more = f"{order.more}\n{software}{ENCRYPTED if order.encrypted else ''}"
        text = ANSWERS.format(
            url=order.source or url, hostname=order.hostname, secret=order.secret, more=more
        )
        stick = replace(stage.stick, bus=order.stick_bus)
        hardware = Hardware(
            firmware=order.firmware,
            drives=(stick, order.disk, answers_volume(stage, text)),
            variables=stage.folder / "variables.qcow2",
            memory_mib=order.memory_mib,
        )
        with VirtualMachine(hardware, stage.folder) as machine:
            serial = machine.serial
            stage.say("the machine starts")
            live.start_on_serial(serial)
            live.follow_installation(serial, stage.say, step_within=order.step_within)
            serial.wait_for(r"Ctrl\+Q", within=60, what="the screen that says so")
            live.leave_to_shell(serial)
            check_live_system(serial, order)
            if order.tries_again:
                check_second_try(stage, serial)
            serial.type("systemctl poweroff\r")
            machine.wait_until_off(within=120)
    return Installed(hardware=hardware, passphrase=order.passphrase)


def walk_through(stage: Stage, machine: VirtualMachine, passphrase: str | None) -> None:
    """Root A, Root B, Recovery: each comes up and is well. Ends in the shell of Recovery."""
    serial = machine.serial
    for key in ("a", "b"):
        installed.start(serial, key, passphrase)
        installed.log_in(serial, ADA, HOSTNAME)
        installed.check_slot(serial, key, encrypted=passphrase is not None)
        stage.say(f"{installed.MENU_TITLES[key]} runs and is well")
        installed.become_root(serial, ADA)
        installed.reboot(serial)
    installed.start(serial, "r")
    answers = any(drive.name == "answers" for drive in machine.hardware.drives)
    check_recovery(serial, answers=answers)
    stage.say("Recovery is the live system with the installer")


def check_in_recovery(stage: Stage, serial: Serial, disk: str) -> tuple[int, str]:
    """In Recovery's shell: exit status and words of a check of answers for the disk with the
    serial number `disk`. Recovery refuses any such answers, and says what else is in the way."""
    with serving(stage.release) as url:
        answers_at_shell(serial, url, disk=disk)
        return serial.run("atomos-install check --answers /run/answers.yaml 2>&1", within=120)


def check_live_system(serial: Serial, order: Order) -> None:
    """It runs from memory, is well, and keeps the secrets where only root reads them."""
    live.no_failed_units(serial)
    assert "IN_RAM=yes" in serial.output_of("cat /run/atomos/medium")
    live.found_nowhere(serial, ADA.password)
    if order.encrypted:
        live.found_nowhere(serial, PASSPHRASE)
    mode = serial.output_of("stat -c %a /run/atomos/answers")
    assert mode == "700", f"/run/atomos/answers has mode {mode}"
    if order.firmware is Firmware.SECURE_BOOT:
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


def check_recovery(serial: Serial, *, answers: bool = True) -> None:
    """The recovery partition is a live system that knows what it is, and does nothing by itself
    where a volume of `answers` is attached."""
    live.wait_for_app(serial)
    live.leave_to_shell(serial)
    live.no_failed_units(serial)
    medium = serial.output_of("cat /run/atomos/medium")
    assert "RECOVERY=yes" in medium, medium
    assert "IN_RAM=yes" in medium, medium
    said = serial.output_of("journalctl -q --no-pager -o cat -u atomos-unattended.service")
    assert ("answers on a volume are not acted on" in said) is answers, said
