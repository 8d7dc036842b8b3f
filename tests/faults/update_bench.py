"""A bench whose starts are updates: slot A of the disk is said to run, and B or Recovery is
written. Whatever becomes of them, the machine starts, by the judge of crash points."""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from backends.boot_state_blocks import BootStateBlocks
from backends.container_unlock import ContainerUnlock
from backends.luks import Cryptsetup
from backends.mounts import Mounts
from backends.reset_request import ResetRequests
from backends.runner import Runner
from backends.supervisor import supervised
from backends.system_look import SystemLook
from backends.uses import uses_of_device
from backends.volume_group import Lvm
from backends.wished_releases import WishedReleasesHere
from installer.answers import Source
from installer.boot_state import RECOVERY
from installer.errors import ExitCode, Refused
from installer.hardware import HardwareSource
from installer.journal import RunDirectory
from installer.layout import SLOTS, Role
from installer.session import Plan
from installer.session_local import Launcher
from installer.upkeep.execution import UpkeepExecution
from installer.upkeep.session import Upkeep
from installer.upkeep.wish import Wish
from tests.faults import small_release
from tests.faults.bench import Bench, Ended, Forks, Supplies
from tests.faults.crash.beside import Iso, iso_of, loader_sums, loaders_of
from tests.faults.crash.boot_look import menus_of
from tests.faults.crash.disk_now import DiskNow
from tests.faults.crash.judge import Judge
from tests.faults.crash.partitions import parts_of
from tests.faults.crash.points import Point
from tests.faults.crash.recorded import Section
from tests.faults.crash.whole import System, sha256, system_of
from tests.faults.ground import DISK, Ground
from tests.faults.installation import WatchedRun, faulty_machinery
from tests.faults.layouts import Does, Layout
from tests.faults.line import About, InstallationEnd
from tests.tools.installed_disk import InstalledDisk

NEWER: Final = "2.0"
"""Version of the release that comes; what is there has `small_release.VERSION`."""
_NOW: Final = Point(sure=0)


class UpdateBench(Bench):
    """One disk with a system on it, and the updates of that, or of its Recovery."""

    def __init__(
        self,
        ground: Ground,
        layout: Layout,
        supplies: Supplies,
        folder: Path,
        installed: InstalledDisk,
        *,
        older: Supplies,
        halt: Callable[[], None],
    ) -> None:
        """`older`: of what is on the disk; `halt`: the system on it runs no more."""
        super().__init__(ground, layout, supplies, folder)
        self._installed = installed
        self._halt = halt
        self._is_open = layout.encrypted
        self._wish = Wish(
            source=Source(url=supplies.release, allow_unsigned=True),
            recovery=layout.does is Does.RENEW_RECOVERY,
            kept=layout.does is Does.START,
        )
        if self._wish.kept:
            self._download()
        self._run = RunDirectory(path=self._run.path, words=self._wish.words)
        # What runs is mounted there all the time, and no run ends that.
        self._used_at = installed.slot
        before = sha256(installed.boot_file("grub/grub.cfg"))
        self._menus = {before: "before"}
        self._judge = self._judge_of(older, supplies)

    def plan(self) -> Plan:
        """See Bench."""
        plan = self._upkeep(Forks(self._execute)).plan(self._wish)
        self._menus |= menus_of(plan)
        return plan

    def has_still(self, operation: str) -> bool:
        """See Bench. Once Recovery is whole it is read only."""
        try:
            return operation in {each.id for each in self.plan().operations}
        except Refused:
            return False

    def amiss(self, ended: Ended) -> Iterator[str]:
        """See Bench. What the machine starts by itself is whole, and of what runs no byte was
        written. That e2fsck finds nothing is not asked: writes may have failed."""
        for loss, text in self._judge.judge(str(self.layout), _NOW).faults:
            if not text.startswith("e2fsck"):
                yield f"{loss}: {text}"

    def halt(self) -> None:
        """See Bench."""
        self._halt()

    def _download(self) -> None:
        """Have the newer image in the slot that does not run, and Recovery asked to start next."""
        status = self._installed.carry_out(replace(self._wish, kept=False, starts=False))
        if status != ExitCode.DONE:
            raise AssertionError(f"the download ended with {status}")
        BootStateBlocks(self._mounts).change(
            boot=self._installed.disk.node(Role.BOOT),
            change=lambda state: state.next_once(RECOVERY),
        )

    def _judge_of(self, older: Supplies, newer: Supplies) -> Judge[DiskNow]:
        image, renews = self.ground.images[DISK], self._wish.recovery
        volumes = {}
        if self.layout.encrypted:
            volumes = {role: self._installed.disk.node(role) for role in SLOTS}
        judge = Judge(
            disk=DiskNow(image, parts_of(image), volumes),
            systems=(_system(older.release), _system(newer.release, NEWER)),
            menus=self._menus,
            folder=self._run.path.parent,
            isos=(_iso(older.release), _iso(newer.release, NEWER)),
            loaders=(loader_sums(older.loaders), _loaders(newer.release)) if renews else None,
            changing={str(self.layout): frozenset({Role.RECOVERY, Role.ESP} if renews else ())},
        )
        judge.begin(Section(name=str(self.layout), begin=0, end=0))
        return judge

    def _begin(self, launcher: Launcher) -> None:
        self._upkeep(launcher).start(self._wish, self.plan(), "atomos update")

    def _upkeep(self, launcher: Launcher) -> Upkeep:
        return Upkeep(
            systems=self._systems,
            hardware=self._hardware,
            releases=self._releases,
            states=BootStateBlocks(Mounts(Runner(), self._run.mounts)),
            resets=ResetRequests(Mounts(Runner(), self._run.mounts)),
            launcher=launcher,
            tidy=self._tidy,
            unlocker=ContainerUnlock(
                Cryptsetup(Runner(), Mounts(Runner(), self._run.mounts)), Lvm(Runner())
            ),
            run=self._run,
        )

    def _execute(self, document: bytes, line: InstallationEnd) -> int:
        has_begun = False

        def tidy() -> None:
            # The first time it is what an earlier run has left.
            nonlocal has_begun
            if has_begun:
                line.ask(About.LEAVING)
            has_begun = True
            self._tidy()

        return UpkeepExecution(
            systems=self._systems,
            hardware=self._hardware,
            releases=self._releases,
            make_machinery=faulty_machinery(self._surroundings, line),
            tidy=tidy,
            run=WatchedRun(path=self._run.path, words=self._wish.words, line=line),
            supervise=supervised,
        ).carry_out(document)

    @property
    def _hardware(self) -> HardwareSource:
        return self._installed.hardware

    @property
    def _systems(self) -> SystemLook:
        return SystemLook(
            self._hardware,
            Mounts(Runner(), self._run.looks),
            functools.partial(uses_of_device, ignored=self._installed.folder),
            command_line=self._installed.folder / "cmdline",
            slot=self._installed.slot,
        )

    @property
    def _releases(self) -> WishedReleasesHere:
        return WishedReleasesHere(self._surroundings.releases, Mounts(Runner(), self._run.looks))

    def _tidy(self) -> None:
        Mounts(Runner(), self._run.mounts).unmount_leftovers()


@functools.cache
def _system(release: str, version: str = small_release.VERSION) -> System:
    return system_of(_folder(release), version)


@functools.cache
def _iso(release: str, version: str = small_release.VERSION) -> Iso:
    return iso_of(_folder(release), version)


@functools.cache
def _loaders(release: str) -> Mapping[str, str]:
    return loaders_of(_folder(release), NEWER)


def _folder(url: str) -> Path:
    return Path(urlsplit(url).path)
