"""The judge of what a power cut leaves of an installation: it goes on, and keeps what it has to.

Nothing need start from the disk before all of it is there; but what starts from it is whole.
"""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from backends.leftovers import Leftovers
from backends.mounts import Mounts
from backends.runner import Runner
from installer.answers import Keep
from installer.boot_state import RECOVERY
from installer.errors import ExitCode, InstallError, Refused
from installer.layout import Role
from tests.faults.belongings import missing_belongings
from tests.faults.bench import Bench
from tests.faults.crash.boot_look import BootLook, GrubFiles, Start, look_at, replayed, said
from tests.faults.crash.container import EncryptedDisk
from tests.faults.crash.healthy import Healthy
from tests.faults.crash.installing import Installed
from tests.faults.crash.judge import SLOTS, Loss, Verdict
from tests.faults.crash.points import Point
from tests.faults.crash.rebuilt import RebuiltDisk
from tests.faults.crash.recorded import Section
from tests.faults.crash.sparse import copy_sparse
from tests.faults.crash.start import started
from tests.faults.crash.whole import System, sha256
from tests.faults.failing_disk import loop_over
from tests.faults.fingerprint import Fingerprint
from tests.faults.ground import DISK, show_partitions
from tests.faults.layouts import PASSPHRASE
from tests.faults.watchers import Bystander

Fault = tuple[Loss, str]


@dataclass(kw_only=True)
class InstallationJudge:
    """Of disks that are being installed onto. What was seen once is remembered."""

    disk: RebuiltDisk
    installed: Installed
    section: Section
    folder: Path
    """For copies."""
    _headers: dict[tuple[int, ...], str] = field(default_factory=dict)
    _data: dict[tuple[int, ...], str] = field(default_factory=dict)

    def judge(self, point: Point, *, boots: bool = False, goes_on: bool = False) -> Verdict:
        """Of the next one of points in their order.

        `goes_on`: the installation is done to its end, and has to make the same disk. Where it
        keeps a container, it has to open that before it plans: that needs device-mapper.
        """
        layout = self.installed.layout
        with self.disk.at(point):
            start, faults = self._start()
            faults += self._kept()
            if boots:
                faults += self._booted(start)
            if not (layout.is_over and layout.encrypted):
                faults += self._resumed(start, goes_on=goes_on)
        if point.sure == self.section.end and start is None:
            faults.append((Loss.UNBOOTABLE, "nothing starts in the end"))
        starts = start.entry if start is not None else "nothing"
        return Verdict(section=self.section.name, point=point, starts=starts, faults=tuple(faults))

    def _start(self) -> tuple[Start | None, list[Fault]]:
        """What GRUB would start; it may be nothing, and has to be whole."""
        copy = self.disk.copy(Role.BOOT, self.folder / "boot.raw")
        faults: list[Fault] = []
        found = look_at(GrubFiles(copy), self.installed.menus)
        if found.start is not None:
            faults += self._whole(found, "")
            after, unclean = replayed(copy, self.installed.menus)
            faults += self._whole(after, "when its journal was replayed, ")
            if unclean:
                faults.append((Loss.LOST, unclean))
        copy.unlink()
        return found.start, faults

    def _whole(self, look: BootLook, when: str) -> Iterator[Fault]:
        start = look.start
        if start is None:
            yield Loss.UNBOOTABLE, f"{when}{look.fault}"
        elif start.entry != RECOVERY:
            system = self._system(start.entry)
            if system is None or not start.fits(system):
                yield Loss.UNBOOTABLE, f"{when}slot {start.entry} starts, and is not whole"

    def _system(self, slot: str) -> System | None:
        found = (
            each
            for each in self.installed.systems
            if sha256(self.disk.read(SLOTS[slot], each.size)) == each.sha256
        )
        return next(found, None)

    def _booted(self, start: Start | None) -> Iterator[Fault]:
        told = started(self.disk.image)
        if start is None or start.entry == RECOVERY:
            if told is not None:
                yield Loss.UNBOOTABLE, f"a machine starts what GRUB was not to find: {told}"
        elif told is None:
            yield Loss.UNBOOTABLE, "a machine does not start"
        elif (system := self._system(start.entry)) is None or told.sums != system.sums:
            yield Loss.UNBOOTABLE, f"a machine starts something else: {told}"

    def _kept(self) -> Iterable[Fault]:
        """The person's own: as it is found without replay, and when somebody has mounted it."""
        keep = self.installed.layout.keep
        if keep is Keep.NOTHING:
            return
        key = self.disk.sum_of(Role.DATA)
        if key not in self._data:
            copy = self.disk.copy(Role.DATA, self.folder / "data.raw")
            self._data[key] = _belongings(copy, var=keep is Keep.DATA_AND_VAR)
            copy.unlink()
        if self._data[key]:
            yield Loss.LOST, self._data[key]
        yield from self._opens()

    def _opens(self) -> Iterator[Fault]:
        """Without its header, a container's data are gone."""
        if not isinstance(self.disk, EncryptedDisk):
            return
        key = self.disk.sum_of(Role.LUKS)
        if key not in self._headers:
            self._headers[key] = self.disk.opens(PASSPHRASE, self.folder)
        if self._headers[key]:
            yield Loss.LOST, f"the container does not open: {self._headers[key]}"

    def _resumed(self, start: Start | None, *, goes_on: bool) -> Iterator[Fault]:
        """Another start of the installer finds its way; that of one that is whole may refuse."""
        image = self.folder / "resumed.raw"
        copy_sparse(self.disk.image, image)
        with tempfile.TemporaryDirectory(dir=self.folder) as name, _attached(image) as device:
            ground = Healthy({DISK: device}, {DISK: image})
            bench = Bench(ground, self.installed.layout, self.installed.supplies, Path(name))
            try:
                bench.plan()
                if goes_on:
                    ended = bench.start(Bystander())
                    if ended.status != ExitCode.DONE:
                        yield Loss.LOST, f"it does not come to its end: {ended.words()}"
                    elif (found := _lines(bench, Path(name) / "look")) != self.installed.disk:
                        differ = set(found) ^ set(self.installed.disk)
                        yield Loss.LOST, f"another disk comes of it: {sorted(differ)[:6]}"
            except Refused as refused:
                if start is None:
                    yield Loss.LOST, f"the installer refuses to go on: {refused}"
            finally:
                with contextlib.suppress(InstallError):
                    Leftovers(Runner(), Path(name) / "mnt").leave(device)
        image.unlink()


@contextlib.contextmanager
def _attached(image: Path) -> Iterator[str]:
    with loop_over(image, 512) as device:
        show_partitions(device)
        yield device


def _lines(bench: Bench, mounts: Path) -> tuple[str, ...]:
    runner = Runner()
    return tuple(Fingerprint(runner, Mounts(runner, mounts)).lines(bench.disk, passphrase=None))


def _belongings(file: Path, *, var: bool) -> str:
    """What of a person's is missing in a BTRFS, or what else is the matter with it."""
    with tempfile.TemporaryDirectory(dir=file.parent) as place:
        for options in ("loop,ro,rescue=nologreplay,subvol=/", "loop,subvol=/"):
            fault = said(["mount", "-t", "btrfs", "-o", options, str(file), place])
            if fault:
                return f"the data cannot be mounted: {fault}"
            try:
                missing = missing_belongings(Path(place), var=var)
            finally:
                subprocess.run(["umount", place], check=True)
            if missing:
                return f"of the person's: {missing}"
    return said(["btrfs", "check", "--readonly", str(file)])
