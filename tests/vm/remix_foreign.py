"""The scenarios ``remix-foreign`` and ``remix-foreign-encrypted``: an image of Debian 12, whose
initramfs is made by initramfs-tools.

The live medium is the same as ever. What differs is what the image's contract says.
"""

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Final

from tests.vm import installed
from tests.vm.belongings import GRACE
from tests.vm.fallback import SOON, TRIES, damage, offsets, started_by_itself, wait_until_good
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.release_server import build_release
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import (
    ADA,
    DISK_SIZE,
    HOSTNAME,
    PASSPHRASE,
    Order,
    check_recovery,
    install,
)

CHANGED: Final = replace(ADA, password="Battery-Staple-8-Horse")
NO_HOME: Final = 'keymap: de\nsoftware: {home_manager: "off"}'
"""This image has no nix."""
PROMPT: Final = "Please unlock disk atomos: "
PROMPT_WITHIN: Final = 200.0
"""Seconds from the boot menu to the question."""
ROOT: Final = "/root"
"""Where initramfs-tools has the root to be."""


class ForeignStage(Stage):
    """A stage whose release has the Debian 12 system image."""

    @cached_property
    def release(self) -> Path:
        """A release directory with that image and the live ISO."""
        return build_release(self.folder.parent / "release-debian-12", "--base", "debian-12")


def remix_foreign(stage: Stage) -> None:
    """Plain: A, B, Recovery; then slot A is damaged, and nobody presses a key."""
    stage = ForeignStage(stage.folder, stage.say)
    disk = stage.disk("disk", DISK_SIZE)
    order = Order(firmware=Firmware.UEFI, disk=disk, more=f"{SOON}\n{NO_HOME}")
    machine = install(stage, order).without_stick
    with VirtualMachine(machine, stage.folder) as running:
        serial = running.serial
        installed.start(serial, "a")
        settle_in(serial)
        wait_until_good(serial)
        stage.say("Root A lets the person in, who settles in; the start is marked as good")

        installed.reboot(serial)
        installed.start(serial, "b")
        check_settled(serial, "b")
        wait_until_good(serial)
        stage.say("Root B: the same people, and what they changed")

        installed.reboot(serial)
        installed.start(serial, "r")
        check_recovery(serial)
        stage.say("Recovery is the live system with the installer")
        serial.type("systemctl poweroff\r")
        running.wait_until_off(within=120)

    damage(disk.path, offsets(disk.path, ("atomos-a",), stage.folder)["atomos-a"])
    stage.say("the image in slot A is damaged")
    with VirtualMachine(machine, stage.folder) as running:
        serial = running.serial
        for number in range(TRIES):
            started_by_itself(serial, "Root A")
            stage.say(f"try {number + 1} of Root A")
        started_by_itself(serial, "Root B")
        check_settled(serial, "b")
        assert installed.boot_state(serial)["atomos_a_tries"] == "0"
        told = serial.output_of("cat /run/motd.d/atomos-passed-over", within=120)
        assert "Root A" in told, told
        stage.say("then Root B runs, and says that Root A was passed over")


def remix_foreign_encrypted(stage: Stage) -> None:
    """Inside LUKS and LVM: switched off at the prompt, a wrong passphrase, then A, B and
    Recovery."""
    stage = ForeignStage(stage.folder, stage.say)
    disk = stage.disk("disk", DISK_SIZE)
    # Long enough to see what a start costs before it is vouched for.
    more = f"kernel_arguments: [atomos.good_after=3600]\n{NO_HOME}"
    machine = install(
        stage, Order(firmware=Firmware.UEFI, disk=disk, more=more, encrypted=True)
    ).without_stick
    with VirtualMachine(machine, stage.folder) as running:
        serial = running.serial
        installed.start(serial, "a")
        wait_for_prompt(serial)
        stage.say("switched off at the prompt")
    with VirtualMachine(machine, stage.folder) as running:
        serial = running.serial
        installed.start(serial, "a")
        unlock(serial, "wrong")
        unlock(serial, PASSPHRASE)
        settle_in(serial, encrypted=True)
        state = installed.boot_state(serial)
        assert (state["atomos_a_tries"], state["atomos_started"]) == ("2", "a"), state
        stage.say("Root A asks again after a wrong passphrase; the prompt has cost no try")

        installed.reboot(serial)
        installed.start(serial, "b")
        unlock(serial, PASSPHRASE)
        check_settled(serial, "b", encrypted=True)
        state = installed.boot_state(serial)
        assert (state["atomos_a_tries"], state["atomos_b_tries"]) == ("3", "2"), state
        stage.say("Root B: the same people, and what they changed")

        installed.reboot(serial)
        installed.start(serial, "r")
        check_recovery(serial)
        stage.say("Recovery is the live system with the installer")


def wait_for_prompt(serial: Serial) -> None:
    """Wait for the question for the disk's passphrase."""
    serial.wait_for(PROMPT, within=PROMPT_WITHIN, what="the question for the passphrase")


def unlock(serial: Serial, passphrase: str) -> None:
    """Answer it."""
    wait_for_prompt(serial)
    serial.type(f"{passphrase}\r")


def settle_in(serial: Serial, *, encrypted: bool = False) -> None:
    """Root A for the first time: another password, another person, a file that stays and one that
    goes. Ends at root's prompt."""
    installed.log_in(serial, ADA, HOSTNAME)
    installed.check_slot(serial, "a", encrypted=encrypted, sysroot=ROOT)
    assert serial.output_of(". /etc/os-release && echo $VERSION_ID") == "12"
    serial.output_of("echo mine >~/kept")
    installed.become_root(serial, ADA)
    # Whatever the initramfs could not do it has said here.
    assert serial.output_of("dmesg | grep 'AtomOS:' || true") == ""
    assert serial.output_of("cat /proc/sys/kernel/watchdog_thresh") == "30"
    serial.output_of("echo gone >/forgotten && test -s /forgotten")
    serial.output_of(f"echo '{CHANGED.name}:{CHANGED.password}' | chpasswd")
    serial.output_of(f"useradd --create-home {GRACE.name}")
    serial.output_of(f"echo '{GRACE.name}:{GRACE.password}' | chpasswd")


def check_settled(serial: Serial, slot: str, *, encrypted: bool = False) -> None:
    """All that was left in Root A, seen from `slot`. Ends at root's prompt."""
    installed.log_in(serial, CHANGED, HOSTNAME)
    installed.check_slot(serial, slot, encrypted=encrypted, sysroot=ROOT)
    assert serial.output_of("cat ~/kept") == "mine"
    assert serial.run("test -e /forgotten")[0] == 1, "a file in / outlived the restart"
    assert serial.output_of(f"id -u {GRACE.name}") == "1001"
    installed.become_root(serial, CHANGED)
