"""What each partition of the plan is for, in a person's words."""

from typing import Final

from installer.layout import PartitionTable, Role
from installer.quantity import format_size
from installer.text import _

_PURPOSES: Final = {
    Role.BIOS: _("start-up code for older machines (BIOS)"),
    Role.ESP: _("start-up files for UEFI machines"),
    Role.BOOT: _("boot menu and kernels"),
    Role.SLOT_A: _("Root A: the system"),
    Role.SLOT_B: _("Root B: the same system again"),
    Role.RECOVERY: _("Recovery: this live system"),
    Role.DATA: _("everything of yours: /home, /var, /nix"),
    Role.LUKS: _("encrypted: Root A, Root B, all of yours"),
}


def partition_lines(table: PartitionTable) -> str:
    """One line each: number, label, size, purpose."""
    return "\n".join(
        f"{part.number:>2}  {part.label:<16}{format_size(part.size_bytes):>9}"
        f"   {_PURPOSES[part.role]}"
        for part in table.partitions
    )
