"""What screens and the headless command need of the rest: look, plan, start, follow."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from installer.answers import Answers
from installer.errors import Refused
from installer.events import Event
from installer.hardware import Disk, Machine
from installer.installation import Installation
from installer.layout import PartitionTable
from installer.machinery import Volume
from installer.operation import Operation


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
    """SHA-256 over all operations: what was shown is what is carried out."""
    volumes: tuple[Volume, ...] = ()
    """The logical volumes that an encrypted disk will have."""

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

    def default_source(self) -> str | None:
        """The release directory that this live medium offers, if it names one."""
        ...

    def look(self, answers: Answers) -> Installation:
        """The AtomOS on the disk of these answers, whose data could be kept.

        `answers.passphrase` opens an encrypted one. Changes no byte. Raises Refused: for a wrong
        passphrase its problem's `question` is QuestionId.UNLOCK.
        """
        ...

    def plan(self, answers: Answers) -> Plan:
        """The plan for these answers on this machine. Writes nothing.

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
