"""Who holds a block device open now: mounts, swap, and devices built upon it."""

import errno
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backends.sysfs import Sysfs, device_path
from installer.text import _

_OCTAL: Final = re.compile(r"\\([0-7]{3})")
_NO_DEVICE: Final = "0:"
"""BTRFS and others mount under a device number of their own (proc_pid_mountinfo(5))."""


@dataclass(frozen=True, kw_only=True)
class Uses:
    """The uses of all devices at one moment."""

    sysfs: Sysfs
    mounts: dict[str, tuple[str, ...]]
    """Mount points by kernel name."""
    swap: frozenset[str]
    ignored: frozenset[str]
    """Kernel names of what is mounted at places that were to be passed over."""

    def of(self, name: str) -> tuple[str, ...]:
        """Uses of a device itself, each in a few words, with what its holders are used for."""
        own = [_("mounted on {place}").format(place=each) for each in self.mounts.get(name, ())]
        if name in self.swap:
            own.append(_("swap"))
        return (*own, *(self._holder(each) for each in self.sysfs.holders(name)))

    def are_ignored(self, *names: str) -> bool:
        """Whether one of these devices is mounted where it is not looked at."""
        return not self.ignored.isdisjoint(names)

    def _holder(self, name: str) -> str:
        label = self.sysfs.text(name, "dm/name") or name
        inner = [*self.of(name)]
        for part in self.sysfs.partitions(name):
            inner.extend(self.of(part))
        return f"{label} ({', '.join(inner)})" if inner else label


def current_uses(sysfs: Sysfs, *, ignored: Path | None = None) -> Uses:
    """What the kernel says now, but for mounts at or below `ignored`.

    Mounts come from mountinfo, not from psutil, which leaves out bind mounts and the device
    numbers that tell what ``/dev/root`` is.
    """
    places = _mounts(sysfs)
    passed_over = {
        name: {each for each in found if ignored and Path(each).is_relative_to(ignored)}
        for name, found in places.items()
    }
    return Uses(
        sysfs=sysfs,
        mounts={
            name: tuple(each for each in found if each not in passed_over[name])
            for name, found in places.items()
        },
        swap=_swap(sysfs),
        ignored=frozenset(name for name, found in passed_over.items() if found),
    )


def is_held(root: Path, name: str) -> bool:
    """Whether anything at all holds a whole disk or a partition of it, in whatever namespace.

    O_EXCL on a block device asks just that (open(2)); the device is opened for reading.
    """
    try:
        file = os.open(root / device_path(name).lstrip("/"), os.O_RDONLY | os.O_EXCL | os.O_CLOEXEC)
    except OSError as error:
        return error.errno == errno.EBUSY
    os.close(file)
    return False


def _mounts(sysfs: Sysfs) -> dict[str, tuple[str, ...]]:
    names = {sysfs.text(name, "dev"): name for name in sysfs.names()}
    members = _btrfs_members(sysfs)
    places: dict[str, dict[str, None]] = {}
    for line in _lines(sysfs.root / "proc/self/mountinfo"):
        first, _separator, last = line.partition(" - ")
        number, place = first.split()[2], _unescaped(first.split()[4])
        source = _unescaped(last.split()[1])
        if number.startswith(_NO_DEVICE) and not source.startswith("/dev/"):
            continue
        name = names.get(number) or sysfs.name_of(source)
        for each in members.get(name, (name,)):
            places.setdefault(each, {})[place] = None
    return {name: tuple(found) for name, found in places.items()}


def _btrfs_members(sysfs: Sysfs) -> dict[str, tuple[str, ...]]:
    """Of each device of a mounted BTRFS, all of them: mountinfo names only one."""
    found: dict[str, tuple[str, ...]] = {}
    for folder in (sysfs.root / "sys/fs/btrfs").glob("*/devices"):
        devices = tuple(sorted(each.name for each in folder.iterdir()))
        found.update(dict.fromkeys(devices, devices))
    return found


def _swap(sysfs: Sysfs) -> frozenset[str]:
    rows = [line.split() for line in _lines(sysfs.root / "proc/swaps")[1:]]
    return frozenset(
        sysfs.name_of(_unescaped(row[0])) for row in rows if row and row[0].startswith("/dev/")
    )


def _lines(file: Path) -> list[str]:
    return file.read_text(errors="replace").splitlines() if file.exists() else []


def _unescaped(text: str) -> str:
    """The kernel writes blanks as ``\\040``."""
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)
