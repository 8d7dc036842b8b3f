"""Facts about the machine. Whoever gathers them, the plan reads only these."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

SECTOR: Final = 512


class Firmware(StrEnum):
    """What started the machine."""

    UEFI = "uefi"
    BIOS = "bios"


class Transport(StrEnum):
    """How a disk is connected."""

    VIRTIO = "virtio"
    NVME = "nvme"
    ATA = "ata"
    SCSI = "scsi"
    USB = "usb"
    MMC = "mmc"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What blkid recognises on a device: a file system, a RAID or LUKS member, swap."""

    kind: str
    label: str | None = None
    uuid: str | None = None


@dataclass(frozen=True, kw_only=True)
class Partition:
    """One partition; sizes and offsets in bytes, GUIDs in lower case."""

    path: str
    number: int
    start_bytes: int
    size_bytes: int
    type_guid: str | None = None
    label: str | None = None
    guid: str | None = None
    contents: Contents | None = None
    uses: tuple[str, ...] = ()
    """Who holds it open now, each in a few words: ``mounted on /mnt``, ``swap``, ``md127``,
    ``vg-root (mounted on /)``."""

    @property
    def name(self) -> str | None:
        """What a person knows it by: the label of what is on it, else its own."""
        return (self.contents.label if self.contents else None) or self.label


@dataclass(frozen=True, kw_only=True)
class Disk:
    """One whole disk; sizes in bytes."""

    path: str
    ids: tuple[str, ...] = ()
    """Names of its links in /dev/disk/by-id."""
    serial: str | None = None
    model: str | None = None
    transport: Transport = Transport.OTHER
    size_bytes: int
    logical_sector_bytes: int = SECTOR
    physical_sector_bytes: int = SECTOR
    read_only: bool = False
    removable: bool = False
    rotational: bool = False
    discards: bool = False
    """It takes discards (trim): an SSD, or storage that is given out as it is used."""
    table: str | None = None
    """``gpt``, ``dos``, another that blkid names, or None."""
    contents: Contents | None = None
    uses: tuple[str, ...] = ()
    carries_system: bool = False
    """The running system stands on it: nobody could unmount it."""
    held: bool = False
    """Somebody holds it open who can be neither named nor ended."""
    damaged: bool = False
    """Its first or its last MiB cannot be read."""
    partitions: tuple[Partition, ...] = ()
    labels_above: tuple[str, ...] = ()
    """Labels of the file systems on what is built upon it and open now: logical volumes, opened
    LUKS, RAID, loop devices."""
    places: tuple[str, ...] = ()
    """Where it is mounted, with its partitions and all that is built upon them, and what lies on
    those mounts."""

    @property
    def name(self) -> str:
        """What a person calls it: model, or transport, and the device."""
        return f"{self.model or self.transport.value} ({self.path})"

    @property
    def all_uses(self) -> tuple[str, ...]:
        """Uses of the disk and of its partitions, each beginning with the device it holds."""
        own = tuple(f"{self.path} {use}" for use in self.uses)
        return own + tuple(f"{part.path} {use}" for part in self.partitions for use in part.uses)


@dataclass(frozen=True, kw_only=True)
class Interface:
    """One network interface."""

    name: str
    up: bool
    wireless: bool = False
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Medium:
    """The live medium that this system was started from."""

    device: str
    """The device that holds the ISO: a whole disk, a CD, or the recovery partition."""
    in_ram: bool
    is_recovery: bool
    length_bytes: int | None
    """Length of the ISO by its GPT's alternate LBA + 1; None when the device is gone."""
    uuid: str | None = None
    """Of the ISO's file system; None where nobody noted it."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Everything the plan needs to know of the machine it runs on."""

    architecture: str
    """As systemd spells it: ``x86-64``."""
    firmware: Firmware
    secure_boot: bool
    memory_bytes: int
    disks: tuple[Disk, ...]
    interfaces: tuple[Interface, ...] = ()
    medium: Medium | None = None
    root: bool = True
    missing_tools: tuple[str, ...] = ()
    missing_files: tuple[str, ...] = ()
    """What this system should have to give to the disk (shim, GRUB), and has not."""
    serial_console: str | None = None
    """The value of ``console=`` for the serial line this system was started with."""


class HardwareSource(Protocol):
    """Whoever knows the machine: the live one, or a recording of another."""

    def machine(self) -> Machine:
        """The facts as they are now. Reads only; changes no byte of any disk."""
        ...
