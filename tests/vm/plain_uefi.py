"""The scenario ``plain-uefi``: the plain layout under UEFI, from a blank disk to Recovery."""

import subprocess
from typing import Final

from tests.vm import installed
from tests.vm.installed import Person
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, DISK_SIZE, HOSTNAME, Order, check_recovery, install

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


def plain_uefi(stage: Stage) -> None:
    """Unattended install over HTTP; Root A twice, Root B from its own kernel, Recovery."""
    disk = stage.disk("disk", DISK_SIZE)
    machine_before = install(stage, Order(firmware=Firmware.UEFI, disk=disk, tries_again=True))
    check_disk_from_outside(stage)
    with VirtualMachine(machine_before.without_stick, stage.folder) as machine:
        serial = machine.serial
        changed = check_what_lasts(stage, serial)
        stage.say("Root A keeps what it promised, over a restart")

        installed.reboot(serial)
        installed.start(serial, "b")
        installed.log_in(serial, changed, HOSTNAME)
        installed.check_slot(serial, "b")
        kernel = serial.output_of("grep -o 'BOOT_IMAGE=[^ ]*' /proc/cmdline")
        assert kernel.endswith("/b/vmlinuz"), f"Root B runs the kernel {kernel}"
        stage.say("Root B runs from its own kernel")

        installed.become_root(serial, changed)
        installed.reboot(serial)
        installed.start(serial, "r")
        check_recovery(serial)
        stage.say("Recovery is the live system with the installer")


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
    installed.reboot(serial)

    installed.start(serial, "a")
    installed.log_in(serial, changed, HOSTNAME)
    installed.check_slot(serial, "a")
    assert serial.output_of("cat ~/kept") == "mine"
    assert serial.run("test -e /forgotten")[0] == 1, "a file in / outlived the restart"
    assert serial.output_of("cat /etc/machine-id") == machine_id
    installed.become_root(serial, changed)
    return changed


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
