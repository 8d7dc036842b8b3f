"""The scenario ``fallback``: slots are damaged one after the other, and nobody presses a key.

Secure Boot is on, so GRUB counts with what is built into the signed one.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.vm import installed
from tests.vm.installed import Person
from tests.vm.keep_data import reinstall
from tests.vm.machine import Firmware, VirtualMachine
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

TRIES: Final = 3
SOON: Final = "kernel_arguments: [atomos.good_after=5]"
"""Five seconds instead of a minute until a start counts as good."""
MENU: Final = r"executed automatically in \d"
START_WITHIN: Final = 300.0
"""Seconds from one start menu to the next, through a slot that cannot be mounted; 35 when idle."""


def fallback(stage: Stage) -> None:
    """A three times, B, then Recovery; what is installed anew comes first again."""
    disk = stage.disk("disk", DISK_SIZE)
    order = Order(firmware=Firmware.SECURE_BOOT, disk=disk, more=SOON)
    machine = install(stage, order)
    slots = offsets(disk.path, ("atomos-a", "atomos-b"), stage.folder)

    damage(disk.path, slots["atomos-a"])
    stage.say("the image in slot A is damaged")
    with VirtualMachine(machine.without_stick, stage.folder) as running:
        serial = running.serial
        for number in range(TRIES):
            started_by_itself(serial, "Root A")
            stage.say(f"try {number + 1} of Root A")
        started_by_itself(serial, "Root B")
        log_in_as_root(serial, "b")
        stage.say("then Root B runs and is well")
        wait_until_good(serial)
        state = installed.boot_state(serial)
        assert (state["atomos_a_tries"], state["atomos_b_tries"]) == ("0", "3"), state
        assert (state["atomos_a_good"], state["atomos_b_good"]) == ("0", "1"), state
        serial.type("systemctl poweroff\r")
        running.wait_until_off(within=120)

    damage(disk.path, slots["atomos-b"])
    stage.say("the image in slot B is damaged too")
    with VirtualMachine(machine.without_stick, stage.folder) as running:
        for number in range(TRIES):
            started_by_itself(running.serial, "Root B")
            stage.say(f"try {number + 1} of Root B")
        started_by_itself(running.serial, "Recovery")
        check_recovery(running.serial)
        stage.say("then Recovery shows the installer")

    reinstall(stage, machine)
    with VirtualMachine(machine.without_stick, stage.folder) as running:
        started_by_itself(running.serial, "Root A")
        log_in_as_root(running.serial, "a")
        state = installed.boot_state(running.serial)
        assert (state["atomos_order"], state["atomos_b_tries"]) == ("ab", "3"), state
        stage.say("installed anew, Root A comes first again")


def started_by_itself(serial: Serial, title: str) -> None:
    """Wait for the menu, press nothing, and see that GRUB starts the entry of that title."""
    found = what_starts(serial)
    assert found == title, f"GRUB started {found!r} by itself, not {title!r}"


def what_starts(serial: Serial) -> str:
    """Wait for the menu, press nothing: the title of the entry that GRUB starts."""
    serial.wait_for(MENU, within=START_WITHIN, what="the start menu")
    booting = r"Booting [`']?([A-Za-z ]+)'"
    return serial.wait_for(booting, within=60, what="GRUB's word of what it starts").group(1)


def log_in_as_root(serial: Serial, slot: str, person: Person = ADA) -> None:
    """Log in to the slot that has to run, see that it is well, and become root."""
    installed.log_in(serial, person, HOSTNAME)
    installed.check_slot(serial, slot)
    installed.become_root(serial, person)
    check_secure_boot(serial)


def wait_until_good(serial: Serial) -> None:
    """Wait until the service has marked this start as good."""
    status, said = serial.run(
        "timeout 60 sh -c 'until systemctl show -p SubState atomos-mark-good.service"
        " | grep -q exited; do sleep 1; done'",
        within=90,
    )
    assert status == 0, f"the start was not marked good: {said}"


def offsets(disk: Path, labels: Sequence[str], folder: Path) -> dict[str, int]:
    """Where the partitions of these labels begin on a qcow2 disk, in bytes."""
    raw = folder / "look.raw"
    subprocess.run(["qemu-img", "convert", "-O", "raw", disk, raw], check=True)
    table = installed.table_of(raw)
    raw.unlink()
    starts = {part["name"]: part["start"] * table["sectorsize"] for part in table["partitions"]}
    return {label: starts[label] for label in labels}


def damage(disk: Path, offset: int) -> None:
    """Overwrite the superblock and the first MiB of an image on a qcow2 disk."""
    subprocess.run(
        ["qemu-io", "-f", "qcow2", "-c", f"write -P 0xa5 {offset} 1M", str(disk)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
