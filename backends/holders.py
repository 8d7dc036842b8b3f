"""Ends what holds a disk: swap, mounts, loop devices, device-mapper devices and md arrays."""

import errno
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from backends.block_device import device_error, write_error_of
from backends.mount_points import MountPoint
from backends.probe import Tools
from backends.processes import Processes
from backends.sysfs import Sysfs, device_path
from backends.udev import settle
from backends.uses import Use, UseKind, current_uses, is_held
from installer.errors import InstallError, ToolFailed
from installer.text import _

BUSY_SECONDS: Final = 10.0
"""How long an end is tried again: udev's blkid holds a device for a second or two."""
TOOL_SECONDS: Final = 60.0
FLUSH_SECONDS: Final = 600.0
"""umount writes up to all of the memory's dirty pages, onto a stick of 10 MB/s; swapoff reads."""
STEPS: Final = 1000
"""More uses than any disk has: should new ones come as fast as they go, it ends all the same."""
_MULTIPATH: Final = "mpath-"
"""In the device-mapper UUID of a multipath disk and, after ``part1-``, of its partitions."""


class DiskHolders:
    """See installer.machinery.Holders.

    Device-mapper devices all go by their own name, by ``dmsetup remove``: the names of two volume
    groups may be the same, as on two AtomOS disks, and then vgchange refuses both. `root` is
    another folder than ``/`` only where a test has laid a small /sys and /proc.
    """

    def __init__(
        self, tools: Tools, root: Path = Path("/"), *, busy_seconds: float = BUSY_SECONDS
    ) -> None:
        self._tools = tools
        self._root = root
        self._sysfs = Sysfs(root)
        self._busy_seconds = busy_seconds

    def release(self, disk: str) -> None:
        """End every use of `disk` and of its partitions, the outermost first.

        What the running system stands on, and what no tool here can end, is refused before
        anything is ended. Raises InstallError that names the use, and the processes that hold it;
        and one that names the device where what was used could not write at its end.
        """
        name = self._name(disk)
        settle(self._tools, self._root)
        for _step in range(STEPS):
            tree = self._tree(name)
            if not tree:
                break
            for use in _all(tree):
                self._require_endable(disk, use)
            self._end(disk, name, self._outermost(tree))
        self._require_free(disk, name)
        self._require_written(name)

    def uses(self, disk: str) -> tuple[str, ...]:
        """What still uses it, each in a few words that begin with the device."""
        name = self._name(disk)
        uses = current_uses(self._sysfs)
        found = tuple(
            f"{device_path(each)} {use}"
            for each in (name, *self._sysfs.partitions(name))
            for use in uses.of(each)
        )
        if not found and is_held(self._root, name):
            return (_("{disk} held by another program").format(disk=disk),)
        return found

    def _name(self, disk: str) -> str:
        name = self._sysfs.name_of(disk)
        if name not in self._sysfs.names():
            raise device_error(disk, OSError(errno.ENODEV, os.strerror(errno.ENODEV)))
        return name

    def _tree(self, name: str) -> tuple[Use, ...]:
        return current_uses(self._sysfs).whole_tree(name)

    def _require_endable(self, disk: str, use: Use) -> None:
        if use.carries_system:
            raise InstallError(
                _("{disk} cannot be freed: the running system stands on what is {use}").format(
                    disk=disk, use=use.words
                ),
                device=disk,
                way_out=_("Choose another disk, or start the machine from another medium."),
            )
        if use.kind is UseKind.HOLDER and not self._is_known(use.what):
            raise InstallError(
                _("{disk} is a part of {holder}, which the installer cannot end").format(
                    disk=disk, holder=use.words
                ),
                device=disk,
                way_out=_("End it with its own tools, then start the installation again."),
            )

    def _is_known(self, holder: str) -> bool:
        """bcache, drbd and the like have tools of their own, and a multipath disk comes back."""
        if self._sysfs.text(holder, "dm/name") is not None:
            return _MULTIPATH not in (self._sysfs.text(holder, "dm/uuid") or "")
        return self._is_array(holder) or self._is_loop(holder)

    def _is_array(self, holder: str) -> bool:
        return self._sysfs.text(holder, "md/array_state") is not None

    def _is_loop(self, holder: str) -> bool:
        return self._sysfs.text(holder, "loop/backing_file") is not None

    def _outermost(self, tree: tuple[Use, ...]) -> Use:
        """A use that nothing stands upon."""
        first = max(tree, key=self._order)
        return self._outermost(first.inner) if first.inner else first

    def _order(self, use: Use) -> int:
        """The highest goes first.

        Mounts by the length of their place: one file system may lie below another mount of itself.
        Of two at one place the last is on top; umount(8) takes that one, whichever is meant.
        Containers of firmware RAID last: as long as an array of theirs runs, mdadm refuses.
        """
        if use.mount is not None:
            return len(use.what)
        metadata = self._sysfs.text(use.what, "md/metadata_version") or ""
        is_container = metadata.startswith("external:") and not metadata.startswith("external:/")
        return -1 if is_container else 0

    def _end(self, disk: str, name: str, use: Use) -> None:
        """End one use; return when the kernel shows it no more."""
        deadline = time.monotonic() + self._busy_seconds
        while True:
            failed = self._try(disk, use)
            settle(self._tools, self._root)
            if not any(_same(use, each) for each in _all(self._tree(name))):
                return
            if time.monotonic() > deadline:
                raise self._stuck(disk, use, failed) from failed
            time.sleep(0.1)

    def _try(self, disk: str, use: Use) -> ToolFailed | None:
        seconds = TOOL_SECONDS if use.kind is UseKind.HOLDER else FLUSH_SECONDS
        try:
            for argv in self._tools_to_end(use):
                self._tools.run(argv, timeout=seconds, device=disk)
        except ToolFailed as error:
            return error
        return None

    def _tools_to_end(self, use: Use) -> Iterator[Sequence[str]]:
        if use.mount is not None:
            yield from self._parting(use.mount)
            yield ("umount", use.what)
        elif use.kind is UseKind.SWAP:
            yield ("swapoff", use.what)
        elif (volume := self._sysfs.text(use.what, "dm/name")) is not None:
            yield ("dmsetup", "remove", volume)
        elif self._is_loop(use.what):
            yield ("losetup", "--detach", device_path(use.what))
        else:
            yield ("mdadm", "--stop", device_path(use.what))

    def _parting(self, mount: MountPoint) -> Iterator[Sequence[str]]:
        """Before an unmount: take the mount that it lies on out of the system's peer group.

        After ``mount --rbind /dev /mnt/dev``, ``umount /mnt/dev/pts`` takes the system's own
        /dev/pts away with it (mount_namespaces(7), "Shared subtrees").
        """
        table = current_uses(self._sysfs).table
        for under in table.mounts:
            if under.id == mount.parent and under.peers is not None:
                peers = [each for each in table.mounts if each.peers == under.peers]
                if any(table.carries_system(each) for each in peers if each != under):
                    yield ("mount", "--make-private", under.place)

    def _require_free(self, disk: str, name: str) -> None:
        """Raises InstallError while something holds the disk that is nowhere named as a use."""
        deadline = time.monotonic() + self._busy_seconds
        while is_held(self._root, name):
            if time.monotonic() > deadline:
                numbers = [self._number(each) for each in (name, *self._sysfs.partitions(name))]
                raise InstallError(
                    _("{disk} is held by {holders}").format(
                        disk=disk,
                        holders=_listed(Processes(self._root).with_device(numbers)),
                    ),
                    device=disk,
                    way_out=_("End what uses it, then start the installation again."),
                )
            time.sleep(0.1)

    def _require_written(self, name: str) -> None:
        """Raises InstallError where something that was used could not write at its end.

        umount does not tell that. The kernel tells whoever flushes the device next, once, and there
        it would look like an error of the first step of the installation.
        """
        for each in (name, *self._sysfs.partitions(name)):
            device = device_path(each)
            error = write_error_of(self._root / device.lstrip("/"))
            if error is not None:
                what = _("{device} could not write all that it was still given when its use ended")
                raise InstallError(
                    what.format(device=device),
                    device=device,
                    tool_words=error.strerror or "",
                    way_out=_(
                        "The disk or its cable is likely failing: choose another disk, or install"
                        " again to try it all the same."
                    ),
                )

    def _stuck(self, disk: str, use: Use, failed: ToolFailed | None) -> InstallError:
        processes = Processes(self._root)
        if use.mount is not None:
            holders = processes.below(Path(use.what))
        elif use.kind is UseKind.HOLDER:
            parts = self._sysfs.partitions(use.what)
            holders = processes.with_device([self._number(each) for each in (use.what, *parts)])
        else:
            holders = ()
        return InstallError(
            _("{disk} stays in use: {use}, which is held by {holders}").format(
                disk=disk, use=use.words, holders=_listed(holders)
            ),
            device=disk,
            tool_words=f"{failed}: {failed.tool_words}".removesuffix(": ") if failed else "",
            way_out=_("End what uses it, then start the installation again."),
        )

    def _number(self, name: str) -> str:
        return self._sysfs.text(name, "dev") or ""


def _all(tree: tuple[Use, ...]) -> Iterator[Use]:
    for use in tree:
        yield use
        yield from _all(use.inner)


def _same(one: Use, other: Use) -> bool:
    ids = [each.mount.id if each.mount else None for each in (one, other)]
    return (one.kind, one.what) == (other.kind, other.what) and ids[0] == ids[1]


def _listed(processes: tuple[str, ...]) -> str:
    return ", ".join(processes) or _("the kernel")
