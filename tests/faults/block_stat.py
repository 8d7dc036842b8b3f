"""The kernel's counters of a block device (Documentation/block/stat.rst in Linux)."""

from enum import IntEnum
from pathlib import Path


class Count(IntEnum):
    """Their places in its ``stat``."""

    WRITES = 4
    SECTORS_WRITTEN = 6
    DISCARDS = 11
    SECTORS_DISCARDED = 13
    FLUSHES = 15


def counted(node: str, *counts: Count) -> tuple[int, ...]:
    """These of a device node, or of a link to one."""
    name = Path(node).resolve().name
    fields = Path("/sys/class/block", name, "stat").read_text().split()
    return tuple(int(fields[each]) for each in counts)
