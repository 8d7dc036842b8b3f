"""Subvolumes of a BTRFS that is mounted at its very top."""

import re
from pathlib import Path
from typing import Final

from backends.runner import Runner

SECONDS: Final = 900.0
"""A deletion waits for a transaction, on a slow disk behind all that is dirty; to free the room of
a /var with many small files takes minutes on a disk that turns."""
TOP: Final = "/"
"""What ``subvol=`` mounts the top by, whichever subvolume was made the default one."""
_LISTED: Final = re.compile(r"^ID \d+ gen \d+ top level \d+ path (.+)$", re.MULTILINE)
"""ID 256 gen 8 top level 5 path @home"""


class Subvolumes:
    """Those at and below `top`, on `device`. Every method raises ToolFailed about it."""

    def __init__(self, runner: Runner, top: Path, device: str) -> None:
        self._runner = runner
        self._top = top
        self._device = device

    def names(self) -> tuple[str, ...]:
        """Those directly at the top, sorted."""
        return tuple(sorted(path for path in self._paths() if "/" not in path))

    def create(self, name: str) -> None:
        """Make an empty one at the top."""
        self._btrfs("subvolume", "create", str(self._top / name))

    def delete(self, name: str, *, cleaning_up: bool = False) -> None:
        """Delete it with all that are nested in it, whether read-only or not.

        systemd-tmpfiles makes /var/lib/machines and others subvolumes, and container engines make
        read-only ones. Deleting deepest first needs no ``--recursive``, which came with 6.12; one
        inside a read-only one cannot be deleted before that is writable.
        """
        inside = [path for path in self._paths() if path == name or path.startswith(f"{name}/")]
        inside.sort(key=lambda path: path.count("/"))
        for path in inside:
            argv = ("property", "set", "-f", "-t", "subvol", str(self._top / path), "ro", "false")
            self._btrfs(*argv, cleaning_up=cleaning_up)
        for path in reversed(inside):
            self._btrfs("subvolume", "delete", str(self._top / path), cleaning_up=cleaning_up)

    def wait_for_room(self, *, cleaning_up: bool = False) -> None:
        """Return when the room of all deleted ones is free again: the kernel does it by the way.

        Without the ``filesystem sync`` it begins up to 30 seconds later, with the next commit.
        """
        self._btrfs("filesystem", "sync", str(self._top), cleaning_up=cleaning_up)
        self._btrfs("subvolume", "sync", str(self._top), cleaning_up=cleaning_up)

    def _paths(self) -> list[str]:
        """Paths below the top, of nested ones too."""
        argv = ["btrfs", "subvolume", "list", str(self._top)]
        done = self._runner.run(argv, timeout=SECONDS, device=self._device, cleaning_up=True)
        return _LISTED.findall(done.stdout)

    def _btrfs(self, *arguments: str, cleaning_up: bool = False) -> None:
        argv = ["btrfs", *arguments]
        self._runner.run(argv, timeout=SECONDS, device=self._device, cleaning_up=cleaning_up)
