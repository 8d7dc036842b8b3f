"""The scenario ``nvme-4k``: an NVMe disk with sectors of 4096 bytes."""

from tests.vm import installed
from tests.vm.machine import Bus, Firmware, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.unattended import DISK_SIZE, Order, install, walk_through


def nvme_4k(stage: Stage) -> None:
    """A, B, and Recovery, whose ISO 9660 the kernel does not mount from such sectors by itself."""
    disk = stage.disk("disk", DISK_SIZE, bus=Bus.NVME, sector_bytes=4096)
    before = install(stage, Order(firmware=Firmware.UEFI, disk=disk))
    with VirtualMachine(before.without_stick, stage.folder) as machine:
        walk_through(stage, machine, None)
        device = machine.serial.output_of("sed -n s/^DEVICE=//p /run/atomos/medium")
        assert device.startswith("/dev/nvme0n1p"), f"Recovery came from {device}"
        sector = machine.serial.output_of(f"blockdev --getss {device}")
        assert sector == "4096", f"its sectors have {sector} bytes"
    stage.say(f"{installed.MENU_TITLES['r']} runs from sectors of 4096 bytes")
