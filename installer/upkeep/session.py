"""Whoever keeps the system that runs: looks, plans, starts the process that writes, switches."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from installer.boot_state import RECOVERY, BootState
from installer.errors import InstallError, Refused, Unreached
from installer.events import Event
from installer.hardware import HardwareSource
from installer.holder import Holder, Starter
from installer.journal import RunDirectory, already_running, follow, steps_of
from installer.layout import Role
from installer.refusal import refusal_of
from installer.release import Release
from installer.run_control import stop_run
from installer.run_words import INSTALL
from installer.secret import Secret
from installer.session import Plan
from installer.session_local import Launcher
from installer.text import _, spoken
from installer.upkeep.kept import kept_release, kept_wish
from installer.upkeep.notes import NO_NOTES, NoteBook
from installer.upkeep.operations import CheckImage
from installer.upkeep.problems import here_already, refuse_unfinished
from installer.upkeep.recovery_operations import CheckRecovery
from installer.upkeep.recovery_plan import make_recovery_plan
from installer.upkeep.reset import refuse_cancel, refuse_reset
from installer.upkeep.running import container
from installer.upkeep.switching import once, rolled_back
from installer.upkeep.system import Level, System, SystemSource, Writing
from installer.upkeep.update_plan import make_update_plan
from installer.upkeep.wish import Errand, Wish


class WishedReleases(Protocol):
    """Whoever finds what a wish names."""

    def find(self, wish: Wish, architecture: str) -> Release:
        """The release, or an image as one. Raises Refused."""
        ...


class StateWriter(Protocol):
    """Whoever changes the boot state (`backends.boot_state_blocks.BootStateBlocks`)."""

    def change(self, *, boot: str, change: Callable[[BootState], BootState]) -> None:
        """Have both blocks say what `change` makes of what they say, and read them back.

        Raises what `change` raises, with nothing written, and InstallError.
        """
        ...


class ResetWriter(Protocol):
    """Whoever leaves word for the next start (`backends.reset_request.ResetRequests`)."""

    def ask(self, level: Level, *, boot: str, source: str | None = None) -> None:
        """Ask for a reset, with a release's address for Recovery.

        Raises InstallError with nothing asked for."""
        ...

    def forget(self, *, boot: str) -> None:
        """Ask for none. Raises InstallError."""
        ...


class Unlocker(Protocol):
    """Whoever opens containers (`backends.container_unlock.ContainerUnlock`)."""

    def unlock(self, partition: str, passphrase: Secret) -> None:
        """Open the one on `partition`, with its volumes; nothing of it changes.

        Raises Refused where that does not open it, InstallError.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Upkeep:
    """One person at the system that runs."""

    systems: SystemSource
    hardware: HardwareSource
    releases: WishedReleases
    states: StateWriter
    resets: ResetWriter
    launcher: Launcher
    tidy: Callable[[], None]
    """Unmounts what a killed run left. Raises InstallError."""
    unlocker: Unlocker
    run: RunDirectory
    notes: NoteBook = NO_NOTES

    def look(self) -> System:
        """The system as it is, who is writing to it, and what it remembers. Raises Refused,
        InstallError."""
        holder = self.run.holder() if not self.run.is_over() else None
        writing = None if holder is None else self._writing(holder)
        return self._with_notes(replace(self.systems.look(writing=writing), holder=holder))

    def _writing(self, holder: Holder) -> Writing:
        """What the run that is on writes. Raises Refused where that is an installation, in
        Recovery: all of the disk is its own."""
        steps = steps_of(self.run)
        if CheckRecovery.id in steps:
            return Writing.RECOVERY
        if steps and CheckImage.id not in steps:
            raise already_running(holder, INSTALL)
        return Writing.SLOT if steps else Writing.UNKNOWN

    def find(self, wish: Wish) -> Release:
        """What `wish` names. Raises Refused."""
        return self.releases.find(wish, self.hardware.machine().architecture)

    def at_hand(self, wish: Wish) -> Wish:
        """`wish`, or, where its release cannot be reached and an image was downloaded, that one.

        Raises Refused, InstallError."""
        kept = kept_wish(wish, self.look())
        if kept is not None:
            try:
                self.find(wish)
            except Unreached:
                return kept
            except Refused:
                # Whoever plans it is told why, with all else that is in the way.
                return wish
        return wish

    def refuse_what_is_here(self, wish: Wish) -> None:
        """Raises Refused where nothing is to be done for `wish`; InstallError.

        Of what is not found whoever plans it is told why, with all else that is in the way."""
        if wish.recovery or wish.kept:
            return
        try:
            release = self.find(wish)
        except Refused:
            return
        problem = here_already(wish, release, self.look())
        if problem is not None:
            raise Refused((problem,))

    def plan(self, wish: Wish) -> Plan:
        """Writes nothing. Raises Refused with every problem, or while something is written."""
        self.refuse_while_running()
        return plan_for(wish, self.systems, self.hardware, self.releases)

    def start(self, wish: Wish, plan: Plan, command: str) -> None:
        """Have `plan` carried out by a process of its own, which outlives this one.

        It looks and plans again, and refuses another plan. Raises Refused, InstallError.
        """
        self.run.prepare_or_refuse()
        errand = Errand(
            wish=wish, digest=plan.digest, starter=Starter.here(command), language=spoken()
        )
        # -P as this process has it: what lies in the current folder is none of our modules.
        safe_path = ("-P",) if sys.flags.safe_path else ()
        module = ("-m", "installer.upkeep", "execute", "--run-dir", str(self.run.path))
        argv = (sys.executable, *safe_path, *module)
        self.launcher.launch_detached(argv, errand.to_json(), self.run.output)

    def events(self) -> Iterator[Event]:
        """All events of the latest run, to its final one; blocks while there is nothing new."""
        return follow(self.run)

    def of(self, wish: Wish) -> "Upkeep":
        """The same, with runs spoken of as that wish asks for."""
        return replace(self, run=replace(self.run, words=wish.words))

    def stop(self) -> None:
        """Ask the run to stop."""
        stop_run(self.run)

    def roll_back(self) -> System:
        """Have the other slot start first from now on; the system as it is then.

        Raises Refused where that is no slot to go by, InstallError.
        """
        return self._switch(rolled_back)

    def start_once(self, name: str) -> System:
        """Have a slot or Recovery start next, that once. Raises Refused, InstallError."""
        return self._switch(lambda system: once(system, name))

    def look_before_reset(self, level: Level) -> System:
        """The system. Raises Refused where that cannot be asked for."""
        self.refuse_while_running()
        system = self.systems.look()
        refuse_unfinished(system)
        refuse_reset(system, level)
        return system

    def ask_reset(self, level: Level | None, source: str | None = None) -> System:
        """Have the next start reset that, or nothing; the system as it is then.

        Raises Refused, with nothing asked for: something is being written, /boot takes no writes.
        """
        # The lock is held for it, as for a switch.
        with self.run.locked():
            self.tidy()
            system = self.systems.look()
            refuse_unfinished(system)
            boot = system.running.path(Role.BOOT)
            try:
                if level is None:
                    refuse_cancel(system)
                    self.resets.forget(boot=boot)
                else:
                    refuse_reset(system, level)
                    self.resets.ask(level, boot=boot, source=source)
                self._start_recovery(system, level is Level.EVERYTHING)
            except InstallError as error:
                raise refusal_of(error) from error
            return self._look()

    def _start_recovery(self, system: System, wanted: bool) -> None:
        """Have Recovery start next where it is to reset everything, and not where it no longer
        is."""
        if wanted or (system.reset is Level.EVERYTHING and system.state.once == RECOVERY):
            self.states.change(
                boot=system.running.path(Role.BOOT),
                change=lambda state: state.next_once(RECOVERY) if wanted else state.forgotten(),
            )

    def unlock(self, passphrase: Secret) -> System:
        """Open the container, for as long as this machine is not started anew; the system as it is
        then. Raises Refused where nothing of this disk is locked, InstallError."""
        with self.run.locked():
            self.unlocker.unlock(self.locked_container(), passphrase)
            return self._look()

    def locked_container(self) -> str:
        """The partition that a passphrase is wanted for. Raises Refused where none is,
        InstallError."""
        running = self.systems.look().running
        if not running.is_locked:
            raise Refused.because(
                _("Nothing on {disk} is locked.").format(disk=running.disk.name),
                _("`atomos status` says what the slots hold."),
            )
        return container(running)

    def refuse_while_running(self) -> None:
        """Raises Refused while something is being written."""
        holder = self.run.holder()
        if holder is not None and not self.run.is_over():
            raise already_running(holder, self.run.words)

    def _switch(self, change: Callable[[System], BootState]) -> System:
        # The lock is held for it: an update changes the same blocks.
        with self.run.locked():
            self.tidy()
            system = self._look()
            self.states.change(
                boot=system.running.path(Role.BOOT),
                change=lambda state: change(replace(system, state=state)),
            )
            return self._look()

    def _look(self) -> System:
        """As `look`; the lock is held by nobody else."""
        return self._with_notes(self.systems.look())

    def _with_notes(self, system: System) -> System:
        """Those of a slot that runs: Recovery has none."""
        return system if system.running.is_recovery else replace(system, notes=self.notes.read())


def plan_for(
    wish: Wish, systems: SystemSource, hardware: HardwareSource, releases: WishedReleases
) -> Plan:
    """The plan that is shown, and the one that is carried out: both are made here, of what there is
    at that moment. Raises Refused with every problem."""
    machine = hardware.machine()
    try:
        system = systems.look()
    except Refused:
        raise
    except InstallError as error:
        raise Refused.because(f"{error.what}.", error.way_out) from error
    try:
        release: Release | Refused = (
            kept_release(system) if wish.kept else releases.find(wish, machine.architecture)
        )
    except Refused as refusal:
        release = refusal
    if wish.recovery:
        return make_recovery_plan(wish, system, machine, release)
    return make_update_plan(wish, system, machine, release)
