"""The scenario ``plain-bios``: a disk of 3 TiB, installed and started by BIOS, then by UEFI."""

from dataclasses import replace

from tests.vm import installed
from tests.vm.machine import Firmware, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.unattended import (
    ADA,
    DISK_SIZE,
    HOSTNAME,
    Order,
    check_in_recovery,
    install,
    walk_through,
)


def plain_bios(stage: Stage) -> None:
    """A, B and Recovery by BIOS; the same disk then starts a UEFI machine that never saw it."""
    disk = stage.disk("disk", "3T")
    before = install(stage, Order(firmware=Firmware.BIOS, disk=disk))
    large = stage.disk("large-sectors", DISK_SIZE, sector_bytes=4096)
    alone = before.without_stick
    with VirtualMachine(replace(alone, drives=(*alone.drives, large)), stage.folder) as machine:
        walk_through(stage, machine, None)
        status, said = check_in_recovery(stage, machine.serial, "large-sectors")
        assert status == 3, f"check ended with status {status}:\n{said}"
        assert "sectors of 4096 bytes" in " ".join(said.split()), said
        stage.say("a disk with sectors of 4096 bytes is refused on a BIOS machine")
    other = replace(before.without_stick, firmware=Firmware.UEFI)
    with VirtualMachine(other, stage.folder) as machine:
        serial = machine.serial
        installed.start(serial, "a")
        installed.log_in(serial, ADA, HOSTNAME)
        installed.check_slot(serial, "a")
        assert serial.run("test -d /sys/firmware/efi")[0] == 0, "this was not started by UEFI"
        size = int(serial.output_of("findmnt -nbo SIZE /home"))
        assert size > 2.9 * 2**40, f"/home has {size} bytes of a disk of 3 TiB"
    stage.say("the same disk starts by UEFI, and its data reach beyond 2 TiB")
