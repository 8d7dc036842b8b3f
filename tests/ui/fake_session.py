"""A session made by hand: machines, plans and recorded events, and a note of what was asked."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from installer.answers import Answers, LayoutKind, Source
from installer.answers_connection import Network
from installer.errors import InstallError, Problem, Refused
from installer.events import (
    FINAL,
    Event,
    Notice,
    OperationFinished,
    OperationStarted,
    OutputLine,
    Progress,
    RunFailed,
    RunFinished,
    RunStarted,
    Step,
)
from installer.hardware import Contents, Disk, Firmware, Machine, Medium, Partition, Transport
from installer.holder import Holder
from installer.installation import Installation
from installer.languages import Speech
from installer.layout import Role, new_table
from installer.machinery import Settings
from installer.networks import Device, DeviceKind, DeviceState, NetworkState
from installer.operation import Context, Operation
from installer.quantity import GIB, MIB
from installer.question import QuestionId
from installer.release_offer import ReleaseOffer, VersionOffer
from installer.remote_access import RemoteAccess
from installer.session import Plan
from installer.time_zones import Zone
from installer.unfinished import Unfinished
from tests.zones import ZONES

SOURCE = "http://10.0.2.2:8000/release"
SIGNER = "Releases <releases@example.org> (29910AFAB68754E7D9F1490829F0AB0CDB6215E5)"
UNSIGNED = f"UNSIGNED: nobody has vouched for the release at {SOURCE} (690 MiB)."
STARTED = 1_000_000.0
"""When recorded runs began; the frozen clock stands a little later."""

OFFER = ReleaseOffer(
    url=SOURCE,
    versions=(
        VersionOffer(version="0.1.0", size_bytes=690 * MIB),
        VersionOffer(version="0.0.9", size_bytes=688 * MIB),
    ),
)
"""By nobody who is trusted."""
BLANK = Disk(
    path="/dev/vda",
    model="QEMU HARDDISK",
    serial="atomos-target",
    transport=Transport.VIRTIO,
    size_bytes=16 * GIB,
)
WINDOWS = Disk(
    path="/dev/nvme0n1",
    model="ACME SSD [fast] 1TB",
    serial="S1234",
    transport=Transport.NVME,
    size_bytes=953 * GIB,
    table="gpt",
    partitions=(
        Partition(
            path="/dev/nvme0n1p1",
            number=1,
            start_bytes=MIB,
            size_bytes=100 * MIB,
            contents=Contents(kind="vfat", label="SYSTEM"),
        ),
        Partition(
            path="/dev/nvme0n1p2",
            number=2,
            start_bytes=101 * MIB,
            size_bytes=900 * GIB,
            contents=Contents(kind="ntfs", label="Windows"),
        ),
    ),
)
IN_USE = Disk(
    path="/dev/sdb",
    model="Backup Drive",
    transport=Transport.ATA,
    size_bytes=4000 * GIB,
    table="gpt",
    partitions=(
        Partition(
            path="/dev/sdb1",
            number=1,
            start_bytes=MIB,
            size_bytes=3999 * GIB,
            contents=Contents(kind="ext4", label="backup"),
            uses=("mounted on /mnt",),
        ),
    ),
)
READ_ONLY = Disk(
    path="/dev/mmcblk0boot0",
    model="eMMC",
    transport=Transport.MMC,
    size_bytes=4 * MIB,
    read_only=True,
)
STICK = Disk(
    path="/dev/sda",
    model="USB Stick",
    transport=Transport.USB,
    size_bytes=8 * GIB,
    removable=True,
)


def machine(*disks: Disk) -> Machine:
    """A UEFI machine started from the stick, with these disks."""
    return Machine(
        architecture="x86-64",
        firmware=Firmware.UEFI,
        secure_boot=False,
        memory_bytes=4 * GIB,
        disks=(STICK, *disks),
        medium=Medium(device=STICK.path, in_ram=True, is_recovery=False, length_bytes=700 * MIB),
    )


@dataclass(frozen=True, kw_only=True)
class FakeOperation(Operation):
    """A step in words."""

    words: str
    lost: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    written: int = 0

    def sentence(self) -> str:
        return self.words

    @property
    def device(self) -> str:
        return "/dev/vda"

    def destroys(self) -> tuple[str, ...]:
        return self.lost

    def keeps(self) -> tuple[str, ...]:
        return self.stays

    def writes_bytes(self) -> int:
        return self.written

    def way_out(self) -> str:
        return ""

    def apply(self, context: Context) -> None:
        raise NotImplementedError

    def verify(self, context: Context) -> None:
        raise NotImplementedError


def fake_kind(step: str) -> type[FakeOperation]:
    """The class of the step of that id."""

    class Kind(FakeOperation):
        id = step

    return Kind


STEPS = (
    ("table", "Write a new partition table to /dev/vda", 2 * MIB),
    ("luks", "Encrypt /dev/vda5 with your passphrase", 0),
    ("volumes", "Make the volumes a, b, data on /dev/mapper/atomos", 0),
    ("esp", "Make the file system for start-up files on /dev/vda2", 4 * MIB),
    ("boot", "Make the file system for kernels on /dev/vda3", 8 * MIB),
    ("data", "Make the file system for your files on /dev/atomos/data", 8 * MIB),
    ("slot-a", "Write the system image into Root A on /dev/atomos/a", 690 * MIB),
    ("slot-b", "Write the system image into Root B on /dev/atomos/b", 690 * MIB),
    ("recovery", "Write this live system into Recovery on /dev/vda4", 700 * MIB),
    ("kernels", "Put kernel and initrd of each slot into /boot", 160 * MIB),
    ("loader", "Install the boot loader", 6 * MIB),
    ("account", "Make the account ada", 0),
    ("settings", "Set host name, language, keyboard and time zone", 0),
)
STEPS_BEFORE_SLOT_A = 6


def plan_for(
    disk: Disk,
    *notices: str,
    layout: LayoutKind = LayoutKind.ENCRYPTED,
    stays: tuple[str, ...] = (),
    lost: tuple[str, ...] | None = None,
    first: tuple[Operation, ...] = (),
) -> Plan:
    """The plan for a disk: `first`, then the usual steps. `stays`: what they keep."""
    table = new_table(
        disk,
        layout,
        slot_bytes=2 * GIB,
        recovery_bytes=2 * GIB,
        disk_guid="d" * 32,
        guids={role: role.value for role in Role},
    )
    if lost is None:
        lost = (
            f"everything on {disk.name}",
            *(f"{part.path}, {part.contents.kind}" for part in disk.partitions if part.contents),
        )
    operations = tuple(
        fake_kind(id)(
            words=words,
            written=size,
            lost=lost if id == "table" else (),
            stays=stays if id == "data" else (),
        )
        for id, words, size in STEPS
    )
    return Plan(
        system="AtomOS Debian 0.1.0 for x86-64",
        disk=disk,
        table=table,
        operations=(*first, *operations),
        notices=notices,
        digest="0" * 64,
    )


def run_started(at: float = STARTED) -> RunStarted:
    """The first event."""
    steps = tuple(Step(id=id, sentence=words, writes_bytes=size) for id, words, size in STEPS)
    return RunStarted(time=at, disk="QEMU HARDDISK (/dev/vda)", steps=steps)


def step_events(id: str, at: float, seconds: float) -> tuple[Event, ...]:
    """A step from its beginning to its end."""
    return (
        OperationStarted(time=at, id=id),
        OutputLine(time=at, tool="sh", line=f"working on {id}"),
        OperationFinished(time=at + seconds, id=id, seconds=seconds),
    )


def half_a_run() -> tuple[Event, ...]:
    """Up to the middle of Root A: the last event is at STARTED + 20."""
    events: list[Event] = [run_started(), Notice(time=STARTED, text=UNSIGNED)]
    for place, (id, _, _) in enumerate(STEPS[:STEPS_BEFORE_SLOT_A]):
        events += step_events(id, STARTED + place * 2, 2.0)
    events += [
        OperationStarted(time=STARTED + 12, id="slot-a"),
        Progress(
            time=STARTED + 20,
            id="slot-a",
            done_bytes=412 * MIB,
            total_bytes=690 * MIB,
            rate=52.0 * MIB,
        ),
    ]
    return tuple(events)


def whole_run() -> tuple[Event, ...]:
    """A run that ends well after 95 seconds."""
    rest: list[Event] = [OperationFinished(time=STARTED + 26, id="slot-a", seconds=14.0)]
    for place, (id, _, _) in enumerate(STEPS[STEPS_BEFORE_SLOT_A + 1 :]):
        rest += step_events(id, STARTED + 26 + place * 10, 9.0)
    return (*half_a_run(), *rest, RunFinished(time=STARTED + 95, seconds=95.0))


def failed_run() -> tuple[Event, ...]:
    """A run that ends in the middle of Root A."""
    return (
        *half_a_run(),
        OutputLine(time=STARTED + 21, tool="dd", line="\x1b[31mdd: error writing: No space\x07"),
        RunFailed(
            time=STARTED + 21,
            id="slot-a",
            what="The image could not be written to /dev/atomos/a.",
            device="/dev/atomos/a",
            tool_words="blk_update_request: I/O error, dev vda, sector 8388608\n"
            "write: Input/output error",
            way_out="The disk may be failing. Look at its health with smartctl, or choose another.",
        ),
    )


PROBLEMS = (
    Problem(
        what="/dev/vda is too small: it has 4 GiB and 9.5 GiB are needed, 5.5 GiB more.",
        way_out="Choose a larger disk.",
        question=QuestionId.DISK,
    ),
    Problem(
        what="The release at http://10.0.2.2:8000/release does not answer: 404 Not Found.",
        way_out="Check the address; SHA256SUMS must be in that directory.",
        question=QuestionId.WELCOME,
    ),
)


FOUND = Installation(
    luks_uuid=None,
    slot_bytes=(2 * GIB, 2 * GIB),
    data_free_bytes=GIB,
    subvolumes=("@home", "@nix", "@snapshots", "@var"),
    accounts=("ada", "grace"),
    data="/dev/nvme0n1p7",
    settings=Settings(
        hostname="engine",
        locale="C.UTF-8",
        keymap="us",
        timezone="UTC",
        machine_id="0" * 32,
    ),
)

WIRED = NetworkState(
    devices=(
        Device(
            name="enp0s3",
            kind=DeviceKind.WIRED,
            state=DeviceState.CONNECTED,
            addresses=("10.0.2.15/24",),
        ),
    )
)


@dataclass(kw_only=True)
class FakeSession:
    """A Session whose run says `events`, and then waits while `going_on` is not set."""

    machine_now: Machine = field(default_factory=lambda: machine(BLANK, WINDOWS))
    source: str | None = SOURCE
    plans: list[Plan | InstallError] = field(default_factory=lambda: [plan_for(BLANK, UNSIGNED)])
    """What `plan` answers, one after the other; the last again and again."""
    looks: list[InstallError | None] = field(default_factory=lambda: [None])
    """What `look` raises, one after the other; the last again and again."""
    looked: list[Answers] = field(default_factory=list)
    may_look: threading.Event = field(default_factory=threading.Event)
    run: tuple[Event, ...] = field(default_factory=whole_run)
    is_running: bool = False
    is_over: bool = False
    """There was a run, and it has ended."""
    start_error: InstallError | None = None
    planned: list[Answers] = field(default_factory=list)
    started: list[tuple[Answers, Plan]] = field(default_factory=list)
    stops: int = 0
    may_plan: threading.Event = field(default_factory=threading.Event)
    may_find: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    end: Event | None = None
    """What a run that waited says when it is `over`."""
    listeners: int = 0
    ends: tuple[Unfinished, ...] = ()
    """The installations that came to no end."""
    started_over: list[bool] = field(default_factory=list)
    """Whether each plan was to begin anew."""
    holder_now: Holder | None = None
    spoken: Speech = field(default_factory=lambda: Speech(chosen=True))
    """Language and keyboard; most stories begin after somebody has chosen them."""
    network: Network | None = field(default_factory=Network)
    """The one chosen; most stories begin after that, too."""
    network_states: list[NetworkState] = field(default_factory=lambda: [WIRED])
    """What there is, one look after the other; the last again and again."""
    network_joined: NetworkState | None = None
    """What there is from then on, when `connect` has worked; None: nothing else."""
    no_networks: InstallError | None = None
    """Raised by a look."""
    connected: list[Network] = field(default_factory=list)
    """What the machine was to be connected by."""
    no_network: list[InstallError | None] = field(default_factory=list)
    """What `connect` raises, one after the other; then nothing."""
    may_connect: threading.Event = field(default_factory=threading.Event)
    rescans: int = 0
    loaded: list[str] = field(default_factory=list)
    """The keyboard layouts that the console was given."""
    zones: tuple[Zone, ...] = ZONES
    offers: list[ReleaseOffer | InstallError] = field(default_factory=lambda: [OFFER])
    """What `offer` answers, one after the other; the last again and again."""
    asked_for: list[Source] = field(default_factory=list)
    """The sources that were looked at."""
    may_offer: threading.Event = field(default_factory=threading.Event)
    remote: RemoteAccess | None = None
    keymap_error: InstallError | None = None
    runs: list[tuple[Event, ...]] = field(default_factory=list)
    """What the runs after the first say, one after the other."""

    def __post_init__(self) -> None:
        self.may_plan.set()
        self.may_look.set()
        self.may_offer.set()
        self.may_find.set()
        self.may_connect.set()

    def machine(self) -> Machine:
        return self.machine_now

    def speech(self) -> Speech:
        return self.spoken

    def choose(self, speech: Speech) -> None:
        self.spoken = speech

    def remote_access(self) -> RemoteAccess | None:
        return self.remote

    def time_zones(self) -> tuple[Zone, ...]:
        return self.zones

    def load_keymap(self, layout: str) -> None:
        self.loaded.append(layout)
        if self.keymap_error is not None:
            raise self.keymap_error

    def chosen_network(self) -> Network | None:
        return self.network

    def choose_network(self, network: Network) -> None:
        self.network = network

    def networks(self, *, rescan: bool = False) -> NetworkState:
        self.rescans += rescan
        if self.no_networks is not None:
            raise self.no_networks
        return (
            self.network_states.pop(0) if len(self.network_states) > 1 else self.network_states[0]
        )

    def connect(self, network: Network) -> None:
        self.connected.append(network)
        self.may_connect.wait()
        error = self.no_network.pop(0) if self.no_network else None
        if error is not None:
            raise error
        if self.network_joined is not None:
            self.network_states = [self.network_joined]

    def default_source(self) -> str | None:
        return self.source

    def offer(self, answers: Answers) -> ReleaseOffer:
        self.may_offer.wait()
        self.asked_for.append(answers.source)
        offer = self.offers.pop(0) if len(self.offers) > 1 else self.offers[0]
        if isinstance(offer, InstallError):
            raise offer
        return offer

    def look(self, answers: Answers) -> Installation:
        self.may_look.wait()
        self.looked.append(answers)
        error = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if error is not None:
            raise error
        return FOUND

    def look_at_slot(self, answers: Answers) -> None:
        self.look(answers)

    def unfinished(self, _machine: Machine) -> tuple[Unfinished, ...]:
        self.may_find.wait()
        return self.ends

    def plan(self, answers: Answers, *, start_over: bool = False) -> Plan:
        self.may_plan.wait()
        self.planned.append(answers)
        self.started_over.append(start_over)
        answer = self.plans.pop(0) if len(self.plans) > 1 else self.plans[0]
        if isinstance(answer, InstallError):
            raise answer
        return answer

    def start(self, answers: Answers, plan: Plan) -> None:
        if self.start_error is not None:
            raise self.start_error
        if self.started and self.runs:
            self.run = self.runs.pop(0)
        self.started.append((answers, plan))
        self.is_running = True

    def running(self) -> bool:
        return self.is_running

    def holder(self) -> Holder | None:
        return self.holder_now

    def has_run(self) -> bool:
        return self.is_running or self.is_over

    def refuse(self, refusal: Refused) -> None:
        raise AssertionError("the screens tell a refusal by themselves")

    def events(self) -> Iterator[Event]:
        self.listeners += 1
        yield from self.run
        if not isinstance(self.run[-1], FINAL):
            self.over.wait()  # a real run blocks here, and must not hold the app back
            if self.end is None:
                return
            yield self.end
        self.is_running, self.is_over = False, True

    def stop(self) -> None:
        self.stops += 1


def refused() -> Refused:
    """Two problems at once."""
    return Refused(PROBLEMS)


def wrong_passphrase() -> Refused:
    """As a look at the disk tells it."""
    return Refused.because(
        "The passphrase does not open /dev/vda5.", "Type it again.", QuestionId.UNLOCK
    )
