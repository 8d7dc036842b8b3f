"""The parts around a session and the process that installs, in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from installer.answers import Answers, Source
from installer.boot_state import BootState
from installer.death import Killed
from installer.errors import ExitCode, InstallError, Refused
from installer.execution import Execution
from installer.hardware import Disk, Machine
from installer.inspection import Sources
from installer.installation import Installation
from installer.journal import RunDirectory
from installer.machinery import Machinery
from installer.release import Release, ReleaseFile, SlotPlace
from installer.release_offer import ReleaseOffer
from installer.run_process import unsupervised
from installer.secret import Secret
from installer.session_local import LocalSession
from installer.traces import BootContent
from tests.unit import samples
from tests.unit.fake_machinery import FakeMachine


@dataclass(kw_only=True)
class FakeHardware:
    """A machine that a test may change between two looks."""

    now: Machine = field(default_factory=samples.machine)

    def machine(self) -> Machine:
        return self.now


@dataclass(kw_only=True)
class FakeReleases:
    """One release, or the reason for none."""

    found: Release | Refused = field(default_factory=samples.release)
    asked: list[tuple[Source, str]] = field(default_factory=list)

    def find(self, source: Source, architecture: str) -> Release:
        self.asked.append((source, architecture))
        if isinstance(self.found, Refused):
            raise self.found
        return self.found

    def offer(self, source: Source, architecture: str) -> ReleaseOffer:
        raise AssertionError("only a person chooses a version")


@dataclass(kw_only=True)
class FakeInstallations:
    """One installation, or the reason for none."""

    found: Installation | InstallError = field(default_factory=samples.installation)
    asked: list[tuple[str, Secret | None]] = field(default_factory=list)

    def look(self, disk: Disk, passphrase: Secret | None) -> Installation:
        self.asked.append((disk.path, passphrase))
        if isinstance(self.found, InstallError):
            raise self.found
        return self.found


@dataclass(kw_only=True)
class FakeBoots:
    """What boot partitions hold by the journals of a machine in memory; others hold a system."""

    machine: FakeMachine
    asked: list[str] = field(default_factory=list)
    was_started: bool = False
    resets_everything: bool = False

    def look(self, partition: str) -> BootContent:
        self.asked.append(partition)
        text = self.machine.journals.get(partition)
        return BootContent(
            journal=None if text is None else text.encode(),
            was_started=self.was_started,
            resets_everything=self.resets_everything,
            menu=self.machine.menu,
            state=self.machine.state or BootState(),
        )


@dataclass(kw_only=True)
class FakeSlots:
    """Slots with this contract in them, or none that can be read."""

    found: bytes | InstallError
    in_memory: bool = False
    """The image is there from an earlier run."""
    asked: list[tuple[SlotPlace, Secret | None]] = field(default_factory=list)

    def remembered(self, image: ReleaseFile, *, boot: str) -> bytes | None:
        return self.found if self.in_memory and isinstance(self.found, bytes) else None

    def contract(self, place: SlotPlace, passphrase: Secret | None) -> bytes:
        self.asked.append((place, passphrase))
        if isinstance(self.found, InstallError):
            raise self.found
        return self.found


@dataclass(kw_only=True)
class FakeLauncher:
    """Remembers what it was to start."""

    launched: list[tuple[tuple[str, ...], bytes, Path]] = field(default_factory=list)

    def launch_detached(self, argv: Sequence[str], stdin: bytes, log: Path) -> None:
        self.launched.append((tuple(argv), stdin, log))


@dataclass(kw_only=True)
class World:
    """Session and execution over the same machine and run directory."""

    run: RunDirectory
    hardware: FakeHardware = field(default_factory=FakeHardware)
    releases: FakeReleases = field(default_factory=FakeReleases)
    installations: FakeInstallations = field(default_factory=FakeInstallations)
    slots: FakeSlots = field(default_factory=lambda: FakeSlots(found=b""))
    launcher: FakeLauncher = field(default_factory=FakeLauncher)
    machine: FakeMachine = field(default_factory=FakeMachine)
    tidy: Callable[[], None] = field(default=lambda: None)
    left: list[str] = field(default_factory=list)
    """Disks that were to be closed after a run ended early."""
    supervise: Callable[[Callable[[], ExitCode]], ExitCode | Killed] = unsupervised

    def __post_init__(self) -> None:
        self.boots = FakeBoots(machine=self.machine)

    @property
    def sources(self) -> tuple[Path, Path]:
        return self.run.path.with_name("credential"), self.run.path.with_name("source")

    @property
    def looked_at(self) -> Sources:
        return Sources(
            hardware=self.hardware,
            installations=self.installations,
            boots=self.boots,
            slots=self.slots,
            memory=self.run.install_journal,
        )

    def session(self, *, unattended: bool = True) -> LocalSession:
        return LocalSession(
            sources=self.looked_at,
            releases=self.releases,
            launcher=self.launcher,
            unattended=unattended,
            run=self.run,
            source_files=self.sources,
        )

    def started(self, answers: Answers | None = None) -> bytes:
        """A session planned and started; what the new process is to read."""
        session = self.session()
        answers = answers or samples.answers()
        session.start(answers, session.plan(answers))
        return self.launcher.launched[-1][1]

    def execute(self, document: bytes) -> ExitCode:
        def make(
            _source: Source, _on_line: Callable[[str, str], None], _pulse: Callable[[], None]
        ) -> Machinery:
            return self.machine.machinery()

        return Execution(
            sources=self.looked_at,
            releases=self.releases,
            make_machinery=make,
            tidy=self.tidy,
            leave=self.left.append,
            run=self.run,
            supervise=self.supervise,
        ).carry_out(document)
