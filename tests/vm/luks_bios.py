"""The scenario ``luks-bios``: the encrypted layout on a BIOS machine with a SCSI disk."""

from tests.vm.machine import Bus, Firmware, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.unattended import DISK_SIZE, Order, install, walk_through


def luks_bios(stage: Stage) -> None:
    """GRUB from the BIOS partition, the passphrase on the serial line; A, B and Recovery."""
    disk = stage.disk("disk", DISK_SIZE, bus=Bus.SCSI)
    before = install(stage, Order(firmware=Firmware.BIOS, disk=disk, encrypted=True))
    with VirtualMachine(before.without_stick, stage.folder) as machine:
        walk_through(stage, machine, before.passphrase)
