"""The scenario ``tiny``: the smallest disk that works, and one that has a MiB less."""

from dataclasses import replace
from typing import Final

from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.unattended import Order, check_in_recovery, install, walk_through

SMALLEST_MIB: Final = 1 + 1 + 512 + 1024 + 2048 + 2048 + 2048 + 2048 + 1
"""The table of DESIGN §2 with 2 GiB for the data, and a MiB for GPT at either end."""


def tiny(stage: Stage) -> None:
    """The smallest disk installs and starts A, B and Recovery; a MiB less is refused."""
    smallest = stage.disk("disk", f"{SMALLEST_MIB}M")
    before = install(stage, Order(firmware=Firmware.UEFI, disk=smallest))
    smaller = stage.disk("smaller", f"{SMALLEST_MIB - 1}M")
    hardware = before.without_stick
    with VirtualMachine(
        replace(hardware, drives=(*hardware.drives, smaller)), stage.folder
    ) as machine:
        walk_through(stage, machine, None)
        status, said = check_in_recovery(stage, machine.serial, "smaller")
    assert status == 3, f"check ended with status {status}:\n{said}"
    assert "is too small by 1 MiB: it has" in " ".join(said.split()), said
    stage.say("a disk with a MiB less is refused, by how much")
