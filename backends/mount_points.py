"""What is mounted where, and what the running system stands on (proc_pid_mountinfo(5))."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_OCTAL: Final = re.compile(r"\\([0-7]{3})")
_SYSTEM_PLACES: Final = (
    *("/", "/bin", "/boot", "/boot/efi", "/dev", "/efi", "/etc", "/home", "/lib", "/nix", "/proc"),
    *("/root", "/run", "/sbin", "/sys", "/tmp", "/usr", "/var"),
)
"""Without what is mounted at one of these, programs that run now lose their files."""
_LAYERS: Final = frozenset(("lowerdir", "lowerdir+", "datadir+", "upperdir", "workdir"))
"""Options of overlay (kernel documentation, overlayfs) whose values are paths."""


@dataclass(frozen=True, kw_only=True)
class MountPoint:
    """One line of mountinfo, unescaped."""

    id: str
    parent: str
    number: str
    """Device number, ``8:1``; BTRFS, and what has no device, is given one such as ``0:41``."""
    place: str
    kind: str
    source: str
    options: str
    """Those of the file system, not of the mount."""
    peers: str | None
    """Number of the group of mounts that see each other's mounts and unmounts; None: private."""


@dataclass(frozen=True)
class MountTable:
    """All mounts of this process' namespace, in the kernel's order."""

    mounts: tuple[MountPoint, ...]

    def below(self, mount: MountPoint) -> tuple[MountPoint, ...]:
        """The mounts that lie directly on this one."""
        return tuple(each for each in self.mounts if each.parent == mount.id)

    def holding(self, path: str) -> MountPoint | None:
        """The mount that a path is in: the last of the deepest."""
        over = [each for each in self.mounts if Path(path).is_relative_to(each.place)]
        # max() would take the first of equals, and the last one covers those before it.
        return max(reversed(over), key=lambda each: len(each.place), default=None)

    def carries_system(self, mount: MountPoint) -> bool:
        """Whether the running system stands on this mount: its places, and layers below them."""
        return mount.place in _SYSTEM_PLACES or mount in self._layers()

    def carries_root(self, mount: MountPoint) -> bool:
        """Whether that is its root, which nobody could unmount, or a layer below that."""
        return mount.place == "/" or mount in self._layers()

    def _layers(self) -> list[MountPoint | None]:
        return [
            self.holding(path)
            for each in self.mounts
            if each.kind == "overlay" and each.place in _SYSTEM_PLACES
            for option in each.options.split(",")
            for name, _equals, value in [option.partition("=")]
            if name in _LAYERS
            for path in value.split(":")
        ]


def read_mount_table(root: Path) -> MountTable:
    """The mounts as they are now; none where `root` has no /proc."""
    file = root / "proc/self/mountinfo"
    lines = file.read_text(errors="replace").splitlines() if file.exists() else []
    return MountTable(tuple(_mount_point(line) for line in lines))


def unescaped(text: str) -> str:
    """The kernel writes blanks as ``\\040``."""
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)


def _mount_point(line: str) -> MountPoint:
    first, _separator, last = line.partition(" - ")
    fields, (kind, source, options) = first.split(), last.split(" ", 2)
    tags = dict(each.partition(":")[::2] for each in fields[6:])
    return MountPoint(
        id=fields[0],
        parent=fields[1],
        number=fields[2],
        place=unescaped(fields[4]),
        kind=kind,
        source=unescaped(source),
        options=unescaped(options),
        peers=tags.get("shared"),
    )
