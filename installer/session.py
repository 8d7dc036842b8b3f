"""What screens and the headless command need of the rest: look, plan, start, follow."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from installer.answers import Answers
from installer.answers_connection import Network
from installer.errors import Refused
from installer.events import Event
from installer.hardware import Disk, Machine
from installer.holder import Holder
from installer.installation import Installation
from installer.languages import Speech
from installer.layout import PartitionTable
from installer.machinery import Volume
from installer.networks import NetworkState
from installer.operation import Operation
from installer.release_offer import ReleaseOffer
from installer.remote_access import RemoteAccess
from installer.time_zones import Zone
from installer.unfinished import Unfinished


@dataclass(frozen=True, kw_only=True)
class Plan:
    """An ordered list of operations, ready to be carried out or to be read."""

    system: str
    """What will be installed, in words: name, version and architecture."""
    disk: Disk
    table: PartitionTable
    operations: tuple[Operation, ...]
    notices: tuple[str, ...]
    """What the person should know before they agree: no Recovery and why, an unsigned release."""
    digest: str
    """SHA-256 over all operations and who signed: what was shown is what is carried out."""
    volumes: tuple[Volume, ...] = ()
    """The logical volumes that an encrypted disk will have."""
    resumes: Unfinished | None = None
    """The installation that this one goes on with; None: all is done from the beginning."""
    signed_by: str | None = None
    """Who vouches for the release; None: nobody, which a notice says in capitals."""

    @property
    def done_already(self) -> frozenset[str]:
        """Ids of the operations that were done before the installation ended.

        They are looked at again, and done again from the first on that is not as it should be.
        """
        found = {each.id: each.deed for each in self.resumes.done} if self.resumes else {}
        done = set()
        for operation in self.operations:
            if operation.lasting:
                if found.get(operation.id) != operation.deed():
                    break
                done.add(operation.id)
        return frozenset(done)

    @property
    def to_do(self) -> tuple[Operation, ...]:
        """Those that are not done already."""
        done = self.done_already
        return tuple(each for each in self.operations if each.id not in done)

    @property
    def destroys(self) -> tuple[str, ...]:
        """Everything that will be lost, in the order of the operations."""
        return tuple(lost for each in self.operations for lost in each.destroys())

    @property
    def kept(self) -> tuple[str, ...]:
        """Everything of the disk that stays, in the order of the operations."""
        return tuple(stays for each in self.operations for stays in each.keeps())

    @property
    def writes_bytes(self) -> int:
        """Bytes that will be written, all operations together."""
        return sum(each.writes_bytes() for each in self.operations)


class Session(Protocol):
    """One person, or one answers file, at one machine."""

    def machine(self) -> Machine:
        """The machine as it is now."""
        ...

    def speech(self) -> Speech:
        """Language and keyboard of whoever sits here: as chosen since the machine was started, or
        as the kernel's command line asks."""
        ...

    def choose(self, speech: Speech) -> None:
        """Keep that for the screens that are started next, on whichever console, and have the voice
        that reads this one speak it: what is shown afterwards is heard."""
        ...

    def load_keymap(self, layout: str) -> None:
        """Give the kernel's console that keyboard layout, at once. Raises InstallError."""
        ...

    def remote_access(self) -> RemoteAccess | None:
        """How to come to this installer from another machine; None where that is not offered, or
        while there is no network."""
        ...

    def chosen_network(self) -> Network | None:
        """How somebody has chosen since the machine was started that it reaches the network; None
        where nobody was asked yet."""
        ...

    def choose_network(self, network: Network) -> None:
        """Keep that for the screens that are started next, on whichever console."""
        ...

    def networks(self, *, rescan: bool = False) -> NetworkState:
        """The networks of this machine; `rescan`: listen for wireless ones, some seconds long.

        Raises InstallError.
        """
        ...

    def connect(self, network: Network) -> None:
        """Reach the network like that, from now on; returns when there is an address.

        Raises InstallError, in words for a person.
        """
        ...

    def time_zones(self) -> tuple[Zone, ...]:
        """Those that this system has, UTC first. Reads two small files."""
        ...

    def default_source(self) -> str | None:
        """The release directory that this live medium offers, if it names one."""
        ...

    def offer(self, answers: Answers) -> ReleaseOffer:
        """What the release directory of `answers` has for this machine. Raises Refused."""
        ...

    def look(self, answers: Answers) -> Installation:
        """The AtomOS on the disk of these answers, whose data could be kept.

        `answers.passphrase` opens an encrypted one. Changes no byte. Raises Refused: for a wrong
        passphrase its problem's `question` is QuestionId.UNLOCK.
        """
        ...

    def look_at_slot(self, answers: Answers) -> None:
        """Raises Refused where the system on the disk of these answers cannot be what is installed.

        `answers.disk_passphrase` opens an encrypted one. Changes no byte. As with `look`, a wrong
        passphrase is a problem whose `question` is UNLOCK.
        """
        ...

    def unfinished(self, machine: Machine) -> tuple[Unfinished, ...]:
        """Installations onto disks of `machine`, as it was just seen, that came to no end and can
        go on.

        Looks at every disk, and changes no byte of any. Empty while an installation is running, or
        without the rights to look. Never raises: a disk that cannot be read has none.
        """
        ...

    def plan(self, answers: Answers, *, start_over: bool = False) -> Plan:
        """The plan for these answers on this machine. Writes nothing.

        It goes on with an unfinished installation (`Plan.resumes`) where there is one onto that
        disk with the same answers, secrets aside, unless it is to `start_over`.

        Raises Refused with every problem at once, or when an installation is running: the disks
        are then not what they will be.
        """
        ...

    def start(self, answers: Answers, plan: Plan) -> None:
        """Start the installation in a process of its own, which outlives this one.

        Raises Refused when another installation is running.
        """
        ...

    def running(self) -> bool:
        """Whether an installation is running now, started by whomever."""
        ...

    def holder(self) -> Holder | None:
        """Who runs the installation that is on; None when none is, or without the right to look."""
        ...

    def has_run(self) -> bool:
        """Whether there is a run, over or not, that `events` would tell of."""
        ...

    def events(self) -> Iterator[Event]:
        """All events of the latest run from its start; ends after the final one.

        Blocks while there is nothing new. A run that died without a final event ends with a
        RunFailed that says so.
        """
        ...

    def refuse(self, refusal: Refused) -> None:
        """Leave a run that was refused before it could start, for whoever looks at it later."""
        ...

    def stop(self) -> None:
        """Ask the running installation to stop; it ends with RunInterrupted."""
        ...
