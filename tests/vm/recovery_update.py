"""The scenario ``recovery-update``: Recovery becomes that of a newer release, cut off once."""

import json
import time
from typing import Any, Final

from backends.boot_entries import boot_entries, boot_order
from tests.vm import installed
from tests.vm.fallback import SOON, log_in_as_root, started_by_itself, wait_until_good
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.newer_image import VERSION
from tests.vm.release_server import build_release, live_iso
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import DISK_SIZE, Order, check_recovery, install
from tests.vm.unsteady_server import Line, serving_over

WITHIN: Final = 1200.0
"""Seconds for an image of 260 MB from the network, read back."""
SLOWLY: Final = 4_000_000
"""Bytes in a second: the image takes a minute, in which the plug is pulled."""
ESP: Final = "/dev/disk/by-partlabel/atomos-esp"
COPY: Final = "/var/lib/mmx64.efi"
CHANGES_A_LOADER: Final = (
    f"mcopy -i {ESP} ::/EFI/atomos/mmx64.efi {COPY} && cp {COPY} {COPY}.older"
    f" && printf older >>{COPY}.older && mcopy -o -i {ESP} {COPY}.older ::/EFI/atomos/mmx64.efi"
    " && sync"
)
"""One that starts nothing unless a key is to be enrolled."""
CONTRACT: Final = "/usr/lib/atomos/image.yaml"


def recovery_update(stage: Stage) -> None:
    """A cut in the middle leaves a machine that starts A and says so; then it comes to its end,
    and `atomos boot-next recovery` starts the new one, once."""
    order = Order(firmware=Firmware.SECURE_BOOT, disk=stage.disk("disk", DISK_SIZE), more=SOON)
    machine = install(stage, order)
    newer, line = build_release(stage.folder / "newer", "--version", VERSION), Line()
    with (
        serving_over(line, newer) as url,
        VirtualMachine(machine.without_stick, stage.folder) as running,
    ):
        started_by_itself(running.serial, "Root A")
        before = _at_home(running.serial)
        assert (before["whole"], before["version"] == VERSION) == (True, False), before
        stage.say(f"Recovery is {before['name']} {before['version']}, {before['signed_by']}")

        running.serial.output_of(CHANGES_A_LOADER)

        line.slow_down(SLOWLY)
        running.serial.type(f"atomos recovery update --from {url}\r")
        _wait_for(line, live_iso(newer).stat().st_size // 3)
        running.power_cut()
        line.slow_down(None)
        stage.say(f"the power went when {line.sent} bytes had been sent")
        running.power_on()
        started_by_itself(running.serial, "Root A")
        found = _at_home(running.serial)
        assert (found["whole"], found["name"]) == (False, None), found
        refused, said = running.serial.run("atomos boot-next recovery", within=120)
        assert refused == 3, said
        assert "Recovery is not whole" in said, said
        stage.say("Root A started by itself, and says that Recovery is not whole")

        told = running.serial.output_of(f"atomos recovery update --from {url}", within=WITHIN)
        assert "Recovery is whole" in told, told
        after = _status(running.serial)
        assert (after["whole"], after["version"]) == (True, VERSION), after
        assert "TEST" in after["signed_by"], after
        _loaders_are_kept(running.serial)
        stage.say("shim's manager on the ESP is Recovery's, and the one before a second entry")
        again = running.serial.output_of(f"atomos recovery update --from {url}", within=300)
        assert "which has that version already" in again, again
        running.serial.output_of("atomos boot-next recovery", within=120)
        installed.reboot(running.serial)

        started_by_itself(running.serial, "Recovery")
        check_recovery(running.serial)
        contract = running.serial.output_of(f"cat {CONTRACT}")
        assert f"version: {VERSION}" in contract.replace('"', ""), contract
        stage.say(f"the new Recovery started, with {VERSION}")
        running.serial.type("systemctl reboot\r")
        started_by_itself(running.serial, "Root A")
        _at_home(running.serial)


def _at_home(serial: Serial) -> dict[str, Any]:
    """Root A is well, and good; gives what it says of Recovery."""
    log_in_as_root(serial, "a")
    wait_until_good(serial)
    return _status(serial)


def _loaders_are_kept(serial: Serial) -> None:
    """The one that was changed was brought back; the firmware has the set before, as the second."""
    serial.output_of(f"mcopy -i {ESP} ::/EFI/atomos/mmx64.efi {COPY}.new && cmp {COPY} {COPY}.new")
    serial.output_of(f"mcopy -i {ESP} ::/EFI/atomos.old/mmx64.efi {COPY}.old")
    assert serial.output_of(f"tail -c 5 {COPY}.old").strip() == "older"
    printed = serial.output_of("efibootmgr")
    first, second = boot_order(printed)[:2]
    labels = {each.number: each.label for each in boot_entries(serial.output_of("efibootmgr -v"))}
    assert (labels[first], labels[second]) == ("AtomOS", "AtomOS (previous)"), printed


def _status(serial: Serial) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        serial.output_of("atomos recovery status --json", within=120)
    )
    return found


def _wait_for(line: Line, count: int) -> None:
    """So many bytes of the image were sent."""
    ends = time.monotonic() + WITHIN
    while line.sent < count:
        assert time.monotonic() < ends, f"only {line.sent} bytes were sent"
        time.sleep(0.1)
