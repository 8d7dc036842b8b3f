"""A reset of everything on a real disk, by the real backends: to its end, and cut off anywhere."""

import contextlib
import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.boot_state_blocks import BootStateBlocks
from backends.mounts import Mounts
from backends.reset_request import ResetRequests, asked_in
from backends.runner import Runner
from backends.target_journal import TargetJournalsOnDisk
from installer.__main__ import machinery
from installer.answers import Answers, DiskChoice, Source, User
from installer.boot_state import RECOVERY, BootState, SlotState
from installer.errors import ExitCode
from installer.events import Event, RunFailed, to_line
from installer.executor import Executor
from installer.hardware import Medium
from installer.identifiers import Identifiers
from installer.layout import Role
from installer.planning import make_plan
from installer.quantity import MIB
from installer.secret import Secret
from installer.session import Plan
from installer.step_journal import StepJournal
from installer.stop import Stop
from installer.traces import find_traces
from installer.upkeep.system import Level
from tests.faults import small_release
from tests.tools.fetched_image import fetched_image
from tests.tools.installed_disk import OneDisk
from tests.tools.releases import releases
from tests.tools.written_disk import SIZES, Attached, Writer, attached, live_root

# What is in memory is one file, wherever the disk is.
pytestmark = pytest.mark.xdist_group("image-in-memory")
GOOD = BootState(a=SlotState(good=True), b=SlotState(good=True))
UPPER = "lib/atomos/etc/upper"
EVE = User(name="eve", password_hash=Secret("$6$salt$" + "e" * 86))


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_release.make(tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="module")
def written(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    mounts, live = Mounts(Runner(), folder / "mnt"), live_root(folder / "live")
    slots = {Role.SLOT_A: 64 * MIB, Role.SLOT_B: 64 * MIB}
    writer = Writer(
        runner=Runner(), mounts=mounts, release=release, live=live, sizes={**SIZES, **slots}
    )
    return writer.write(folder / "disk.raw", Identifiers.draw())


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recovery:
    """The live system that was started from the disk's own recovery partition."""

    disk: Attached
    release: Path
    folder: Path
    mounts: Mounts

    @property
    def boot(self) -> str:
        return self.disk.node(Role.BOOT)

    @property
    def answers(self) -> Answers:
        return Answers(
            version=1,
            disk=DiskChoice(path=self.disk.path),
            wipe=True,
            reinstall=True,
            source=Source(url=self.release.as_uri(), allow_unsigned=True),
            user=EVE,
        )

    def plan(self) -> Plan:
        """What is shown to the person."""
        found = OneDisk(self.disk.path, self.folder).machine()
        medium = Medium(
            device=self.disk.node(Role.RECOVERY), in_ram=True, is_recovery=True, length_bytes=None
        )
        machine = dataclasses.replace(found, medium=medium)
        traces = find_traces(
            machine, TargetJournalsOnDisk(Runner(), self.mounts), self.folder / "memory"
        )
        return make_plan(
            self.answers,
            machine,
            releases().find(self.answers.source, machine.architecture),
            Identifiers.draw(),
            unattended=False,
            traces=traces,
        )

    def carry_out(self, plan: Plan) -> list[Event]:
        """In a process that starts anew: nothing is in memory."""
        events: list[Event] = []
        (self.folder / "memory").unlink(missing_ok=True)
        identifiers = plan.resumes.identifiers if plan.resumes else Identifiers.draw()
        with contextlib.ExitStack() as left_open:
            parts = machinery(
                self.folder / "mnt",
                left_open,
                self.answers.source,
                lambda _kind, _line: None,
                lambda: None,
            )
            code = Executor(
                machinery=parts,
                emit=events.append,
                journal_text=lambda: "".join(f"{to_line(each)}\n" for each in events),
                journal=StepJournal(
                    ram=self.folder / "memory",
                    targets=parts.journals,
                    answers=self.answers,
                    identifiers=identifiers,
                ),
                leave=lambda _disk: None,
                stop=Stop(),
                crash_log=self.folder / "crash.log",
            ).run(plan, identifiers)
        failed = [each for each in events if isinstance(each, RunFailed)]
        assert (code, failed) == (ExitCode.DONE, []), failed
        return events

    def check_as_delivered(self) -> None:
        assert BootStateBlocks(self.mounts).read(boot=self.boot) == BootState()
        with self.mounts.device(self.boot, "ext4", read_only=True) as top:
            assert asked_in(top) is None
            assert not (top / "atomos").exists()
            assert 'menuentry "Root A"' in (top / "grub/grub.cfg").read_text()
            assert (top / "a/vmlinuz").is_file()
        data = self.disk.node(Role.DATA)
        with self.mounts.device(data, "btrfs", read_only=True, subvolume="@var") as var:
            passwd = (var / UPPER / "passwd").read_text()
            assert "eve:x:1000:" in passwd
            assert "ada:" not in passwd


@pytest.fixture
def recovery(written: Path, release: Path, tmp_path: Path, mounts: Mounts) -> Iterator[Recovery]:
    """The word was given, and Recovery has started."""
    copy = tmp_path / "disk.raw"
    shutil.copy(written, copy)
    folder = tmp_path / "atomos"
    folder.mkdir()
    with fetched_image(), attached(copy) as disk:
        made = Recovery(disk=disk, release=release, folder=folder, mounts=mounts)
        BootStateBlocks(mounts).change(boot=made.boot, change=lambda _state: GOOD)
        ResetRequests(mounts).ask(Level.EVERYTHING, boot=made.boot)
        yield made


def test_it_ends_as_delivered(recovery: Recovery) -> None:
    plan = recovery.plan()
    ids = [each.id for each in plan.operations]
    assert ids[:3] == ["partition-table", "image-in-memory", "boot-filesystem"]
    recovery.carry_out(plan)
    recovery.check_as_delivered()


class PowerCut(BaseException):
    """Nothing of the run goes on after it."""


def test_cut_off_after_each_step_recovery_starts_and_goes_on(recovery: Recovery) -> None:
    """One disk, from which the power goes again and again, a step later each time."""
    first = recovery.plan()
    ids = [each.id for each in first.operations]
    for stop in ids[ids.index("boot-filesystem") : ids.index("boot-state")]:
        plan = recovery.plan()
        assert [each.id for each in plan.operations] == ids
        assert (plan.resumes is None) is (stop == "boot-filesystem")
        with pytest.raises(PowerCut):
            recovery.carry_out(cut(plan, stop))
        state = BootStateBlocks(recovery.mounts).read(boot=recovery.boot)
        assert state.choice(has_recovery=True) == RECOVERY, stop
        with recovery.mounts.device(recovery.boot, "ext4", read_only=True) as top:
            assert (top / "grub/grub.cfg").is_file(), stop
    recovery.carry_out(recovery.plan())
    recovery.check_as_delivered()


def cut(plan: Plan, id: str) -> Plan:
    """The same, but that the power goes when that operation has done its deed."""
    operation = next(each for each in plan.operations if each.id == id)

    def verify(_self: object, _context: object) -> None:
        raise PowerCut

    made = type(
        type(operation).__name__,
        (type(operation),),
        {"verify": verify, "__module__": __name__},
    )
    fields = {each.name: getattr(operation, each.name) for each in dataclasses.fields(operation)}
    operations = tuple(made(**fields) if each is operation else each for each in plan.operations)
    return dataclasses.replace(plan, operations=operations)
