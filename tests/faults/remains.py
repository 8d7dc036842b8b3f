"""What an installation left behind that should be gone: mounts, open devices, processes."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from backends.mounts import mount_points_below
from installer.journal import RunDirectory
from installer.layout import VOLUME_GROUP

_SYSFS: Final = Path("/sys/class/block")
_MAPPER: Final = Path("/dev/mapper")


def remains(
    run: RunDirectory, disks: tuple[str, ...], used_at: Path, *, is_open: bool = False
) -> Iterator[str]:
    """All of it, in words. What somebody else has mounted at `used_at` is none of it, nor a
    container that `is_open` all the time."""
    for point in mount_points_below(run.mounts):
        yield f"{point} is still mounted"
    if run.mounts.is_dir() and any(run.mounts.iterdir()):
        yield f"{run.mounts} is not empty"
    if not is_open:
        yield from _opened()
    if not used_at.is_mount():
        for disk in disks:
            yield from _uses(disk)
    if run.holder() is not None:
        yield "the run still holds its lock"


def _opened() -> Iterator[str]:
    for name in sorted(each.name for each in _MAPPER.glob(f"{VOLUME_GROUP}*")):
        yield f"/dev/mapper/{name} is still open"
    if Path("/dev", VOLUME_GROUP).exists():
        yield f"/dev/{VOLUME_GROUP} is still there"


def _uses(disk: str) -> Iterator[str]:
    """The kernel refuses an exclusive opening of a disk while anything of it is in use."""
    try:
        os.close(os.open(disk, os.O_RDONLY | os.O_EXCL | os.O_CLOEXEC))
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        yield f"{disk} is still in use: {', '.join(_holders(disk)) or 'by nobody known'}"


def _holders(disk: str) -> Iterator[str]:
    name = Path(disk).name
    for part in (_SYSFS / name, *(_SYSFS / name).glob(f"{name}*")):
        numbers = (part / "dev").read_text().strip()
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            fields = line.split()
            if fields[2] == numbers or f"/dev/{part.name}" in fields:
                yield f"{part.name} at {fields[4]}"
        for holder in (part / "holders").iterdir():
            yield f"{part.name} by {holder.name}"
