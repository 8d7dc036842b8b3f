"""What the pages want to know of the machine, looked up one thing at a time."""

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from installer.errors import InstallError

if TYPE_CHECKING:  # the first page is painted before these are loaded
    from installer.answers import Answers
    from installer.draft import Draft
    from installer.hardware import Machine
    from installer.installation import Installation
    from installer.session import Plan, Session
    from installer.unfinished import Unfinished


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """What the first page goes by."""

    has_run: bool = False
    """There is an installation, over or not, to join: nothing else was looked at then."""
    unfinished: "tuple[Unfinished, ...]" = ()
    needs_medium: bool = False
    """This system runs from its medium, since it does not fit into memory."""


@dataclass(frozen=True, kw_only=True)
class Looks:
    """Two looks at a disk at once, the first of them given up with Esc, would be in each other's
    way: both open the same device."""

    session: "Session"
    _looking: Lock = field(default_factory=Lock)

    def beginning(self) -> Beginning:
        """Before the first question. What goes wrong here the list of disks will tell."""
        try:
            machine, unfinished = self.machine()
        except InstallError:
            return Beginning()
        medium = machine.medium
        needs_medium = medium is not None and not medium.in_ram and not medium.is_recovery
        return Beginning(unfinished=unfinished, needs_medium=needs_medium)

    def machine(self) -> "tuple[Machine, tuple[Unfinished, ...]]":
        """The machine, and the installations onto its disks that came to no end."""
        with self._looking:
            machine = self.session.machine()
            return machine, self.session.unfinished(machine)

    def installation(self, draft: "Draft") -> "Installation":
        """The AtomOS whose data are to be kept. Raises Refused when they cannot be."""
        with self._looking:
            return self.session.look(draft.answers())

    def plan(self, answers: "Answers", *, start_over: bool) -> "Plan":
        """See Session."""
        with self._looking:
            return self.session.plan(answers, start_over=start_over)
