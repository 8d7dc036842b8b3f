"""The scenario ``two-disks``: two AtomOS disks, installed one by one, in one machine."""

from dataclasses import replace
from typing import Final

from tests.vm import installed, live
from tests.vm.machine import Drive, Firmware, Hardware, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.serial import Serial
from tests.vm.unattended import ADA, DISK_SIZE, Order, check_in_recovery, install

NAMES: Final = ("first", "second")
SLOTS: Final = {"first": "ab", "second": "b"}
"""Which are started: A of the second disk would show nothing that its B does not."""


def two_disks(stage: Stage) -> None:
    """Each starts its own slot with its own data, whichever of them the firmware starts."""
    drives = {name: _installed(stage, name) for name in NAMES}
    for name in NAMES:
        other = next(each for each in NAMES if each != name)
        hardware = Hardware(
            firmware=Firmware.UEFI,
            drives=(drives[name], drives[other]),
            variables=stage.folder / f"variables-{name}.qcow2",
        )
        with VirtualMachine(hardware, stage.folder) as machine:
            serial = machine.serial
            for slot in SLOTS[name]:
                installed.start(serial, slot)
                # The host name stands on the data partition.
                installed.log_in(serial, ADA, name)
                installed.check_slot(serial, slot)
                _check_own_disk(serial, name)
                installed.become_root(serial, ADA)
                installed.reboot(serial)
            stage.say(f"the {name} disk starts its own slots {SLOTS[name]} with its own data")
            installed.start(serial, "r")
            _check_recovery(stage, serial, name, other)
            stage.say(f"its Recovery is its own, and refuses the {other} disk by its labels")


def _installed(stage: Stage, name: str) -> Drive:
    """A disk on which AtomOS was installed while it was alone."""
    drive = stage.disk(name, DISK_SIZE)
    alone = replace(drive, name="disk")
    install(stage, Order(firmware=Firmware.UEFI, disk=alone, hostname=name))
    return drive


def _check_own_disk(serial: Serial, name: str) -> None:
    for place in ("/run/atomos/slot", "/home", "/var", "/nix"):
        serials = serial.output_of(f"lsblk -nsro SERIAL $(findmnt -nvo SOURCE {place})").split()
        assert serials == [name], f"{place} is on {serials}"


def _check_recovery(stage: Stage, serial: Serial, name: str, other: str) -> None:
    live.wait_for_app(serial)
    live.leave_to_shell(serial)
    medium = "$(sed -n s/^DEVICE=//p /run/atomos/medium)"
    assert serial.output_of(f"lsblk -nsro SERIAL {medium}").split() == [name]
    status, said = check_in_recovery(stage, serial, name)
    assert status == 3, f"check ended with status {status}:\n{said}"
    one_line = " ".join(said.split())
    assert "carries the labels of another AtomOS: ATOMOS-ESP, atomos-a" in one_line, said
    detach = "Detach /dev/vdb"  # the firmware starts vda
    assert detach in one_line, f"{other} is not named:\n{said}"
