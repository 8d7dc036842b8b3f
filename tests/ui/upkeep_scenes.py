"""The screens of an installed system worth a picture, and how a person gets to each."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from textual.driver import Driver
from textual.pilot import Pilot

from installer.answers import LayoutKind
from installer.boot_state import BootState, SlotState
from installer.errors import InstallError, Problem, Refused
from installer.events import (
    FINAL,
    Event,
    Notice,
    OperationFinished,
    OperationStarted,
    Progress,
    RunFailed,
    RunFinished,
    RunInterrupted,
    RunStarted,
    Step,
)
from installer.holder import Holder, Starter
from installer.secret import Secret
from installer.session import Plan
from installer.slot_records import SlotRecord
from installer.upkeep.kept import kept_release, kept_wish
from installer.upkeep.notes import FailedStart, LastLook, Notes, Result
from installer.upkeep.operations import still_as_it_was
from installer.upkeep.policy import Action, UpdatePolicy
from installer.upkeep.problems import here_already
from installer.upkeep.recovery_plan import make_recovery_plan
from installer.upkeep.switching import once, rolled_back
from installer.upkeep.system import Level, RecoveryFound, System
from installer.upkeep.update_plan import make_update_plan
from installer.upkeep.wish import Wish
from screens.upkeep.app import UpkeepApp
from tests.ui.fake_session import STARTED
from tests.ui.picture import Picture, resized, text_of, until
from tests.unit import samples, upkeep_samples
from tests.unit.test_upkeep_recovery import newer as newer_recovery
from tests.unit.upkeep_samples import GOOD

PLACE = "https://example.org/atomos"
WELL = upkeep_samples.system(
    recovery=RecoveryFound(
        contract=samples.live_contract(),
        record=SlotRecord(version="0.1.0", signed_by="Releases (ABC)"),
    )
)


@dataclass(kw_only=True)
class FakeUpkeep:
    """An installed system in memory, with the real planner and the real rules."""

    now: System = WELL
    run: list[Event] = field(default_factory=list)
    planned: list[Wish] = field(default_factory=list)
    started: list[Wish] = field(default_factory=list)
    reached: bool = True
    """Whether there is a network."""
    fails: Exception | None = None
    """Of the next look, plan or switch."""
    may_plan: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    stopped: int = 0
    reset_from: str | None = None
    """Where Recovery is to have a release from."""

    def __post_init__(self) -> None:
        self.may_plan.set()

    def look(self) -> System:
        self._fail()
        return self.now

    def at_hand(self, wish: Wish) -> Wish:
        return wish if self.reached else kept_wish(wish, self.now) or wish

    def refuse_what_is_here(self, wish: Wish) -> None:
        if not (wish.recovery or wish.kept):
            problem = here_already(wish, upkeep_samples.newer(), self.now)
            if problem is not None:
                raise Refused((problem,))

    def plan(self, wish: Wish) -> Plan:
        self.planned.append(wish)
        self.may_plan.wait()
        self._fail()
        machine = upkeep_samples.machine()
        if wish.recovery:
            return make_recovery_plan(wish, self.now, machine, newer_recovery())
        if wish.kept:
            return make_update_plan(wish, self.now, machine, kept_release(self.now))
        signed_by = None if wish.source.allow_unsigned else "Releases (ABC)"
        return make_update_plan(wish, self.now, machine, upkeep_samples.newer(signed_by=signed_by))

    def of(self, _wish: Wish) -> "FakeUpkeep":
        return self

    def start(self, wish: Wish, _plan: Plan, _command: str) -> None:
        self._fail()
        self.started.append(wish)

    def events(self) -> Iterator[Event]:
        yield from self.run
        if not isinstance(self.run[-1], FINAL):
            self.over.wait()
            yield RunInterrupted(time=STARTED + 20, id="slot")

    def stop(self) -> None:
        self.stopped += 1
        self.over.set()

    def unlock(self, passphrase: Secret) -> System:
        if passphrase != upkeep_samples.PASSPHRASE:
            raise Refused.because("The passphrase does not open /dev/vda5.", "Try again.")
        self.now = upkeep_samples.from_recovery(LayoutKind.ENCRYPTED, state=self.now.state)
        return self.now

    def roll_back(self) -> System:
        self._fail()
        self.now = replace(self.now, state=rolled_back(self.now))
        return self.now

    def start_once(self, name: str) -> System:
        self._fail()
        self.now = replace(self.now, state=once(self.now, name))
        return self.now

    def ask_reset(self, level: Level | None, source: str | None = None) -> System:
        self._fail()
        self.reset_from = source
        self.now = replace(self.now, reset=level)
        return self.now

    def _fail(self) -> None:
        error, self.fails = self.fails, None
        if error is not None:
            raise error


def app_for(
    upkeep: FakeUpkeep,
    *,
    place: str = PLACE,
    serial: bool = False,
    driver_class: type[Driver] | None = None,
) -> UpkeepApp:
    """The app with its clock frozen at one second after the last event of half a run."""
    return UpkeepApp(
        upkeep,  # type: ignore[arg-type]  # all of Upkeep that the app uses
        place=place,
        known_source=lambda: place or None,
        serial=serial,
        clock=lambda: STARTED + 21,
        driver_class=driver_class,
    )


def whole_run(plan: Plan) -> list[Event]:
    """All of it, to its end."""
    steps = tuple(
        Step(id=each.id, sentence=each.sentence(), writes_bytes=each.writes_bytes())
        for each in plan.operations
    )
    events: list[Event] = [RunStarted(time=STARTED, disk="QEMU HARDDISK (/dev/vda)", steps=steps)]
    for number, step in enumerate(steps):
        at = STARTED + 4 * number
        events.append(OperationStarted(time=at, id=step.id, device="/dev/vda5"))
        if step.writes_bytes:
            half, whole = step.writes_bytes, 2 * step.writes_bytes
            events.append(
                Progress(time=at + 1, id=step.id, done_bytes=half, total_bytes=whole, rate=90e6)
            )
        events.append(OperationFinished(time=at + 3, id=step.id, seconds=3.0))
    return [*events, RunFinished(time=STARTED + 40, seconds=40.0)]


def update_plan(system: System = WELL) -> Plan:
    return FakeUpkeep(now=system).plan(upkeep_samples.wish())


def recovery_plan() -> Plan:
    return FakeUpkeep().plan(upkeep_samples.wish(recovery=True))


def half_a_run() -> list[Event]:
    """To the middle of the image."""
    events = whole_run(update_plan())
    end = next(n for n, each in enumerate(events) if isinstance(each, Progress))
    return events[: end + 1]


def failed_run() -> list[Event]:
    """/boot is full."""
    events = whole_run(update_plan())
    kernels = next(
        n for n, e in enumerate(events) if isinstance(e, OperationStarted) and e.id == "kernels"
    )
    failed = RunFailed(
        time=STARTED + 20,
        id="kernels",
        what="/dev/vda3 is full.",
        device="/dev/vda3",
        tool_words="No space left on device",
        way_out=still_as_it_was(),
    )
    return [*events[: kernels + 1], failed]


@dataclass(frozen=True, kw_only=True)
class UpkeepScene(Picture):
    """A picture of an installed system: of which."""

    upkeep: Callable[[], FakeUpkeep]
    place: str = PLACE


async def shows(pilot: Pilot[None], words: str) -> None:
    """Wait until the screen shows these words."""
    app = pilot.app
    assert isinstance(app, UpkeepApp)
    await until(pilot, lambda: words in text_of(app), words)


async def to_status(pilot: Pilot[None]) -> None:
    await shows(pilot, "> [ Update Root B ]")


async def to_wish(pilot: Pilot[None]) -> None:
    await to_status(pilot)
    await pilot.press("enter")
    await shows(pilot, "[ Look for it ]")


async def to_plan(pilot: Pilot[None]) -> None:
    await to_wish(pilot)
    await pilot.press("enter")
    await shows(pilot, "> [ Do it ]")


async def to_unsigned_plan(pilot: Pilot[None]) -> None:
    await to_wish(pilot)
    await pilot.press("up", "space", "down", "enter")
    await shows(pilot, "! UNSIGNED")


async def to_recovery_plan(pilot: Pilot[None]) -> None:
    await to_status(pilot)
    await pilot.press("down", "enter")
    await shows(pilot, "goes into Recovery")
    await pilot.press("enter")
    await shows(pilot, "> [ Do it ]")


async def to_progress(pilot: Pilot[None]) -> None:
    await to_plan(pilot)
    await pilot.press("enter")
    await shows(pilot, "Step 1 of 5")


async def to_done(pilot: Pilot[None]) -> None:
    await to_plan(pilot)
    await pilot.press("enter")
    await shows(pilot, "> [ Back to the status ]")


async def to_recovery_done(pilot: Pilot[None]) -> None:
    await to_recovery_plan(pilot)
    await pilot.press("enter")
    await shows(pilot, "Recovery is whole")


async def to_rollback(pilot: Pilot[None]) -> None:
    await to_status(pilot)
    await pilot.press("down", "down", "enter")
    await shows(pilot, "Leave it")


async def to_once(pilot: Pilot[None]) -> None:
    await to_status(pilot)
    await pilot.press("down", "down", "down", "enter")
    await shows(pilot, "> [ Back ]")


async def to_once_done(pilot: Pilot[None]) -> None:
    await to_once(pilot)
    await pilot.press("up", "enter")
    await shows(pilot, "Recovery starts next, that once.")


async def to_reset(pilot: Pilot[None]) -> None:
    await to_status(pilot)
    await pilot.press("down", "down", "down", "down", "enter")
    await shows(pilot, "> [ Back ]")


async def to_reset_word(pilot: Pilot[None]) -> None:
    await to_reset(pilot)
    await pilot.press("up", "up", "enter")
    await shows(pilot, "Type system if this is meant")


async def to_reset_asked(pilot: Pilot[None]) -> None:
    await to_reset_word(pilot)
    await pilot.press(*"system", "down", "enter")
    await shows(pilot, "It is done by the next start.")


async def to_locked(pilot: Pilot[None]) -> None:
    await shows(pilot, "> [ Unlock the disk ]")


async def to_unlock(pilot: Pilot[None]) -> None:
    await to_locked(pilot)
    await pilot.press("enter")
    await shows(pilot, "The slots of this disk are encrypted")


async def to_restart(pilot: Pilot[None]) -> None:
    await to_status(pilot)
    await pilot.press("up", "enter")
    await shows(pilot, "Restart the machine?")


async def to_refused(pilot: Pilot[None]) -> None:
    await to_wish(pilot)
    await pilot.press("enter")
    await shows(pilot, "That was not done")


async def to_help(pilot: Pilot[None]) -> None:
    await to_status(pilot)
    await pilot.press("f1")
    await shows(pilot, "[ Close ]")


async def to_trouble(pilot: Pilot[None]) -> None:
    await shows(pilot, "> [ Back to the status ]")


async def to_planning(pilot: Pilot[None]) -> None:
    await to_wish(pilot)
    await pilot.press("enter")
    await shows(pilot, "Looking for a release")


def both_good() -> FakeUpkeep:
    return FakeUpkeep(now=replace(WELL, state=BootState(a=GOOD, b=GOOD)))


def passed_over() -> FakeUpkeep:
    contract = samples.contract(version="0.2.0")
    b = replace(
        upkeep_samples.slot("b", contract), record=SlotRecord(version="0.2.0", signed_by=None)
    )
    state = BootState(order=("b", "a"), a=GOOD, b=SlotState(good=True, tries=0))
    return FakeUpkeep(now=replace(WELL, state=state, b=b))


def waiting() -> FakeUpkeep:
    """An update that starts next, one try used up."""
    contract = samples.contract(version="0.2.0")
    b = replace(
        upkeep_samples.slot("b", contract),
        record=SlotRecord(version="0.2.0", signed_by="Releases (ABC)"),
    )
    state = BootState(order=("b", "a"), a=GOOD, b=SlotState(tries=2))
    return FakeUpkeep(now=replace(WELL, state=state, b=b))


def newer_in_b(notes: Notes) -> FakeUpkeep:
    """Without tries: what it is of is told by the notes alone."""
    record = SlotRecord(version="0.2.0", signed_by="Releases (ABC)")
    b = replace(upkeep_samples.slot("b", samples.contract(version="0.2.0")), record=record)
    state = BootState(a=GOOD, b=SlotState(tries=0))
    return FakeUpkeep(now=replace(WELL, state=state, b=b, notes=notes))


def downloaded() -> FakeUpkeep:
    look = LastLook(
        at="2026-11-29T12:00:00+00:00",
        result=Result.REFUSED,
        version="0.2.0",
        seen=Result.DOWNLOADED,
        slot="b",
        words="https://example.org/atomos does not answer.",
    )
    return newer_in_b(Notes(policy=UpdatePolicy(policy=Action.DOWNLOAD), look=look))


def failed_three_times() -> FakeUpkeep:
    failed = FailedStart(
        slot="b",
        version="0.2.0",
        why="Its kernel panicked.\nThe image is as it was installed.",
        log="/var/lib/atomos/failed-start/log",
    )
    return newer_in_b(Notes(policy=UpdatePolicy(), failed=failed))


def broken() -> FakeUpkeep:
    b = replace(upkeep_samples.slot("b"), contract=None, fault="mount ended with status 32")
    recovery = RecoveryFound(contract=None, fault="no ISO", whole=False)
    state = BootState(a=GOOD, b=SlotState(tries=0))
    return FakeUpkeep(
        now=replace(WELL, b=b, recovery=recovery, state=state, blocks_valid=(True, False))
    )


def no_recovery() -> FakeUpkeep:
    from installer.kept_table import found_table

    disk = samples.installed(recovery=False)
    running = replace(upkeep_samples.running(), disk=disk, table=found_table(disk))
    return FakeUpkeep(now=replace(WELL, running=running, recovery=None))


def from_recovery() -> FakeUpkeep:
    return FakeUpkeep(now=upkeep_samples.locked())


def runs(events: list[Event]) -> FakeUpkeep:
    return FakeUpkeep(run=events)


def noticed() -> FakeUpkeep:
    *events, end = whole_run(recovery_plan())
    notice = Notice(
        time=STARTED + 30,
        text="Shim and GRUB on /dev/vda2 stay as they are: grubx64.efi of Recovery is older than"
        " the one that is there.",
    )
    return FakeUpkeep(run=[*events, notice, end])


def written_meanwhile() -> FakeUpkeep:
    starter = Starter(command="atomos update", terminal="/dev/tty2")
    holder = Holder(pid=7, since=STARTED, starter=starter)
    return FakeUpkeep(now=replace(WELL, holder=holder), run=half_a_run())


def not_root() -> FakeUpkeep:
    refused = Refused.because("What the slots hold can be read by root only.", "Use sudo.")
    return FakeUpkeep(fails=refused)


def unreadable() -> FakeUpkeep:
    error = InstallError(
        "/dev/vda3 cannot be read or written", device="/dev/vda3", tool_words="Input/output error"
    )
    return FakeUpkeep(fails=error)


def refused() -> FakeUpkeep:
    problems = (
        Problem(what="https://example.org/atomos does not answer.", way_out="Check the address."),
        Problem(
            what="There are 3 MiB left on /boot, and a new kernel needs 60 MiB.",
            way_out="Mount /dev/vda3 and remove what AtomOS did not put there.",
        ),
    )

    class Late(FakeUpkeep):
        def plan(self, wish: Wish) -> Plan:
            self.fails = Refused(problems)
            return super().plan(wish)

    return Late()


def for_ever() -> FakeUpkeep:
    upkeep = FakeUpkeep()
    upkeep.may_plan.clear()
    return upkeep


SCENES = (
    UpkeepScene(name="status", upkeep=FakeUpkeep, walk=to_status),
    UpkeepScene(name="status-waiting", upkeep=waiting, walk=to_status),
    UpkeepScene(name="status-passed-over", upkeep=passed_over, walk=to_status),
    UpkeepScene(name="status-downloaded", upkeep=downloaded, walk=to_status),
    UpkeepScene(name="status-failed", upkeep=failed_three_times, walk=to_status),
    UpkeepScene(name="restart", upkeep=waiting, walk=to_restart),
    UpkeepScene(name="status-broken", upkeep=broken, walk=to_status),
    UpkeepScene(name="status-no-recovery", upkeep=no_recovery, walk=to_status),
    UpkeepScene(name="status-from-recovery", upkeep=from_recovery, walk=to_locked),
    UpkeepScene(name="unlock", upkeep=from_recovery, walk=to_unlock),
    UpkeepScene(name="status-help", upkeep=FakeUpkeep, walk=to_help),
    UpkeepScene(name="wish", upkeep=FakeUpkeep, walk=to_wish),
    UpkeepScene(name="wish-empty", upkeep=FakeUpkeep, walk=to_wish, place=""),
    UpkeepScene(name="planning", upkeep=for_ever, walk=to_planning),
    UpkeepScene(name="plan", upkeep=FakeUpkeep, walk=to_plan),
    UpkeepScene(name="plan-unsigned", upkeep=FakeUpkeep, walk=to_unsigned_plan),
    UpkeepScene(name="plan-recovery", upkeep=FakeUpkeep, walk=to_recovery_plan),
    UpkeepScene(name="writing", upkeep=lambda: runs(half_a_run()), walk=to_progress),
    UpkeepScene(name="done", upkeep=lambda: runs(whole_run(update_plan())), walk=to_done),
    UpkeepScene(name="done-recovery", upkeep=noticed, walk=to_recovery_done),
    UpkeepScene(name="failed", upkeep=lambda: runs(failed_run()), walk=to_done),
    UpkeepScene(name="refused", upkeep=refused, walk=to_refused),
    UpkeepScene(name="not-root", upkeep=not_root, walk=to_trouble),
    UpkeepScene(name="unreadable", upkeep=unreadable, walk=to_trouble),
    UpkeepScene(name="rollback", upkeep=both_good, walk=to_rollback),
    UpkeepScene(name="once", upkeep=FakeUpkeep, walk=to_once),
    UpkeepScene(name="reset", upkeep=FakeUpkeep, walk=to_reset),
    UpkeepScene(name="reset-word", upkeep=FakeUpkeep, walk=to_reset_word),
    UpkeepScene(name="reset-asked", upkeep=FakeUpkeep, walk=to_reset_asked),
    UpkeepScene(name="once-done", upkeep=FakeUpkeep, walk=to_once_done),
)
EVERY_SCENE = (*SCENES, *resized(SCENES))
