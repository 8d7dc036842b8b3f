"""A bench whose starts are updates: slot A of the disk is said to run, and B is written."""

from pathlib import Path

from backends.boot_state_blocks import BootStateBlocks
from backends.mounts import Mounts
from backends.reset_request import ResetRequests
from backends.runner import Runner
from backends.supervisor import supervised
from backends.system_look import SystemLook
from backends.wished_releases import WishedReleasesHere
from installer.answers import Source
from installer.hardware import HardwareSource
from installer.journal import RunDirectory
from installer.run_words import UPDATE
from installer.session import Plan
from installer.session_local import Launcher
from installer.upkeep.execution import UpkeepExecution
from installer.upkeep.session import Upkeep
from installer.upkeep.wish import Wish
from tests.faults.bench import Bench, Forks, Supplies
from tests.faults.ground import Ground
from tests.faults.installation import WatchedRun, faulty_machinery
from tests.faults.layouts import Layout
from tests.faults.line import About, InstallationEnd
from tests.tools.installed_disk import InstalledDisk


class UpdateBench(Bench):
    """One disk with a system on it, and the updates of that."""

    def __init__(
        self,
        ground: Ground,
        layout: Layout,
        supplies: Supplies,
        folder: Path,
        installed: InstalledDisk,
    ) -> None:
        super().__init__(ground, layout, supplies, folder)
        self._installed = installed
        self._run = RunDirectory(path=self._run.path, words=UPDATE)
        # What runs is mounted there all the time, and no run ends that.
        self._used_at = installed.slot
        self._wish = Wish(source=Source(url=supplies.release, allow_unsigned=True))

    def plan(self) -> Plan:
        """See Bench."""
        return self._upkeep(Forks(self._execute)).plan(self._wish)

    def _begin(self, launcher: Launcher) -> None:
        upkeep = self._upkeep(launcher)
        upkeep.start(self._wish, upkeep.plan(self._wish), "atomos update")

    def _upkeep(self, launcher: Launcher) -> Upkeep:
        return Upkeep(
            systems=self._systems,
            hardware=self._hardware,
            releases=self._releases,
            states=BootStateBlocks(Mounts(Runner(), self._run.mounts)),
            resets=ResetRequests(Mounts(Runner(), self._run.mounts)),
            launcher=launcher,
            tidy=self._tidy,
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
            run=WatchedRun(path=self._run.path, words=UPDATE, line=line),
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
            command_line=self._installed.folder / "cmdline",
            slot=self._installed.slot,
        )

    @property
    def _releases(self) -> WishedReleasesHere:
        return WishedReleasesHere(self._surroundings.releases, Mounts(Runner(), self._run.looks))

    def _tidy(self) -> None:
        Mounts(Runner(), self._run.mounts).unmount_leftovers()
