"""Benches for each layout, and the installations without faults that others are compared with."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from backends.leftovers import Leftovers
from backends.mounts import Mounts
from backends.runner import Runner
from backends.udev import has_database
from installer.answers import LayoutKind
from installer.errors import ExitCode, InstallError
from tests.faults.belongings import leave_belongings
from tests.faults.bench import Bench, Supplies
from tests.faults.chain import Reference
from tests.faults.disk_image import WatchedImage
from tests.faults.fingerprint import Fingerprint
from tests.faults.ground import DISK, STICK, Ground, GroundMaker, show_partitions
from tests.faults.layouts import DISK_BYTES, STICK_BYTES, Does, Layout
from tests.faults.matrix import matrix
from tests.faults.opened_disk import Opened, running_encrypted
from tests.faults.reset_bench import ResetBench
from tests.faults.watchers import Bystander, Recorder, Watcher
from tests.tools.installed_disk import InstalledDisk, running_from_a
from tests.tools.written_disk import Attached

_OLD_TABLE: Final = "label: gpt\nsize=64MiB\n"
"""Of a disk that is in use."""
_MAKE_OLD: Final = ["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0"]
"""Whole at once: what the kernel would zero later, it would zero now in one operation, now in
another."""
_FAT_TABLE: Final = "label: dos\ntype=c\n"
_MAKE_STICK: Final = ["mkfs.vfat", "-F", "32", "-s", "1"]
"""FAT32, as larger ones have it by themselves."""
_USED_BEFORE: Final = {True: 3, False: 1}
"""Number of the partition that is mounted when all begins, on a disk with an installation or not:
its boot partition, or that of `_OLD_TABLE`. Both hold an ext4."""


@dataclass(kw_only=True)
class Rig:
    """All is made in `folder`, and images are gone with their benches."""

    folder: Path
    grounds: GroundMaker
    supplies: Supplies
    older: Supplies
    """Of the installation that is there first: with the same image, nothing of a slot would
    change."""
    has_stick: bool
    """Whether an encrypted installation leaves a copy of its header on a stick."""
    say: Callable[[str], None]
    newest: Supplies | None = None
    """Of updates: its release has a version after that of the others."""
    _references: dict[Layout, Reference] = field(default_factory=dict)
    _installed: dict[LayoutKind, Path] = field(default_factory=dict)

    @contextlib.contextmanager
    def bench(self, layout: Layout, supplies: Supplies | None = None) -> Iterator[Bench]:
        """With a disk that somebody uses; over an installation, where the layout keeps one."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name, contextlib.ExitStack() as stack:
            folder = Path(name)
            images = {DISK: folder / "disk.img"}
            if layout.is_over:
                _copy(self._installed_one(layout.kind), images[DISK])
            else:
                _blank(images[DISK], DISK_BYTES)
            if self.has_stick and layout.encrypted:
                images[STICK] = folder / "stick.img"
                _blank(images[STICK], STICK_BYTES)
            ground = stack.enter_context(self.grounds.lay(images))
            if not layout.is_over:
                _cut(ground.devices[DISK], _OLD_TABLE, _MAKE_OLD)
            if STICK in images:
                _cut(ground.devices[STICK], _FAT_TABLE, _MAKE_STICK)
            stack.callback(_leave, ground.devices[DISK], folder / "mnt")
            bench = self._bench(ground, layout, supplies or self.supplies, folder, stack)
            if layout.does is Does.INSTALL:
                bench.use(_USED_BEFORE[layout.is_over])
            yield bench

    def _bench(
        self,
        ground: Ground,
        layout: Layout,
        supplies: Supplies,
        folder: Path,
        stack: contextlib.ExitStack,
    ) -> Bench:
        if layout.does is Does.INSTALL:
            return Bench(ground, layout, supplies, folder)
        if layout.does is Does.RESET:
            return ResetBench(ground, layout, supplies, folder, self.older)
        from tests.faults.update_bench import UpdateBench

        memory = folder / "running"
        memory.mkdir()
        running = contextlib.ExitStack()
        stack.callback(_halt, running)
        disk, mounts = ground.devices[DISK], Mounts(Runner(), folder / "slot")
        installed = running.enter_context(self._running(layout, disk, memory, mounts))
        return UpdateBench(
            ground,
            layout,
            self.newest or supplies,
            folder,
            installed,
            older=self.older,
            halt=running.close,
        )

    def _running(
        self, layout: Layout, disk: str, memory: Path, mounts: Mounts
    ) -> contextlib.AbstractContextManager[InstalledDisk]:
        """The system on it; `memory` is a folder for what is there of a real machine."""
        if layout.encrypted:
            return running_encrypted(Opened(path=disk), memory, mounts)
        release = Path(urlsplit(self.older.release).path)
        return running_from_a(Attached(path=disk), self.older.identifiers, release, memory, mounts)

    def reference(self, layout: Layout) -> Reference:
        """The installation without faults; made once. Raises AssertionError when it fails."""
        if layout not in self._references:
            self.say(f"{layout}: the installation without faults")
            self._references[layout] = self._recorded(layout)
        return self._references[layout]

    def look(self, bench: Bench) -> tuple[str, ...]:
        """The disk of a bench in lines."""
        bench.halt()
        runner = Runner()
        lines = Fingerprint(runner, Mounts(runner, self.folder / "look")).lines(
            bench.disk, passphrase=bench.layout.passphrase
        )
        # The menu before the last change: after two tries that is the same as the one in use.
        return tuple(each for each in lines if "/grub/grub.cfg.old" not in each)

    def _recorded(self, layout: Layout) -> Reference:
        with self.bench(layout) as bench:
            recorder = Recorder(
                tuple(
                    WatchedImage(
                        medium=medium,
                        image=image,
                        before=image.with_suffix(".before"),
                        node=bench.ground.devices[medium],
                    )
                    for medium, image in bench.ground.images.items()
                ),
                bench.ground.devices,
            )
            operations = bench.plan().operations
            _install(bench, recorder)
            return Reference(
                traces={trace.operation: trace for trace in recorder.traces},
                disk=self.look(bench),
                cases=matrix(str(layout), operations),
            )

    def _installed_one(self, kind: LayoutKind) -> Path:
        """The image of a disk with an installation that somebody has used; made once."""
        if kind not in self._installed:
            self.say(f"{kind}: an installation to be kept")
            layout = Layout(kind=kind)
            with self.bench(layout, self.older) as bench:
                _install(bench, Bystander())
                leave_belongings(bench.disk, layout, Mounts(Runner(), self.folder / "owner"))
                os.sync()
                _copy(bench.ground.images[DISK], self.folder / f"{kind}.img")
            self._installed[kind] = self.folder / f"{kind}.img"
        return self._installed[kind]


def _halt(running: contextlib.ExitStack) -> None:
    """What a failed case keeps it from closing is closed by `_leave`."""
    with contextlib.suppress(InstallError):
        running.close()


def _leave(disk: str, mounts: Path) -> None:
    """Close whatever a case has left open: the next bench must not find it in its way."""
    with contextlib.suppress(InstallError):
        Leftovers(Runner(), mounts).leave(disk)


def _install(bench: Bench, watcher: Watcher) -> None:
    ended = bench.start(watcher)
    if ended.status != ExitCode.DONE:
        raise AssertionError(f"without a fault, {bench.layout}: {ended.words()}")
    left = (*ended.left_running, *bench.remains())
    if left:
        raise AssertionError(f"without a fault, {bench.layout}, there remains: {'; '.join(left)}")


def _blank(image: Path, size: int) -> None:
    with image.open("wb") as made:
        made.truncate(size)


def _copy(image: Path, copy: Path) -> None:
    subprocess.run(["cp", "--sparse=always", str(image), str(copy)], check=True)


def _cut(disk: str, table: str, maker: list[str]) -> None:
    """One partition with a file system."""
    argv = ["sfdisk", "--quiet", "--no-reread", disk]
    subprocess.run(argv, input=table, text=True, check=True, capture_output=True)
    show_partitions(disk)
    subprocess.run([*maker, f"{disk}p1"], check=True, capture_output=True)
    if has_database(Path("/")):
        # It would look by itself, some time after the maker has closed the device: no settling
        # waits for that.
        subprocess.run(["udevadm", "trigger", "--settle", f"{disk}p1"], check=True)
