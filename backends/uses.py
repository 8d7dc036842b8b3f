"""Who holds a block device open now: mounts, swap, and devices built upon it."""

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Final

from backends.mount_points import MountPoint, MountTable, read_mount_table, unescaped
from backends.sysfs import Sysfs, device_path
from installer.text import _

_NO_DEVICE: Final = "0:"
"""BTRFS and others mount under a device number of their own (proc_pid_mountinfo(5))."""
_DELETED: Final = " (deleted)"
"""What the kernel puts after the path of a file that has been removed."""


class UseKind(Enum):
    """How something is used."""

    MOUNT = auto()
    SWAP = auto()
    HOLDER = auto()


@dataclass(frozen=True, kw_only=True)
class Use:
    """One use of a device or of a file on it, with all that stands upon it."""

    kind: UseKind
    what: str
    """A mount point; a device node or file with swap; the kernel name of a holder."""
    words: str
    """It in a few words, without what stands upon it."""
    mount: MountPoint | None = None
    carries_system: bool = False
    """A mount that the running system stands on."""
    inner: tuple["Use", ...] = ()

    def __str__(self) -> str:
        inside = ", ".join(dict.fromkeys(map(str, self.inner)))
        return f"{self.words} ({inside})" if inside else self.words


@dataclass(frozen=True, kw_only=True)
class Uses:
    """The uses of all devices at one moment."""

    sysfs: Sysfs
    table: MountTable
    mounts: dict[str, tuple[MountPoint, ...]]
    """Mounts by the kernel name of what is mounted."""
    swap: tuple[str, ...]
    """Device nodes and files."""
    loops: Mapping[str, str]
    """Loop devices, and what each is over."""
    ignored: frozenset[str]
    """Kernel names of what is mounted at places that were to be passed over."""

    def of(self, name: str) -> tuple[str, ...]:
        """Uses of a device itself, each in a few words, with what its holders are used for."""
        return tuple(dict.fromkeys(map(str, self.tree(name))))

    def tree(self, name: str, within: frozenset[str] = frozenset()) -> tuple[Use, ...]:
        """The same as they hang together; `within` are devices below, which cannot stand on it."""
        within |= {name, self.sysfs.parent(name) or name}
        own = self.mounts.get(name, ())
        nodes = [
            each
            for each in self.swap
            if each.startswith("/dev/") and self.sysfs.name_of(each) == name
        ]
        return (
            *(self._mount(each, own, within) for each in own),
            *(Use(kind=UseKind.SWAP, what=each, words=_("swap")) for each in nodes),
            *(self._holder(each, within) for each in self.sysfs.holders(name, self.loops)),
        )

    def whole_tree(self, name: str, within: frozenset[str] = frozenset()) -> tuple[Use, ...]:
        """The uses of a device and of its partitions."""
        parts = self.sysfs.partitions(name)
        return tuple(use for each in (name, *parts) for use in self.tree(each, within))

    def above(self, name: str) -> tuple[str, ...]:
        """Kernel names of all that is built upon a device and its partitions, and upon that."""
        return tuple(dict.fromkeys(_holders(self.whole_tree(name), self.sysfs)))

    def places(self, name: str) -> tuple[str, ...]:
        """Mount points of a device, of its partitions and of all that stands upon them."""
        return tuple(dict.fromkeys(_places(self.whole_tree(name))))

    def carry_system(self, name: str) -> bool:
        """Whether the running system stands on a device or one of its partitions."""
        return self._carry_root(self.whole_tree(name))

    def _carry_root(self, tree: tuple[Use, ...]) -> bool:
        return any(
            (use.mount is not None and self.table.carries_root(use.mount))
            or self._carry_root(use.inner)
            for use in tree
        )

    def are_ignored(self, *names: str) -> bool:
        """Whether one of these devices is mounted where it is not looked at."""
        return not self.ignored.isdisjoint(names)

    def _mount(self, mount: MountPoint, own: tuple[MountPoint, ...], within: frozenset[str]) -> Use:
        """A mount; `own` are those of the same device, which need not be told again."""
        system = self.table.carries_system(mount)
        return Use(
            kind=UseKind.MOUNT,
            what=mount.place,
            words=_("mounted on {place}").format(place=mount.place),
            mount=mount,
            carries_system=system,
            # Upon the system's own places stands everything that runs.
            inner=() if system else self._on_mount(mount, own, within),
        )

    def _on_mount(
        self, mount: MountPoint, own: tuple[MountPoint, ...], within: frozenset[str]
    ) -> tuple[Use, ...]:
        """Mounts that lie on a mount, and loop devices and swap over files in it."""
        mounts = [each for each in self.table.below(mount) if each not in own]
        loops = [
            name
            for name, file in self.loops.items()
            if name not in within and self._is_in(file, mount)
        ]
        files = [each for each in self.swap if self._is_in(each, mount)]
        return (
            *(self._mount(each, own, within) for each in mounts),
            *(self._holder(each, within) for each in loops),
            *(
                Use(kind=UseKind.SWAP, what=each, words=_("swap in {file}").format(file=each))
                for each in files
            ),
        )

    def _is_in(self, file: str, mount: MountPoint) -> bool:
        """Whether a file with this path lies in a mount.

        The path is that of the day it was opened: a file that is not there any more was removed,
        and then the kernel says so, or lies below a mount that came later.
        """
        if file.startswith("/dev/"):
            return False
        path = file.removesuffix(_DELETED)
        is_there = path != file or _is_there(self.sysfs.root / path.lstrip("/"))
        return is_there and self.table.holding(path) == mount

    def _holder(self, name: str, within: frozenset[str]) -> Use:
        return Use(
            kind=UseKind.HOLDER,
            what=name,
            words=self.sysfs.text(name, "dm/name") or name,
            inner=self.whole_tree(name, within),
        )


def current_uses(sysfs: Sysfs, *, ignored: Path | None = None) -> Uses:
    """What the kernel says now, but for mounts at or below `ignored`.

    Mounts come from mountinfo, not from psutil, which leaves out bind mounts and the device
    numbers that tell what ``/dev/root`` is.
    """
    table = read_mount_table(sysfs.root)
    kept: dict[str, list[MountPoint]] = {}
    passed_over: set[str] = set()
    for name, mount in _mounted(sysfs, table):
        if ignored and Path(mount.place).is_relative_to(ignored):
            passed_over.add(name)
        else:
            kept.setdefault(name, []).append(mount)
    return Uses(
        sysfs=sysfs,
        table=table,
        mounts={name: tuple(mounts) for name, mounts in kept.items()},
        swap=_swap(sysfs),
        loops=sysfs.loops(),
        ignored=frozenset(passed_over),
    )


def uses_of_device(device: str, *, ignored: Path, root: Path = Path("/")) -> tuple[str, ...]:
    """Uses of a device by its path, a volume too; mounts at or below `ignored` are none."""
    sysfs = Sysfs(root)
    return current_uses(sysfs, ignored=ignored).of(sysfs.name_of(device))


def _is_there(file: Path) -> bool:
    """What cannot be asked for is: a mount of FUSE whose process has died says ENOTCONN."""
    try:
        return file.exists()
    except OSError:
        return True


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


def _holders(tree: tuple[Use, ...], sysfs: Sysfs) -> Iterator[str]:
    for use in tree:
        if use.kind is UseKind.HOLDER:
            yield from (use.what, *sysfs.partitions(use.what))
        yield from _holders(use.inner, sysfs)


def _places(tree: tuple[Use, ...]) -> Iterator[str]:
    for use in tree:
        if use.kind is UseKind.MOUNT:
            yield use.what
        yield from _places(use.inner)


def _mounted(sysfs: Sysfs, table: MountTable) -> list[tuple[str, MountPoint]]:
    """Each mount with each of the devices that it is of, by kernel name."""
    names = {sysfs.text(name, "dev"): name for name in sysfs.names()}
    members = _btrfs_members(sysfs)
    found = []
    for mount in table.mounts:
        if mount.number.startswith(_NO_DEVICE) and not mount.source.startswith("/dev/"):
            continue
        name = names.get(mount.number) or sysfs.name_of(mount.source)
        found += [(each, mount) for each in members.get(name, (name,))]
    return found


def _btrfs_members(sysfs: Sysfs) -> dict[str, tuple[str, ...]]:
    """Of each device of a mounted BTRFS, all of them: mountinfo names only one."""
    found: dict[str, tuple[str, ...]] = {}
    for folder in (sysfs.root / "sys/fs/btrfs").glob("*/devices"):
        # It may be unmounted while it is looked at.
        with contextlib.suppress(OSError):
            devices = tuple(sorted(each.name for each in folder.iterdir()))
            found.update(dict.fromkeys(devices, devices))
    return found


def _swap(sysfs: Sysfs) -> tuple[str, ...]:
    file = sysfs.root / "proc/swaps"
    lines = file.read_text(errors="replace").splitlines() if file.exists() else []
    return tuple(unescaped(line.split()[0]) for line in lines[1:] if line.strip())
