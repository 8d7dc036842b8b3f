"""The process that installs, as the real one, but that a line can break what it does.

Put together as in ``installer/__main__.py``.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from backends.boot_files import BootFilesOnDisk
from backends.file_systems import Makers
from backends.hardware_live import LiveHardware
from backends.holders import DiskHolders
from backends.homes import HomesOnDisk
from backends.image_source import ImageSource
from backends.images import DirectImages
from backends.installation_look import InstallationLook
from backends.installed_system import InstalledSystemOnDisk
from backends.leftovers import Leftovers
from backends.luks import Cryptsetup
from backends.mounts import Mounts
from backends.partition_table import Sfdisk
from backends.release_source import WebRelease
from backends.runner import Runner
from backends.slot_images import SlotImagesOnDisk
from backends.supervisor import supervised
from backends.target_journal import TargetJournalsOnDisk
from backends.volume_group import Lvm
from installer.answers import Source
from installer.events import Event, to_line
from installer.execution import Execution, MachineryMaker
from installer.hardware import Machine, Medium
from installer.holder import NOBODY, Starter
from installer.inspection import Sources
from installer.journal import Journal, RunDirectory
from installer.layout import Role
from installer.machinery import Begin, Machinery, Progress, TargetJournal
from installer.quantity import MIB
from installer.release import ReleaseFile
from tests.faults.faulty_runner import FaultyRunner, die
from tests.faults.line import About, InstallationEnd, What
from tests.tools.releases import releases

MEMORY_BYTES: Final = 256 * MIB
"""What the machine is said to have: a passphrase takes a quarter of it, at each opening."""
BUSY_SECONDS: Final = 2.0
"""How long what uses the disk is asked to end; a tool that is broken stays so."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What an installation finds, beside the disk."""

    run: RunDirectory
    disks: tuple[str, ...]
    """Of all disks of this machine those that it is to see."""
    loaders: Path
    """Root of the system whose shim and GRUB are taken."""
    needed: tuple[str, ...] = ()
    """Tools that are looked for before anything is written."""
    is_recovery: bool = False
    """Whether it is the disk's own Recovery that has been started, and not a live medium."""

    @property
    def sources(self) -> Sources:
        """As in the real one, but for the disks of this machine that are not shown."""
        runner = Runner()
        mounts = Mounts(runner, self.run.mounts)
        live = LiveHardware(
            runner, needed=self.needed, own_mounts=self.run.mounts, include_loop=True
        )
        return Sources(
            hardware=FewDisks(live, self.disks, self.is_recovery),
            installations=InstallationLook(runner, mounts),
            boots=TargetJournalsOnDisk(runner, mounts),
            slots=SlotImagesOnDisk(runner, mounts),
            memory=self.run.install_journal,
        )

    @property
    def releases(self) -> WebRelease:
        """As in the real one."""
        return releases()


@dataclass(frozen=True)
class FewDisks:
    """This machine, but for its other disks, which may hold an AtomOS too."""

    live: LiveHardware
    disks: tuple[str, ...]
    is_recovery: bool

    def machine(self) -> Machine:
        """See HardwareSource. Started from a medium that is gone: what uses the disk is ended."""
        found = self.live.machine()
        disks = tuple(disk for disk in found.disks if disk.path in self.disks)
        recoveries = (
            part.path for disk in disks for part in disk.partitions if part.label == Role.RECOVERY
        )
        device = next(recoveries) if self.is_recovery else "/dev/atomos-medium"
        return replace(
            found,
            disks=disks,
            memory_bytes=MEMORY_BYTES,
            medium=Medium(
                device=device, in_ram=True, is_recovery=self.is_recovery, length_bytes=None
            ),
        )


@dataclass(frozen=True, kw_only=True)
class WatchedRun(RunDirectory):
    """A run directory whose journal tells the line of each event."""

    line: InstallationEnd

    @contextlib.contextmanager
    def hold(self, starter: Starter = NOBODY) -> Iterator[Journal]:
        """See RunDirectory."""
        with super().hold(starter) as journal:
            yield _WatchedJournal(journal, self.line)


class _WatchedJournal(Journal):
    def __init__(self, inner: Journal, line: InstallationEnd) -> None:
        self._inner = inner
        self._line = line

    def sign(self) -> None:
        self._inner.sign()

    def emit(self, event: Event) -> None:
        self._inner.emit(event)
        self._line.ask(About.EVENT, line=to_line(event))

    def text(self) -> str:
        return self._inner.text()

    def events(self) -> tuple[Event, ...]:
        return self._inner.events()


def execute(surroundings: Surroundings, document: bytes, line: InstallationEnd) -> int:
    """Be the process that installs; its exit status."""
    leftovers = Leftovers(Runner(), surroundings.run.mounts)

    def leave(disk: str) -> None:
        line.ask(About.LEAVING)
        leftovers.leave(disk)

    return Execution(
        sources=surroundings.sources,
        releases=surroundings.releases,
        make_machinery=faulty_machinery(surroundings, line),
        tidy=leftovers.clear,
        leave=leave,
        run=WatchedRun(path=surroundings.run.path, line=line),
        supervise=supervised,
    ).carry_out(document)


def faulty_machinery(surroundings: Surroundings, line: InstallationEnd) -> MachineryMaker:
    """The real one, whose tools and images ask the line."""

    def make(
        _source: Source, on_line: Callable[[str, str], None], pulse: Callable[[], None]
    ) -> Machinery:
        return _machinery(surroundings, FaultyRunner(on_line, pulse=pulse, line=line), line)

    return make


def _machinery(surroundings: Surroundings, runner: Runner, line: InstallationEnd) -> Machinery:
    mounts = Mounts(runner, surroundings.run.mounts)
    return Machinery(
        holders=DiskHolders(runner, busy_seconds=BUSY_SECONDS),
        tables=Sfdisk(runner),
        luks=Cryptsetup(runner, mounts),
        volume_groups=Lvm(runner),
        file_systems=Makers(runner, mounts),
        images=_ToldImages(DirectImages(ImageSource(), reads_back=True), line),
        slots=SlotImagesOnDisk(runner, mounts),
        boot=BootFilesOnDisk(runner, mounts, loaders=surroundings.loaders),
        system=InstalledSystemOnDisk(runner, mounts),
        homes=HomesOnDisk(runner, mounts, ImageSource()),
        journals=_ToldJournals(TargetJournalsOnDisk(runner, mounts), line),
    )


@dataclass(frozen=True)
class _ToldImages:
    """Images whose progress the line hears of, however little time has passed."""

    images: DirectImages
    line: InstallationEnd

    def write(
        self,
        image: ReleaseFile,
        targets: tuple[str, ...],
        progress: Progress,
        begin: Begin | None = None,
    ) -> None:
        self.images.write(image, targets, self._told(progress), begin)

    def write_changed(
        self,
        image: ReleaseFile,
        target: str,
        seeds: tuple[str, ...],
        progress: Progress,
        begin: Begin | None = None,
    ) -> None:
        self.images.write_changed(image, target, seeds, self._told(progress), begin)

    def holds(self, image: ReleaseFile, target: str, progress: Progress) -> bool:
        return self.images.holds(image, target, self._told(progress))

    def fetch(self, image: ReleaseFile, file: Path, progress: Progress) -> None:
        self.images.fetch(image, file, self._told(progress))

    def verify_fetched(self, image: ReleaseFile, file: Path) -> None:
        self.images.verify_fetched(image, file)

    def copy_device(self, source: str, image: ReleaseFile, target: str, progress: Progress) -> None:
        self.images.copy_device(source, image, target, self._told(progress))

    def verify(self, image: ReleaseFile, target: str, progress: Progress) -> None:
        self.images.verify(image, target, self._told(progress))

    def _told(self, progress: Progress) -> Progress:
        def tell(done: int, total: int) -> None:
            if self.line.ask(About.TELLING).what is What.DIE:
                die()
            progress(done, total)

        return tell


@dataclass(frozen=True)
class _ToldJournals:
    """Journals on the disk: what is written to them is no operation's doing."""

    journals: TargetJournalsOnDisk
    line: InstallationEnd

    def put(self, boot: str, text: str) -> TargetJournal:
        self.line.ask(About.NOTING)
        made = self.journals.put(boot, text)
        self.line.ask(About.NOTED)
        return _ToldJournal(made, self.line)


@dataclass(frozen=True)
class _ToldJournal:
    journal: TargetJournal
    line: InstallationEnd

    def append(self, line: str) -> None:
        self.line.ask(About.NOTING)
        self.journal.append(line)
        self.line.ask(About.NOTED)

    def remove(self) -> None:
        self.journal.remove()
