"""The parts of the command line in memory: a session that tells a run as a test wants it."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from installer.answers import Answers
from installer.answers_connection import Network
from installer.errors import (
    ExitCode,
    InstallError,
    Refused,
)
from installer.events import (
    Event,
    Notice,
    OperationFinished,
    OperationStarted,
    Progress,
    RunFailed,
    RunFinished,
    RunStarted,
    Step,
)
from installer.hardware import Machine
from installer.holder import Holder
from installer.installation import Installation
from installer.languages import Speech
from installer.networks import NetworkState
from installer.release_offer import ReleaseOffer
from installer.remote_access import RemoteAccess
from installer.session import Plan, Session
from installer.time_zones import Zone
from installer.unfinished import Unfinished
from installer.upkeep.problems import unfinished_problem
from installer.upkeep.system import Level
from tests.unit import samples

RUN = ["run", "--answers", "a.yaml"]
STARTED = RunStarted(
    time=100.0, disk="QEMU", steps=(Step(id="slots", sentence="Write slots", writes_bytes=9),)
)
WHOLE: tuple[Event, ...] = (
    STARTED,
    Notice(time=100.0, text="UNSIGNED"),
    OperationStarted(time=100.0, id="slots"),
    Progress(time=101.0, id="slots", done_bytes=1 << 20, total_bytes=4 << 20, rate=1e6),
    Progress(time=106.0, id="slots", done_bytes=2 << 20, total_bytes=4 << 20, rate=float(1 << 20)),
    OperationFinished(time=110.0, id="slots", seconds=10.0, digest="d"),
    RunFinished(time=111.0, seconds=11.0),
)
FAILED = RunFailed(
    time=1.0,
    id="slots",
    what="dd ended with status 1",
    device="/dev/vda4",
    tool_words="$ dd of=/dev/vda4\n\x1b[31mno space",
    way_out="Try another disk.",
)


@dataclass(kw_only=True)
class FakeSession:
    """A session whose run says `told`; an exception among the events is a signal to itself."""

    refused: Refused | None = None
    told: tuple[Event | signal.Signals, ...] = WHOLE
    stops: int = 0
    started: int = 0
    left: list[Refused] = field(default_factory=list)
    connected: list[Network] = field(default_factory=list)
    no_network: InstallError | None = None
    busy: bool = False
    planned_after: list[int] = field(default_factory=list)
    """How many connections were made before each plan."""
    begun: tuple[Unfinished, ...] = ()
    over: list[bool] = field(default_factory=list)
    """Whether each plan was to start over."""
    now: Machine = field(default_factory=samples.machine)

    def machine(self) -> Machine:
        return self.now

    def speech(self) -> Speech:
        raise AssertionError("the command line asks nobody")

    def choose(self, speech: Speech) -> None:
        raise AssertionError("the command line asks nobody")

    def remote_access(self) -> RemoteAccess | None:
        return None

    def time_zones(self) -> tuple[Zone, ...]:
        raise AssertionError("the command line asks nobody")

    def load_keymap(self, layout: str) -> None:
        raise AssertionError("the command line asks nobody")

    def chosen_network(self) -> Network | None:
        raise AssertionError("the command line asks nobody")

    def choose_network(self, network: Network) -> None:
        raise AssertionError("the command line asks nobody")

    def networks(self, *, rescan: bool = False) -> NetworkState:
        raise AssertionError("the command line asks nobody")

    def connect(self, network: Network) -> None:
        self.connected.append(network)
        if self.no_network is not None:
            raise self.no_network

    def default_source(self) -> str | None:
        return None

    def offer(self, answers: Answers) -> ReleaseOffer:
        raise AssertionError("the command line asks for plans only")

    def look(self, answers: Answers) -> Installation:
        raise AssertionError("the command line asks for plans only")

    def look_at_slot(self, answers: Answers) -> None:
        raise AssertionError("the command line asks for plans only")

    def unfinished(self, _machine: Machine) -> tuple[Unfinished, ...]:
        return self.begun

    def plan(self, answers: Answers, *, start_over: bool = False) -> Plan:
        self.over.append(start_over)
        self.planned_after.append(len(self.connected))
        if self.refused is not None:
            raise self.refused
        return samples.plan(wanted=answers)

    def start(self, answers: Answers, plan: Plan) -> None:
        self.started += 1

    def running(self) -> bool:
        return self.busy

    def holder(self) -> Holder | None:
        return None

    def has_run(self) -> bool:
        return False

    def refuse(self, refusal: Refused) -> None:
        self.left.append(refusal)

    def events(self) -> Iterator[Event]:
        for each in self.told:
            if isinstance(each, signal.Signals):
                signal.raise_signal(each)
            else:
                yield each

    def stop(self) -> None:
        self.stops += 1


@dataclass(kw_only=True)
class FakeParts:
    """Parts around a fake session; remembers what was asked of it."""

    fake: FakeSession = field(default_factory=FakeSession)
    answered: Answers | Exception = field(default_factory=samples.answers)
    attended: list[bool] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    boot_fails: InstallError | None = None
    begun: bool = False
    """Whether an installation or a reset of that disk is not at its end."""

    def session(self, run: Path, *, unattended: bool) -> Session:
        self.attended.append(not unattended)
        return self.fake

    def show_screens(
        self, session: Session, run: Path, answers: str | None, *, plain: bool
    ) -> ExitCode:
        shown = "plain" if plain else "screens"
        self.done.append(shown if answers is None else f"{shown} by {answers}")
        return ExitCode.DONE

    def execute(self, run: Path, document: bytes) -> ExitCode:
        raise AssertionError("no test of the command line installs")

    def told(self, run: Path, document: bytes) -> str:
        raise AssertionError("no test of the command line reads a release")

    def answers(self, place: str) -> Answers:
        if isinstance(self.answered, Exception):
            raise self.answered
        return self.answered

    def schema(self) -> str:
        return '{"title": "answers"}'

    def recorded(self, machine: Machine) -> str:
        return f"{machine.architecture}\n"

    def look_before_reset(self, run: Path, boot: str, disk: str) -> None:
        if self.begun:
            raise Refused((unfinished_problem(disk),))

    def ask_reset(self, run: Path, level: Level | None, boot: str, disk: str) -> None:
        self.look_before_reset(run, boot, disk)
        if self.boot_fails is not None:
            raise self.boot_fails
        self.done.append(f"reset {level} on {boot}")

    def reboot(self) -> None:
        self.done.append("reboot")

    def poweroff(self) -> None:
        self.done.append("poweroff")
