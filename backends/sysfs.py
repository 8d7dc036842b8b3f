"""Block devices as /sys/class/block shows them (Documentation/ABI/stable/sysfs-block)."""

import contextlib
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from installer.hardware import SECTOR, Transport

_NOT_OFFERED: Final = re.compile(r"sr\d+|fd\d+|mtdblock\d+|mmcblk\d+(boot\d+|rpmb|gp\d+)")
"""CD drives, floppies, raw flash, and the eMMC's own areas: firmware lives in boot0 and boot1."""
_LOOP: Final = re.compile(r"loop\d+")
_TRANSPORTS: Final = (
    # In this order: a disk behind USB or virtio-scsi has a SCSI host in its path too.
    (re.compile(r"usb\d+"), Transport.USB),
    (re.compile(r"mmc\d+"), Transport.MMC),
    (re.compile(r"nvme.*"), Transport.NVME),
    (re.compile(r"ata\d+"), Transport.ATA),
    (re.compile(r"host\d+"), Transport.SCSI),
    (re.compile(r"virtio\d+"), Transport.VIRTIO),
)


@dataclass(frozen=True)
class Sysfs:
    """Reads below `root`, which is ``/`` but for tests. Devices go by their kernel names."""

    root: Path

    @property
    def _block(self) -> Path:
        return self.root / "sys/class/block"

    def names(self) -> tuple[str, ...]:
        """Every block device, partitions too."""
        if not self._block.is_dir():
            return ()
        return tuple(sorted((each.name for each in self._block.iterdir()), key=_natural))

    def disks(self, *, include_loop: bool) -> tuple[str, ...]:
        """The whole disks that something could be installed on."""
        return tuple(name for name in self.names() if self._is_disk(name, include_loop))

    def partitions(self, name: str) -> tuple[str, ...]:
        """The partitions of a disk, by their numbers."""
        found: list[str] = []
        with contextlib.suppress(OSError):  # a stick that is pulled out meanwhile
            found = [each.parent.name for each in (self._block / name).glob("*/partition")]
        return tuple(sorted(found, key=lambda each: self.number(each, "partition")))

    def parent(self, name: str) -> str | None:
        """The disk that a partition is on; None for what is not a partition."""
        if not (self._block / name / "partition").exists():
            return None
        return self._way(name).parent.name

    def name_of(self, device: str) -> str:
        """The kernel's name of a device node or of a link to one."""
        node = self.root / device.lstrip("/")
        try:
            state = node.stat()
        except OSError:
            return device.removeprefix("/dev/")
        if stat.S_ISBLK(state.st_mode):
            # By number: without udev, /dev/mapper has nodes of its own and no links to dm-0.
            number = f"{os.major(state.st_rdev)}:{os.minor(state.st_rdev)}"
            link = self.root / "sys/dev/block" / number
            if link.exists():
                return link.resolve().name
        return node.resolve().name

    def text(self, name: str, attribute: str) -> str | None:
        """An attribute of a device without blanks around it; None when absent or empty."""
        try:
            content = (self._block / name / attribute).read_bytes()
        except OSError:
            return None
        return content.decode("utf-8", "replace").strip("\0 \t\n") or None

    def number(self, name: str, attribute: str, default: int = 0) -> int:
        """An attribute that is a number; `default` when the kernel has none."""
        text = self.text(name, attribute)
        return int(text) if text is not None and text.isdigit() else default

    def size_bytes(self, name: str) -> int:
        """Sysfs counts 512 bytes whatever the sectors of the disk are."""
        return self.number(name, "size") * SECTOR

    def transport(self, name: str) -> Transport:
        """How a disk is connected, by the devices on the way to it."""
        way = self._way(name).parts
        for pattern, transport in _TRANSPORTS:
            if any(pattern.fullmatch(each) for each in way):
                return transport
        return Transport.OTHER

    def model(self, name: str) -> str | None:
        """Model name: the whole of it for NVMe, the first 16 characters for SCSI and ATA."""
        return self.text(name, "device/model") or self.text(name, "device/name")

    def serial(self, name: str) -> str | None:
        """Serial number: of NVMe and eMMC, of virtio, or SCSI's page 0x80 (SPC-4, 7.8.18)."""
        known = self.text(name, "device/serial") or self.text(name, "serial")
        if known is not None:
            return known
        try:
            page = (self._block / name / "device/vpd_pg80").read_bytes()
        except OSError:
            return None
        return page[4:].decode("ascii", "replace").strip("\0 ") or None

    def loops(self) -> Mapping[str, str]:
        """Loop devices, and what each is over."""
        files = {each: self.text(each, "loop/backing_file") for each in self.names()}
        return {each: file for each, file in files.items() if file is not None}

    def holders(self, name: str, loops: Mapping[str, str]) -> tuple[str, ...]:
        """Devices built upon this one: device mapper, md, bcache, and those of `loops` over it."""
        folder = self._block / name / "holders"
        direct: list[str] = []
        # The device may go while it is looked at.
        with contextlib.suppress(OSError):
            direct = [each.name for each in folder.iterdir()]
        over_it = [
            each
            for each, file in loops.items()
            if file.startswith("/dev/") and self.name_of(file) == name
        ]
        return tuple(sorted([*direct, *over_it], key=_natural))

    def _is_disk(self, name: str, include_loop: bool) -> bool:
        if (self._block / name / "partition").exists() or _NOT_OFFERED.fullmatch(name):
            return False
        if self.text(name, "hidden") == "1" or self.size_bytes(name) == 0:
            # Paths of a multipath NVMe disk are hidden; empty card readers have no size.
            return False
        if _LOOP.fullmatch(name):
            return include_loop
        # What is built upon other devices or upon memory: dm, md, bcache, zram, ram, nbd.
        return not self._way(name).is_relative_to("sys/devices/virtual/block")

    def _way(self, name: str) -> Path:
        """The way of devices to this one, relative to the root."""
        return (self._block / name).resolve().relative_to(self.root.resolve())


def device_path(name: str) -> str:
    """The device node of a kernel name; the kernel writes ``!`` for a slash (cciss!c0d0)."""
    return "/dev/" + name.replace("!", "/")


def _natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """So that sda10 comes after sda9."""
    return tuple(
        (0, int(each)) if each.isdigit() else (1, each) for each in re.findall(r"\d+|\D+", name)
    )
