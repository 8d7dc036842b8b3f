"""The scenarios ``alpine`` and ``alpine-encrypted``: an image that has neither systemd nor dracut.

The live medium is the same as ever. What differs is what the image's contract says.
"""

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Final

from tests.vm import installed
from tests.vm.belongings import GRACE
from tests.vm.fallback import SOON, TRIES, damage, offsets, started_by_itself
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
ASKED: Final = f'{SOON}\nsoftware: {{home_manager: "off"}}'
"""This image has no nix."""
PROMPT: Final = "Enter passphrase for [^:]*: "
PROMPT_WITHIN: Final = 200.0
"""Seconds from the boot menu to the question; 10 on an idle 2-core machine without KVM."""


class AlpineStage(Stage):
    """A stage whose release has the Alpine system image."""

    @cached_property
    def release(self) -> Path:
        """A release directory with that image and the live ISO."""
        return build_release(self.folder.parent / "release-alpine", "--base", "alpine")


def alpine(stage: Stage) -> None:
    """Plain: A, B, Recovery; then slot A is damaged, and nobody presses a key."""
    stage = AlpineStage(stage.folder, stage.say)
    disk = stage.disk("disk", DISK_SIZE)
    machine = install(stage, Order(firmware=Firmware.UEFI, disk=disk, more=ASKED)).without_stick
    with VirtualMachine(machine, stage.folder) as running:
        serial = running.serial
        installed.start(serial, "a")
        settle_in(serial)
        stage.say("Root A lets the person in, who settles in, and OpenRC marks the start as good")

        serial.type("reboot\r")
        installed.start(serial, "b")
        comes_up(serial, "b")
        stage.say("Root B: the same people, and what they changed")

        serial.type("reboot\r")
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
        installed.log_in(serial, CHANGED, HOSTNAME)
        check_slot(serial, "b")
        installed.become_root(serial, CHANGED)
        wait_until_good(serial, "b")
        assert installed.boot_state(serial)["atomos_a_tries"] == "0"
        told = serial.output_of("cat /run/motd.d/atomos-passed-over", within=120)
        assert "Root A" in told, told
        stage.say("then Root B runs, and says that Root A was passed over")


def alpine_encrypted(stage: Stage) -> None:
    """Inside LUKS and LVM: a wrong passphrase, then A and B."""
    stage = AlpineStage(stage.folder, stage.say)
    disk = stage.disk("disk", DISK_SIZE)
    order = Order(firmware=Firmware.UEFI, disk=disk, more=ASKED, encrypted=True)
    machine = install(stage, order).without_stick
    with VirtualMachine(machine, stage.folder) as running:
        serial = running.serial
        installed.start(serial, "a")
        unlock(serial, "wrong")
        unlock(serial, PASSPHRASE)
        settle_in(serial, encrypted=True)
        stage.say("Root A asks again after a wrong passphrase, and lets the person in")

        serial.type("reboot\r")
        installed.start(serial, "b")
        unlock(serial, PASSPHRASE)
        installed.log_in(serial, CHANGED, HOSTNAME)
        check_slot(serial, "b", encrypted=True)
        check_settled(serial)
        stage.say("Root B: the same people, and what they changed")


def unlock(serial: Serial, passphrase: str) -> None:
    """Answer the question for the disk's passphrase."""
    serial.wait_for(PROMPT, within=PROMPT_WITHIN, what="the question for the passphrase")
    serial.type(f"{passphrase}\r")


def settle_in(serial: Serial, *, encrypted: bool = False) -> None:
    """Root A for the first time: another password, another person, a file that stays and one that
    goes. Ends at root's prompt."""
    installed.log_in(serial, ADA, HOSTNAME)
    check_slot(serial, "a", encrypted=encrypted)
    serial.output_of("echo mine >~/kept")
    installed.become_root(serial, ADA)
    # To anybody else all daemons look crashed.
    assert serial.output_of("rc-status --crashed || true") == ""
    serial.output_of("echo gone >/forgotten && test -s /forgotten")
    serial.output_of(f"echo '{CHANGED.name}:{CHANGED.password}' | chpasswd")
    serial.output_of(f"adduser -D {GRACE.name} && echo '{GRACE.name}:{GRACE.password}' | chpasswd")
    # A service that a person adds has to start with the next one.
    serial.output_of("rc-update add ntpd default")
    wait_until_good(serial, "a")


def comes_up(serial: Serial, slot: str, *, encrypted: bool = False) -> None:
    """For the person who has settled in, and is marked as good. Ends at root's prompt."""
    installed.log_in(serial, CHANGED, HOSTNAME)
    check_slot(serial, slot, encrypted=encrypted)
    check_settled(serial)
    installed.become_root(serial, CHANGED)
    wait_until_good(serial, slot)


def check_settled(serial: Serial) -> None:
    """All that was left in Root A, seen from another start."""
    assert serial.output_of("cat ~/kept") == "mine"
    assert serial.run("test -e /forgotten")[0] == 1, "a file in / outlived the restart"
    assert serial.output_of(f"id -u {GRACE.name}") == "1001"
    assert "started" in serial.output_of("rc-service ntpd status")


def check_slot(serial: Serial, slot: str, *, encrypted: bool = False) -> None:
    """What DESIGN §3 promises of a system that runs from `slot`, by the means of busybox."""
    mounts = {
        fields[1]: fields
        for fields in (row.split() for row in serial.output_of("cat /proc/mounts").splitlines())
    }
    assert mounts["/"][2] == "overlay", f"/ is {mounts['/']}"
    device, _place, kind, options = mounts["/run/atomos/slot"][:4]
    assert (kind, options.split(",")[0]) == ("squashfs", "ro"), f"the slot is {kind} {options}"
    block = f"/sys/class/block/{device.removeprefix('/dev/')}"
    name = f"cat {block}/dm/name" if encrypted else f"sed -n s/PARTNAME=//p {block}/uevent"
    assert serial.output_of(name) == f"atomos-{slot}"
    for name in ("home", "var", "nix"):
        kind, options = mounts[f"/{name}"][2:4]
        assert kind == "btrfs", f"/{name} is {kind}"
        assert f"subvol=/@{name}" in options.split(","), f"/{name} has {options}"
    kind, options = mounts["/etc"][2:4]
    assert kind == "overlay", f"/etc is {kind}"
    assert "upperdir=/var/lib/atomos/etc/upper" in options, f"/etc has {options}"
    assert serial.run("test -e /run/atomos/without-data")[0] == 1


def wait_until_good(serial: Serial, slot: str) -> None:
    """At root's prompt: wait until OpenRC's service has marked this start as good."""
    status, said = serial.run(
        "timeout 60 sh -c 'until /usr/lib/atomos/boot-state show"
        " | grep -qx atomos_started=-; do sleep 1; done'",
        within=90,
    )
    assert status == 0, f"the start was not marked good: {said}"
    assert installed.boot_state(serial)[f"atomos_{slot}_good"] == "1"
