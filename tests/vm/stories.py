"""The scenarios, told one after another."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tests.vm import installed, live
from tests.vm.installed import Person
from tests.vm.machine import Drive, Firmware, Hardware, VirtualMachine
from tests.vm.refuse import refuse
from tests.vm.release_server import serving
from tests.vm.scenario import Scenario, Stage
from tests.vm.serial import Serial
from tests.vm.tui_serial import tui_serial

DISK_SIZE: Final = "16G"
HOSTNAME: Final = "atomos-test"
ADA: Final = Person(name="ada", password="Correct-Horse-7-Battery")
INSTALL_WITHIN: Final = 600.0
"""Seconds from the boot menu to the end of an unattended installation."""

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
  password_file: password
hostname: {hostname}
timezone: Europe/Berlin
afterwards: stay
"""


LINUX_DATA: Final = "0fc63daf-8483-4772-8e79-3d69d8477de4"
LINUX_ROOT: Final = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"
TABLE_OF_16_GIB: Final = (
    ("atomos-bios", "21686148-6449-6e6f-744e-656564454649", 1, 1, ""),
    ("atomos-esp", "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", 2, 512, ""),
    ("atomos-boot", LINUX_DATA, 514, 1024, ""),
    ("atomos-a", LINUX_ROOT, 1538, 2048, "GUID:60,63"),
    ("atomos-b", LINUX_ROOT, 3586, 2048, "GUID:60,63"),
    ("atomos-recovery", LINUX_DATA, 5634, 2048, ""),
    ("atomos-data", LINUX_DATA, 7682, 16384 - 7682 - 1, ""),
)
"""DESIGN §2 on a disk of 16 GiB: label, type, start and size in MiB, attributes."""


def answers_volume(stage: Stage, url: str) -> Drive:
    """An ISO 9660 volume labelled ATOMOS-ANSWERS, as an OEM line would attach one."""
    folder = stage.folder / "answers"
    folder.mkdir()
    (folder / "answers.yaml").write_text(ANSWERS.format(url=url, hostname=HOSTNAME))
    (folder / "password").write_text(f"{ADA.password}\n")
    path = stage.folder / "answers.raw"
    argv = [
        "xorriso",
        "-as",
        "mkisofs",
        "-quiet",
        "-r",
        "-V",
        "ATOMOS-ANSWERS",
        "-o",
        str(path),
        str(folder),
    ]
    subprocess.run(argv, check=True, stderr=subprocess.DEVNULL)
    return Drive(path=path, name="answers", read_only=True, format="raw")


@dataclass(frozen=True)
class Installed:
    """A machine after an unattended installation."""

    hardware: Hardware

    @property
    def without_stick(self) -> Hardware:
        """The same machine with the medium and the answers pulled out."""
        return Hardware(
            firmware=self.hardware.firmware,
            drives=tuple(d for d in self.hardware.drives if d.name == "disk"),
            variables=self.hardware.variables,
        )


def install_unattended(stage: Stage, firmware: Firmware) -> Installed:
    """Power on with the stick and the answers in, and wait for the end."""
    with serving(stage.release) as url:
        hardware = Hardware(
            firmware=firmware,
            drives=(stage.stick, stage.disk("disk", DISK_SIZE), answers_volume(stage, url)),
            variables=stage.folder / "variables.qcow2",
        )
        with VirtualMachine(hardware, stage.folder) as machine:
            serial = machine.serial
            live.start_on_serial(serial)
            stage.say("the live medium starts")
            serial.wait_for(
                "AtomOS is installed", within=INSTALL_WITHIN, what="the installation to end"
            )
            stage.say("installed")
            serial.wait_for("AtomOS is installed", within=60, what="the screen that says so")
            live.leave_to_shell(serial)
            live.no_failed_units(serial)
            check_live_secrets(serial)
            if firmware is Firmware.SECURE_BOOT:
                check_secure_boot(serial)
            serial.type("systemctl poweroff\r")
            machine.wait_until_off(within=120)
    return Installed(hardware)


def check_live_secrets(serial: Serial) -> None:
    """The password is nowhere in what the run left, but in the answers, which only root reads."""
    live.found_nowhere(serial, ADA.password)
    mode = serial.output_of("stat -c %a /run/atomos/answers")
    assert mode == "700", f"/run/atomos/answers has mode {mode}"


def check_secure_boot(serial: Serial) -> None:
    """The kernel and the firmware both say that Secure Boot is on."""
    assert "Secure boot enabled" in serial.output_of("journalctl -kq --no-pager -g 'ecure boot'")
    value = serial.output_of("od -An -tu1 /sys/firmware/efi/efivars/SecureBoot-*")
    assert value.split()[-1] == "1", f"SecureBoot is {value}"


@contextmanager
def powered_on(stage: Stage, hardware: Hardware) -> Iterator[VirtualMachine]:
    """The machine, on, until the story's part ends."""
    with VirtualMachine(hardware, stage.folder) as machine:
        yield machine


def plain_uefi(stage: Stage) -> None:
    """See SCENARIOS."""
    machine_before = install_unattended(stage, Firmware.UEFI)
    check_disk_from_outside(stage)
    with powered_on(stage, machine_before.without_stick) as machine:
        serial = machine.serial
        changed = check_what_lasts(stage, serial)
        stage.say("Root A keeps what it promised, over a restart")

        reboot(serial)
        installed.start(serial, "b")
        installed.log_in(serial, changed, HOSTNAME)
        installed.check_slot(serial, "b")
        kernel = serial.output_of("grep -o 'BOOT_IMAGE=[^ ]*' /proc/cmdline")
        assert kernel.endswith("/b/vmlinuz"), f"Root B runs the kernel {kernel}"
        stage.say("Root B runs from its own kernel")

        installed.become_root(serial, changed)
        reboot(serial)
        check_recovery(serial)
        stage.say("Recovery is the live system with the installer")
        machine.screenshot("recovery")


def check_what_lasts(stage: Stage, serial: Serial) -> Person:
    """Root A, twice: what is changed in between and must stay or go. Returns the new password."""
    installed.start(serial, "a")
    installed.log_in(serial, ADA, HOSTNAME)
    stage.say("Root A is up")
    installed.check_slot(serial, "a")
    assert serial.output_of("readlink /etc/localtime").endswith("Europe/Berlin")
    machine_id = serial.output_of("cat /etc/machine-id")
    changed = Person(name=ADA.name, password="Battery-Staple-8-Horse")
    serial.output_of("echo mine > ~/kept")
    installed.become_root(serial, ADA)
    serial.output_of("echo gone > /forgotten && test -s /forgotten")
    serial.output_of(f"echo '{changed.name}:{changed.password}' | chpasswd")
    reboot(serial)

    installed.start(serial, "a")
    installed.log_in(serial, changed, HOSTNAME)
    installed.check_slot(serial, "a")
    assert serial.output_of("cat ~/kept") == "mine"
    assert serial.run("test -e /forgotten")[0] == 1, "a file in / outlived the restart"
    assert serial.output_of("cat /etc/machine-id") == machine_id
    installed.become_root(serial, changed)
    return changed


def reboot(serial: Serial) -> None:
    """Restart by the system's own means."""
    serial.type("systemctl reboot\r")


def check_recovery(serial: Serial) -> None:
    """The recovery partition boots as the live system, and knows what it is."""
    installed.start(serial, "r")
    serial.wait_for(live.WELCOME, within=live.APP_WITHIN, what="the installer from Recovery")
    live.leave_to_shell(serial)
    live.no_failed_units(serial)
    assert "RECOVERY=yes" in serial.output_of("cat /run/atomos/medium")


def check_disk_from_outside(stage: Stage) -> None:
    """The table is that of DESIGN §2; the password is nowhere on the disk."""
    raw = stage.folder / "disk.raw"
    disk = stage.folder / "disk.qcow2"
    subprocess.run(["qemu-img", "convert", "-O", "raw", disk, raw], check=True)
    table = installed.table_of(raw)
    assert table["label"] == "gpt"
    mib = 2**20 // table["sectorsize"]
    seen = tuple(
        (
            part["name"],
            part["type"].lower(),
            part["start"] / mib,
            part["size"] / mib,
            part.get("attrs", ""),
        )
        for part in table["partitions"]
    )
    assert seen == TABLE_OF_16_GIB, f"the table is {seen}"
    assert installed.occurrences(raw, ADA.password) == [], "the password is on the disk"
    raw.unlink()
    stage.say("the table is the design's; the password is nowhere on the disk")


def secureboot(stage: Stage) -> None:
    """See SCENARIOS."""
    before = install_unattended(stage, Firmware.SECURE_BOOT)
    with powered_on(stage, before.without_stick) as machine:
        serial = machine.serial
        for key in ("a", "b"):
            installed.start(serial, key)
            installed.log_in(serial, ADA, HOSTNAME)
            installed.check_slot(serial, key)
            installed.become_root(serial, ADA)
            check_secure_boot(serial)
            stage.say(f"{installed.MENU_TITLES[key]} runs with Secure Boot on")
            reboot(serial)
        check_recovery(serial)
        check_secure_boot(serial)
        stage.say("Recovery runs with Secure Boot on")


def live_bios(stage: Stage) -> None:
    """See SCENARIOS."""
    hardware = Hardware(
        firmware=Firmware.BIOS,
        drives=(stage.stick, stage.disk("disk", DISK_SIZE)),
        variables=stage.folder / "variables.qcow2",
    )
    with VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        live.start_on_serial(serial)
        serial.wait_for(live.WELCOME, within=live.APP_WITHIN, what="the app")
        live.leave_to_shell(serial)
        live.no_failed_units(serial)
        stage.say("the live system is up, started by BIOS")
        answers = "/run/answers.yaml"
        lines = ANSWERS.format(url="http://10.0.2.2:1", hostname=HOSTNAME).replace("\n", "\\n")
        serial.output_of(f"printf '{lines}' >{answers}; echo {ADA.password} >/run/password")
        status, said = serial.run(f"atomos-install check --answers {answers} 2>&1", within=120)
        assert status == 3, f"check ended with status {status}:\n{said}"
        assert "Not yet: installing on BIOS machines." in said, said


SCENARIOS: Final = (
    Scenario(
        "plain-uefi",
        "unattended install over HTTP under UEFI; Root A, Root B and Recovery keep their promises",
        plain_uefi,
    ),
    Scenario(
        "secureboot",
        "the same with Microsoft's keys and Secure Boot on, which all four systems confirm",
        secureboot,
    ),
    Scenario(
        "tui-serial",
        "the same install answered by key presses on the serial console; no secret leaks",
        tui_serial,
    ),
    Scenario(
        "refuse",
        "every refusal in one booted live system, with its words, and an untouched disk",
        refuse,
    ),
    Scenario(
        "live-bios",
        "the live medium comes up on a BIOS machine, and says that it cannot install there yet",
        live_bios,
    ),
)
