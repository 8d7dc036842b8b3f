"""The scenario ``kept-from-recovery``: an encrypted disk whose image has no `atomos` of its own."""

import json
from typing import Any, Final

from tests.vm import installed
from tests.vm.alpine import (
    ASKED,
    CHANGED,
    AlpineStage,
    check_slot,
    comes_up,
    settle_in,
    unlock,
    wait_until_good,
)
from tests.vm.belongings import GRACE
from tests.vm.fallback import started_by_itself
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.newer_image import VERSION
from tests.vm.release_server import build_release, serving
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import DISK_SIZE, PASSPHRASE, Order, check_recovery, install

ASKS: Final = "Passphrase of the disk: "
UNLOCK_WITHIN: Final = 300.0
"""Seconds for argon2id without KVM."""
UPDATE_WITHIN: Final = 600.0
NO_NAME: Final = r"(?!atomos-test)\S+"
IN_VAR: Final = "/var/lib/database"


def kept_from_recovery(stage: Stage) -> None:
    """Recovery opens what is locked and updates B, which starts; then it takes that back, and
    has the system reset."""
    stage = AlpineStage(stage.folder, stage.say)
    newer = build_release(stage.folder / "newer", "--base", "alpine", "--version", VERSION)
    disk = stage.disk("disk", DISK_SIZE)
    order = Order(firmware=Firmware.UEFI, disk=disk, more=ASKED, encrypted=True)
    machine = install(stage, order).without_stick
    with serving(newer) as url, VirtualMachine(machine, stage.folder) as running:
        serial = running.serial
        started_by_itself(serial, "Root A")
        unlock(serial, PASSPHRASE)
        settle_in(serial, encrypted=True)
        serial.output_of(f"echo data >{IN_VAR}")
        status, said = serial.run("atomos update")
        assert (status, "Recovery has it" in said) == (3, True), said

        serial.type("reboot\r")
        _recovery_is_asked(stage, serial)
        told = serial.output_of(f"atomos update --from {url}", within=UPDATE_WITHIN)
        assert "starts with the next restart" in told, told
        found = _status(serial)
        assert (found["next"], found["slots"]["b"]["version"]) == ("b", VERSION), found
        assert found["slots"]["a"]["good"], found
        stage.say("Recovery wrote the newer release into Root B")

        serial.type("systemctl reboot\r")
        started_by_itself(serial, "Root B")
        unlock(serial, PASSPHRASE)
        comes_up(serial, "b", encrypted=True)
        assert VERSION in serial.output_of("cat /run/atomos/slot/usr/lib/atomos/image.yaml")
        stage.say("Root B runs the newer one, for the same people, and is known good")

        serial.type("reboot\r")
        _recovery_is_asked(stage, serial)
        said = json.loads(serial.output_of("atomos rollback --json", within=120))
        assert said["next"] == "a", said
        serial.output_of("atomos reset system --yes=system", within=120)
        serial.type("systemctl reboot\r")
        started_by_itself(serial, "Root A")
        unlock(serial, PASSPHRASE)
        # The name of the machine is among what is reset.
        installed.log_in(serial, CHANGED, NO_NAME)
        check_slot(serial, "a", encrypted=True)
        _was_reset(serial)
        stage.say("Recovery took it back, and had the system reset: people and homes are there")


def _recovery_is_asked(stage: Stage, serial: Serial) -> None:
    """Start it from the menu, and see that it opens the slots for the right passphrase only."""
    installed.start(serial, "r")
    check_recovery(serial)
    found = _status(serial)
    assert (found["runs"], found["slots"]["a"]["version"]) == ("recovery", None), found
    assert "atomos unlock" in found["slots"]["a"]["fault"], found
    for passphrase, expected in (("wrong", 3), (PASSPHRASE, 0)):
        serial.type("atomos unlock; echo ended=$?\r")
        serial.wait_for(ASKS, within=60, what="the question for the passphrase")
        serial.type(f"{passphrase}\r")
        ended = serial.wait_for(r"ended=(\d+)\r", within=UNLOCK_WITHIN, what="its end").group(1)
        assert int(ended) == expected, f"{passphrase}: {ended}"
    stage.say("the slots are locked, and the passphrase opens them")


def _was_reset(serial: Serial) -> None:
    """By Alpine's own means: what was changed is gone, but for people with what is theirs."""
    assert serial.output_of("cat ~/kept") == "mine"
    assert serial.output_of(f"id -u {GRACE.name}") == "1001"
    installed.become_root(serial, CHANGED)
    assert serial.run(f"test -e {IN_VAR}")[0] == 1
    assert serial.run("test -e /etc/runlevels/default/ntpd")[0] == 1
    wait_until_good(serial, "a")


def _status(serial: Serial) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(serial.output_of("atomos status --json", within=120))
    return found
