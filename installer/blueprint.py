"""Everything that is settled once nothing is in the way of an installation."""

from dataclasses import dataclass

from installer.answers import Answers, Keep, LayoutKind
from installer.hardware import SECTOR, Disk, Machine
from installer.identifiers import Identifiers
from installer.installation import Installation
from installer.layout import (
    EXTENT,
    SLOTS,
    VOLUMES,
    PartitionTable,
    Role,
    partition_path,
    volume_path,
)
from installer.machinery import Settings, Volume
from installer.quantity import align_up
from installer.recovery_choice import RecoveryFate
from installer.release import Release


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """What operations are made of."""

    answers: Answers
    machine: Machine
    release: Release
    identifiers: Identifiers
    disk: Disk
    table: PartitionTable
    stays: bool
    """The table is the disk's own."""
    installation: Installation | None
    """The one whose data are kept."""
    slot_bytes: int
    recovery: RecoveryFate
    settings: Settings
    resets: bool = False
    """Recovery resets everything on its own disk, whose boot partition stays (docs/reset.md)."""

    @property
    def keeps(self) -> bool:
        """Whether any data are kept."""
        return self.answers.keep is not Keep.NOTHING

    @property
    def encrypted(self) -> bool:
        """Whether slots and data are in a LUKS container."""
        return self.table.layout is LayoutKind.ENCRYPTED

    @property
    def has_bios_core(self) -> bool:
        """GRUB's boot code reads sectors of 512 bytes only (grub-core/boot/i386/pc/boot.S)."""
        return self.disk.logical_sector_bytes == SECTOR

    @property
    def luks_uuid(self) -> str:
        """Of the container, new or kept."""
        kept = self.installation.luks_uuid if self.installation is not None else None
        return (kept or self.identifiers.luks_uuid).lower()

    @property
    def volumes(self) -> tuple[Volume, ...]:
        """Of an encrypted disk: the data have what the slots leave."""
        if not self.encrypted:
            return ()
        slots = (align_up(self.slot_bytes, EXTENT),) * len(SLOTS)
        if self.installation is not None:
            slots = self.installation.slot_bytes
        return (
            *(
                Volume(name=VOLUMES[role], size_bytes=size)
                for role, size in zip(SLOTS, slots, strict=True)
            ),
            Volume(name=VOLUMES[Role.DATA], size_bytes=None),
        )

    def part(self, role: Role) -> str:
        """Device node of the partition of a role. Raises KeyError for one that is not there."""
        return partition_path(self.disk.path, self.table.part(role).number)

    def path(self, role: Role) -> str:
        """Device node of what a role has: its partition, or its volume where it is one."""
        if self.encrypted and role in VOLUMES:
            return volume_path(role)
        return self.part(role)
