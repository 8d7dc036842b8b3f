"""What a BTRFS says of its own state, without checking it all.

``btrfs check`` takes minutes and gigabytes of memory on a large disk and calls harmless things
errors, so it is not asked. What is asked takes a second: the superblock, and the counters of errors
that the kernel keeps on the disk.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backends.runner import Runner

SECONDS: Final = 60.0
_FIELD: Final = re.compile(r"^(flags|fsid|num_devices)\s+(\S+)$", re.MULTILINE)
_COUNTER: Final = re.compile(r"^\[.*\]\.(\w+)\s+([1-9]\d*)$", re.MULTILINE)
"""[/dev/loop1].corruption_errs  3"""
_FREE: Final = re.compile(r"^\s*Free \(estimated\):\s+(\d+)", re.MULTILINE)
_ERROR: Final = 1 << 2
_SEEDING: Final = 1 << 32
"""Flags of the superblock (linux/btrfs_tree.h); a seeding file system is never written to."""


@dataclass(frozen=True, kw_only=True)
class Superblock:
    """The fields that tell whether a file system can be used alone and be written to."""

    flags: int
    fsid: str
    devices: int

    @property
    def has_error(self) -> bool:
        """Whether an error made it read-only for good."""
        return bool(self.flags & _ERROR)

    @property
    def is_seed(self) -> bool:
        """Whether it is a seed for others, and read-only."""
        return bool(self.flags & _SEEDING)


def read_superblock(runner: Runner, device: str) -> Superblock | None:
    """The first superblock of `device`; None when there is none. Raises ToolFailed."""
    argv = ["btrfs", "inspect-internal", "dump-super", device]
    done = runner.run(argv, timeout=SECONDS, device=device, ok=(0, 1))
    fields = dict(_FIELD.findall(done.stdout))
    if set(fields) != {"flags", "fsid", "num_devices"}:
        return None
    return Superblock(
        flags=int(fields["flags"], 16), fsid=fields["fsid"], devices=int(fields["num_devices"])
    )


def error_counts(runner: Runner, top: Path, device: str) -> Iterator[str]:
    """Each counter of the file system mounted at `top` that is not zero, with its number."""
    argv = ["btrfs", "device", "stats", str(top)]
    done = runner.run(argv, timeout=SECONDS, device=device)
    for name, count in _COUNTER.findall(done.stdout):
        yield f"{name} {count}"


def free_bytes(runner: Runner, top: Path, device: str) -> int:
    """Room for more data in the file system mounted at `top`, which lies on `device`.

    statvfs(2) does not tell on a device that cannot be written to: there the kernel counts what is
    free in chunks that data once filled as read-only. Raises ToolFailed.
    """
    argv = ["btrfs", "filesystem", "usage", "--raw", str(top)]
    found = _FREE.search(runner.run(argv, timeout=SECONDS, device=device).stdout)
    if found is not None:
        return int(found[1])
    room = os.statvfs(top)
    return room.f_bavail * room.f_frsize
