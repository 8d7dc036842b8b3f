"""Mounting in private directories, and unmounting again whatever happens."""

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from backends.iso_files import Extent
from backends.processes import Processes
from backends.runner import Runner
from backends.turns import own_turn
from installer.errors import InstallError, ToolFailed
from installer.text import _

MOUNT_SECONDS: Final = 60.0
"""mount(8) of an ext4 with a dirty journal on a slow USB stick took 20 seconds."""
FLUSH_SECONDS: Final = 600.0
"""syncfs after a copy: up to all of the memory's dirty pages, onto a stick of 10 MB/s."""
BUSY_SECONDS: Final = 10.0
"""How long an unmount is tried again: udev's blkid holds a device for a second or two."""
TURN_SECONDS: Final = 20.0
"""How long another mount of ours is waited for: kernel and initrd were copied in 9 s to a stick."""
_NO_REPLAY: Final = {"btrfs": "rescue=nologreplay,subvol=/", "ext4": "noload"}


class Mounts:
    """Mounts below `base`, each in a fresh directory that only root can enter.

    Every method is a context manager: it unmounts at its end, also after an error, and never
    lazily, since a lazy unmount would hide that the disk is still being written to.
    """

    def __init__(self, runner: Runner, base: Path) -> None:
        self._runner = runner
        self._base = base

    @contextlib.contextmanager
    def directory(self) -> Iterator[Path]:
        """A fresh directory below the base; empty again, it is removed at the end."""
        self._base.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = 0
        while True:
            path = self._base / f"{os.getpid()}-{number}"
            try:
                path.mkdir(mode=0o700)
            except FileExistsError:
                number += 1
                continue
            break
        try:
            yield path
        finally:
            # Still a mount point when unmounting failed, which is an error of its own.
            with contextlib.suppress(OSError):
                path.rmdir()

    @contextlib.contextmanager
    def device(
        self, device: str, fstype: str, *, read_only: bool, subvolume: str | None = None
    ) -> Iterator[Path]:
        """`device` mounted at a fresh directory."""
        with (
            self.directory() as path,
            self.device_at(
                path, device, fstype, read_only=read_only, subvolume=subvolume
            ) as mounted,
        ):
            yield mounted

    @contextlib.contextmanager
    def within(self, device: str, fstype: str, extent: Extent) -> Iterator[Path]:
        """What lies in `extent` of `device`, mounted read-only at a fresh directory."""
        options = f"ro,nodev,nosuid,loop,offset={extent.offset_bytes},sizelimit={extent.size_bytes}"
        with self.directory() as path:
            self._mount(["-t", fstype, "-o", options, device], path, device)
            with self._mounted(path, device, flush=False):
                yield path

    @contextlib.contextmanager
    def device_at(
        self,
        path: Path,
        device: str,
        fstype: str,
        *,
        read_only: bool,
        subvolume: str | None = None,
    ) -> Iterator[Path]:
        """`device` mounted at `path`; flushed (syncfs) before it is unmounted when writable.

        An ext4 waits its turn: the kernel mounts none for writing that is mounted read-only, as by
        somebody who looks which slot starts while a slot is written.
        """
        turn = own_turn(device, TURN_SECONDS) if fstype == "ext4" else contextlib.nullcontext()
        options = ["ro" if read_only else "rw", "nodev", "nosuid"]
        if subvolume is not None:
            options.append(f"subvol={subvolume}")
        with turn:
            self._mount(["-t", fstype, "-o", ",".join(options), device], path, device)
            with self._mounted(path, device, flush=not read_only):
                yield path

    @contextlib.contextmanager
    def untouched(self, device: str, fstype: str = "btrfs") -> Iterator[Path]:
        """The top of the BTRFS or ext4 on `device`, to look at without a byte of it changing.

        ``ro`` alone replays a dirty log (btrfs(5), "rescue"; ext4(5), "noload"). A log that is not
        replayed hides at most what was written in the 30 seconds before the power went. An ext4
        is still cleaned of orphans (fs/ext4/orphan.c) unless the device itself is read-only.
        """
        options = f"ro,nodev,nosuid,noexec,{_NO_REPLAY[fstype]}"
        with self.directory() as path:
            self._mount(["-t", fstype, "-o", options, device], path, device)
            with self._mounted(path, device, flush=False):
                yield path

    @contextlib.contextmanager
    def overlay_at(
        self, path: Path, *, lower: Path, upper: Path, work: Path, device: str
    ) -> Iterator[Path]:
        """An overlay mounted at `path`, with the options that the installed system mounts it by.

        `device` is the one that errors are about: that of `upper`.

        With index or metacopy on, a slot of another version under the same upper directory is
        refused or shows wrong files (kernel documentation, overlayfs, "Changes to underlying
        filesystems").
        """
        options = f"lowerdir={lower},upperdir={upper},workdir={work}"
        options += ",index=off,metacopy=off,redirect_dir=off"
        self._mount(["-t", "overlay", "-o", options, "overlay"], path, device)
        with self._mounted(path, device, flush=True):
            yield path

    @contextlib.contextmanager
    def kernel_at(
        self, path: Path, fstype: str, *, device: str, options: str = ""
    ) -> Iterator[Path]:
        """A file system without a device (proc, sysfs, tmpfs) mounted at `path`.

        `device` is the one that errors are about: that of the tree which it is a part of.
        """
        self._mount(["-t", fstype, *(["-o", options] if options else []), fstype], path, device)
        with self._mounted(path, device, flush=False):
            yield path

    def unmount_leftovers(self) -> None:
        """Unmount what a run that was killed left below the base, and remove its directories.

        Only for whoever holds the lock of the installation: another's mounts would go too.
        Raises InstallError when one of them is in use.
        """
        for path in reversed(mount_points_below(self._base)):
            self._unmount(path, str(path))
        if self._base.is_dir():
            for path in self._base.iterdir():
                path.rmdir()

    def unmount_abandoned(self) -> None:
        """The same for those whose process is no more, by whomever and whenever it is called.

        Raises InstallError when one of them is in use.
        """
        points = mount_points_below(self._base)
        for path in self._base.iterdir() if self._base.is_dir() else ():
            if not Path("/proc", path.name.split("-")[0]).exists():
                for point in reversed([each for each in points if each.is_relative_to(path)]):
                    self._unmount(point, str(point))
                path.rmdir()

    def _mount(self, arguments: list[str], path: Path, device: str) -> None:
        """Mount at `path`. Where that fails or the run is to stop, nothing is mounted there."""
        try:
            argv = ["mount", *arguments, str(path)]
            self._runner.run(argv, timeout=MOUNT_SECONDS, device=device)
        except BaseException:
            # The tool may have done its work before it was stopped.
            if path in mount_points_below(path):
                self._unmount(path, device)
            raise

    @contextlib.contextmanager
    def _mounted(self, path: Path, device: str, *, flush: bool) -> Iterator[None]:
        """Unmount `path` at the end; an error of the block inside goes first."""
        try:
            yield
            if flush:
                self._runner.run(["sync", "-f", str(path)], timeout=FLUSH_SECONDS, device=device)
        except BaseException as error:
            try:
                self._unmount(path, device)
            except InstallError as second:
                error.add_note(str(second))
            raise
        self._unmount(path, device)

    def _unmount(self, path: Path, device: str) -> None:
        """Unmount, trying again while it is busy. Raises InstallError with who holds it."""
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self._runner.run(
                    ["umount", str(path)], timeout=FLUSH_SECONDS, device=device, cleaning_up=True
                )
            except ToolFailed as error:
                if path not in mount_points_below(path.parent):
                    return
                if time.monotonic() > deadline:
                    raise _busy(path, device, error) from error
                time.sleep(0.1)
            else:
                return


def _busy(path: Path, device: str, error: ToolFailed) -> InstallError:
    holders = Processes(Path("/")).below(path)
    return InstallError(
        _("{device} cannot be unmounted from {path}; it is used by {holders}").format(
            device=device, path=path, holders=", ".join(holders) or _("the kernel")
        ),
        device=device,
        tool_words=error.tool_words,
        way_out=_("End what uses it, then start the installation again."),
    )


def mount_points_below(path: Path) -> list[Path]:
    """Mount points at or below `path`, in the order in which they were mounted (proc(5))."""
    points = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        point = Path(line.split()[4].encode().decode("unicode_escape"))
        if point.is_relative_to(path):
            points.append(point)
    return points


def flush_directory(path: Path) -> None:
    """fsync a directory, so that a rename in it outlives a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems (FUSE, overlayfs of old kernels) know no fsync of directories.
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)
