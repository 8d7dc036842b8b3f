"""What the pages want to know of the machine, looked up one thing at a time."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING

from installer.errors import AnswersInvalid, InstallError
from installer.text import _

if TYPE_CHECKING:  # the first page is painted before these are loaded
    from installer.answers import Answers
    from installer.draft import Draft
    from installer.hardware import Machine
    from installer.installation import Installation
    from installer.prefilled import Prefilled
    from installer.release_offer import ReleaseOffer
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
    prefilled: "Prefilled | None" = None
    """What an answers file says; None where there is none to go by."""
    wrong: tuple[str, ...] = ()
    """What is wrong in that file, each with its place."""


@dataclass(frozen=True, kw_only=True)
class Looks:
    """Two looks at a disk at once, the first of them given up with Esc, would be in each other's
    way: both open the same device."""

    session: "Session"
    read: "Callable[[], Answers] | None" = None
    """Reads an answers file, whole or not. Raises AnswersInvalid, InstallError or OSError."""
    _looking: Lock = field(default_factory=Lock)

    def beginning(self, *, reads: bool = True) -> Beginning:
        """Before the first question. What goes wrong at a disk the list of disks will tell.

        `reads`: by the answers file, where there is one.
        """
        try:
            machine, unfinished = self.machine()
        except InstallError:
            return Beginning()
        medium = machine.medium
        needs_medium = medium is not None and not medium.in_ram and not medium.is_recovery
        beginning = Beginning(unfinished=unfinished, needs_medium=needs_medium)
        if self.read is None or not reads:
            return beginning
        from installer.prefilled import prefilled

        try:
            return replace(beginning, prefilled=prefilled(self.read(), machine, unfinished))
        except AnswersInvalid as invalid:
            return replace(beginning, wrong=tuple(str(each) for each in invalid.errors))
        except InstallError as error:
            return replace(beginning, wrong=(error.what,))
        except OSError as error:
            words = _("{file} cannot be read: {reason}.")
            told = words.format(file=error.filename, reason=error.strerror)
            return replace(beginning, wrong=(told,))

    def machine(self) -> "tuple[Machine, tuple[Unfinished, ...]]":
        """The machine, and the installations onto its disks that came to no end."""
        with self._looking:
            machine = self.session.machine()
            return machine, self.session.unfinished(machine)

    def offer(self, draft: "Draft") -> "ReleaseOffer":
        """What the release directory of this draft has. Raises Refused or InstallError.

        A server may take its time, and nobody who has given it up waits for it: only places that
        are mounted are looked at one after the other.
        """
        remote = draft.source_url.startswith(("https://", "http://"))
        with contextlib.nullcontext() if remote else self._looking:
            return self.session.offer(draft.answers())

    def installation(self, draft: "Draft") -> "Installation":
        """The AtomOS whose data are to be kept. Raises Refused when they cannot be."""
        with self._looking:
            return self.session.look(draft.answers())

    def opened(self, draft: "Draft") -> None:
        """Whether the passphrase opens what it is asked for. Raises Refused where it does not, or
        what is inside is of no use."""
        if not draft.opens_slot:
            self.installation(draft)
            return
        with self._looking:
            self.session.look_at_slot(draft.answers())

    def plan(self, answers: "Answers", *, start_over: bool) -> "Plan":
        """See Session."""
        with self._looking:
            return self.session.plan(answers, start_over=start_over)
