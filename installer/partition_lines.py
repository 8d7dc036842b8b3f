"""What each partition of the plan is for, in a person's words."""

from typing import Final

from installer.layout import PartitionTable, Role
from installer.quantity import format_size
from installer.text import N_, _

_PURPOSES: Final = {
    Role.BIOS: N_("start-up code for older machines (BIOS)"),
    Role.ESP: N_("start-up files for UEFI machines"),
    Role.BOOT: N_("boot menu and kernels"),
    Role.SLOT_A: N_("Root A: the system"),
    Role.SLOT_B: N_("Root B: the same system again"),
    Role.RECOVERY: N_("Recovery: this live system"),
    Role.DATA: N_("everything of yours: /home, /var, /nix"),
    Role.LUKS: N_("encrypted: Root A, Root B, all of yours"),
}


def partition_lines(table: PartitionTable) -> str:
    """One line each: number, label, size, purpose."""
    return "\n".join(
        f"{part.number:>2}  {part.label:<16}{format_size(part.size_bytes):>9}"
        f"   {_(_PURPOSES[part.role])}"
        for part in table.partitions
    )
