"""A session that is made when it is first asked for something.

To make one loads most of the program. The screens have a page to show before that.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from installer.answers import Answers
    from installer.answers_connection import Network
    from installer.errors import Refused
    from installer.events import Event
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


class SessionLater:
    """See Session. Made once, in whichever thread asks first."""

    def __init__(self, make: "Callable[[], Session]", speech: "Callable[[], Speech]") -> None:
        """`speech` tells language and keyboard before there is a session."""
        self._make = make
        self._speech = speech
        self._making = Lock()

    @cached_property
    def _made(self) -> "Session":
        return self._make()

    @property
    def _session(self) -> "Session":
        # cached_property of Python 3.12 and later locks nothing.
        with self._making:
            return self._made

    def machine(self) -> "Machine":
        """See Session."""
        return self._session.machine()

    def speech(self) -> "Speech":
        """See Session. The first page speaks already."""
        return self._speech()

    def choose(self, speech: "Speech") -> None:
        """See Session."""
        self._session.choose(speech)

    def load_keymap(self, layout: str) -> None:
        """See Session."""
        self._session.load_keymap(layout)

    def remote_access(self) -> "RemoteAccess | None":
        """See Session."""
        return self._session.remote_access()

    def chosen_network(self) -> "Network | None":
        """See Session."""
        return self._session.chosen_network()

    def choose_network(self, network: "Network") -> None:
        """See Session."""
        self._session.choose_network(network)

    def networks(self, *, rescan: bool = False) -> "NetworkState":
        """See Session."""
        return self._session.networks(rescan=rescan)

    def connect(self, network: "Network") -> None:
        """See Session."""
        self._session.connect(network)

    def time_zones(self) -> "tuple[Zone, ...]":
        """See Session."""
        return self._session.time_zones()

    def default_source(self) -> str | None:
        """See Session."""
        return self._session.default_source()

    def offer(self, answers: "Answers") -> "ReleaseOffer":
        """See Session."""
        return self._session.offer(answers)

    def look(self, answers: "Answers") -> "Installation":
        """See Session."""
        return self._session.look(answers)

    def look_at_slot(self, answers: "Answers") -> None:
        """See Session."""
        self._session.look_at_slot(answers)

    def unfinished(self, machine: "Machine") -> "tuple[Unfinished, ...]":
        """See Session."""
        return self._session.unfinished(machine)

    def plan(self, answers: "Answers", *, start_over: bool = False) -> "Plan":
        """See Session."""
        return self._session.plan(answers, start_over=start_over)

    def start(self, answers: "Answers", plan: "Plan") -> None:
        """See Session."""
        self._session.start(answers, plan)

    def running(self) -> bool:
        """See Session."""
        return self._session.running()

    def holder(self) -> "Holder | None":
        """See Session."""
        return self._session.holder()

    def has_run(self) -> bool:
        """See Session."""
        return self._session.has_run()

    def events(self) -> "Iterator[Event]":
        """See Session."""
        return self._session.events()

    def refuse(self, refusal: "Refused") -> None:
        """See Session."""
        self._session.refuse(refusal)

    def stop(self) -> None:
        """See Session."""
        self._session.stop()
