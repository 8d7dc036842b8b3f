"""The session of whoever sits at this machine: plans here, installs in a process of its own."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from installer.answers import Answers
from installer.answers_connection import Network
from installer.errors import Refused
from installer.events import Event
from installer.handover import Handover
from installer.hardware import Machine
from installer.holder import Holder, Starter
from installer.identifiers import Identifiers
from installer.inspection import Sources, look, look_at_slot
from installer.installation import Installation
from installer.journal import RunDirectory, already_running, follow
from installer.languages import Speech, kept_speech
from installer.look_and_plan import look_and_plan
from installer.network_kept import keep_network, kept_network
from installer.networks import Networks, NetworkState
from installer.own_process import own_process
from installer.release import ReleaseSource
from installer.release_offer import ReleaseOffer
from installer.release_search import find_offer
from installer.remote_access import RemoteAccess
from installer.resume_choice import unfinished_of
from installer.run_control import stop_run
from installer.run_place import COMMAND_LINE
from installer.run_process import refused_event
from installer.session import Plan
from installer.text import spoken
from installer.time_zones import ONLY_UTC, Zone
from installer.unfinished import Unfinished

SOURCE_FILES: Final = (
    Path("/run/credentials/@system/atomos.source"),
    Path("/usr/lib/atomos/source"),
)
"""One line each: the release directory on offer. The first one that is there counts: whoever
started this machine (a VM's or an OEM's SMBIOS strings, systemd.system-credentials(7)) knows better
than whoever built the live medium."""


class Launcher(Protocol):
    """Whoever may start processes (`backends.runner.Runner`)."""

    def launch_detached(self, argv: Sequence[str], stdin: bytes, log: Path) -> None:
        """Start `argv` in a session of its own; its output goes to `log`. Raises InstallError."""
        ...


class Keyboard(Protocol):
    """The keyboard of the kernel's console (`backends.console_keymap.ConsoleKeymap`)."""

    def load(self, layout: str) -> None:
        """Make its keys mean what `layout` says. Raises InstallError."""
        ...


class NoKeyboard:
    """Of a session that nobody sits at."""

    def load(self, layout: str) -> None:
        """Nothing."""


class Voice(Protocol):
    """What reads the first console aloud (`backends.voice.ConsoleVoice`)."""

    def change(self) -> None:
        """Have it speak the language that was chosen; returns when it does."""
        ...


class NoVoice:
    """Of a session that nobody listens to."""

    def change(self) -> None:
        """Nothing."""


class NoNetworks:
    """Of a session that has no say in how the machine is connected."""

    def look(self, *, rescan: bool = False) -> NetworkState:  # noqa: ARG002
        """Nothing."""
        return NetworkState()

    def connect(self, network: Network) -> None:
        """Nothing."""


@dataclass(frozen=True, kw_only=True)
class LocalSession:
    """A Session whose plans all have the same identifiers, so that one shown can be started."""

    sources: Sources
    releases: ReleaseSource
    launcher: Launcher
    unattended: bool
    """The answers are a file's."""
    run: RunDirectory = field(default_factory=RunDirectory)
    source_files: tuple[Path, ...] = SOURCE_FILES
    identifiers: Identifiers = field(default_factory=Identifiers.draw)
    keyboard: Keyboard = field(default_factory=NoKeyboard)
    voice: Voice = field(default_factory=NoVoice)
    command_line: Path = COMMAND_LINE
    network: Networks = field(default_factory=NoNetworks)
    look_for_remote_access: Callable[[], RemoteAccess | None] = lambda: None
    look_for_time_zones: Callable[[], tuple[Zone, ...]] = lambda: ONLY_UTC

    def machine(self) -> Machine:
        """See Session."""
        return self.sources.machine()

    def speech(self) -> Speech:
        """See Session."""
        return kept_speech(self.run.speech, self.command_line)

    def choose(self, speech: Speech) -> None:
        """See Session. Where it cannot be kept, the next screens ask again."""
        before = self.speech().language
        with contextlib.suppress(OSError):
            self.run.speech.parent.mkdir(parents=True, exist_ok=True)
            self.run.speech.write_text(f"{speech.language} {speech.keymap}\n", encoding="utf-8")
        if speech.language != before:
            self.voice.change()

    def load_keymap(self, layout: str) -> None:
        """See Session."""
        self.keyboard.load(layout)

    def remote_access(self) -> RemoteAccess | None:
        """See Session."""
        return self.look_for_remote_access()

    def chosen_network(self) -> Network | None:
        """See Session."""
        return kept_network(self.run.network)

    def choose_network(self, network: Network) -> None:
        """See Session. Where it cannot be kept, the next screens ask again."""
        with contextlib.suppress(OSError):
            keep_network(self.run.network, network)

    def networks(self, *, rescan: bool = False) -> NetworkState:
        """See Session."""
        return self.network.look(rescan=rescan)

    def connect(self, network: Network) -> None:
        """See Session."""
        self.network.connect(network)

    def time_zones(self) -> tuple[Zone, ...]:
        """See Session."""
        return self.look_for_time_zones()

    def default_source(self) -> str | None:
        """See Session. What cannot be read is not there: a person can type the address."""
        for file in self.source_files:
            with contextlib.suppress(OSError):
                text = file.read_text(encoding="utf-8", errors="replace")
                return text.strip() or None
        return None

    def offer(self, answers: Answers) -> ReleaseOffer:
        """See Session."""
        return find_offer(self.releases, answers, self.sources.machine().architecture)

    def look(self, answers: Answers) -> Installation:
        """See Session."""
        self._refuse_while_running()
        return look(answers, self.sources.machine(), self.sources.installations)

    def look_at_slot(self, answers: Answers) -> None:
        """See Session."""
        self._refuse_while_running()
        look_at_slot(answers, self.sources)

    def unfinished(self, machine: Machine) -> tuple[Unfinished, ...]:
        """See Session."""
        try:
            if self.running():
                return ()
        except PermissionError:
            return ()
        return unfinished_of(machine, self.sources.traces(machine))

    def plan(self, answers: Answers, *, start_over: bool = False) -> Plan:
        """See Session."""
        self._refuse_while_running()
        return look_and_plan(
            answers,
            self.sources,
            self.releases,
            self.identifiers,
            unattended=self.unattended,
            start_over=start_over,
        )

    def start(self, answers: Answers, plan: Plan) -> None:
        """See Session. The new process looks and plans again, and refuses another plan."""
        self.run.prepare_or_refuse()
        handover = Handover(
            answers=answers,
            identifiers=self.identifiers,
            digest=plan.digest,
            unattended=self.unattended,
            resumes=plan.resumes is not None,
            starter=Starter.here("atomos-install run" if self.unattended else "atomos-install"),
            language=spoken(),
        )
        argv = own_process("execute", self.run.path)
        self.launcher.launch_detached(argv, handover.to_json(), self.run.output)

    def running(self) -> bool:
        """See Session. One that has said its last word is over, though it may not be gone."""
        return self.run.holder() is not None and not self.run.is_over()

    def holder(self) -> Holder | None:
        """See Session."""
        with contextlib.suppress(PermissionError):
            return self.run.holder()
        return None

    def has_run(self) -> bool:
        """See Session."""
        return self.run.has_begun()

    def events(self) -> Iterator[Event]:
        """See Session."""
        return follow(self.run)

    def refuse(self, refusal: Refused) -> None:
        """See Session. Nothing is left while another run is on, or where nothing can be written."""
        with contextlib.suppress(OSError, Refused):
            self.run.prepare()
            with self.run.hold() as journal:
                journal.emit(refused_event(refusal))

    def stop(self) -> None:
        """See Session. Without a running installation nothing happens."""
        stop_run(self.run)

    def _refuse_while_running(self) -> None:
        # Without the right to look, nobody can tell; the plan then names the lack of it.
        with contextlib.suppress(PermissionError):
            if self.running():
                raise already_running(self.run.holder(), self.run.words)
