"""Looking at the AtomOS on a disk whose data are kept, and only where looking makes sense."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from installer.answers import Answers, Keep
from installer.disk_choice import choose_disk
from installer.disk_fitness import holds_atomos
from installer.errors import InstallError, Refused
from installer.hardware import Disk, HardwareSource, Machine
from installer.installation import Installation, Installations
from installer.keep_problems import error_problems
from installer.kept_table import table_faults
from installer.known_names import KnownNames
from installer.question import QuestionId
from installer.refusal import refusal_of
from installer.release import Release
from installer.slot_source import SlotImages, slot_release
from installer.text import _
from installer.traces import BootPartitions, Trace, find_traces


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a plan is made of beside answers and release."""

    machine: Machine
    installation: Installation | Refused | None
    """None when nothing is kept, or nobody could look: the plan then names why."""
    traces: tuple[Trace, ...]
    """Of installations that came to no end."""
    slot: Release | Refused | None = None
    """The system that is on the disk, where that is what is to be installed."""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Whoever knows these facts."""

    hardware: HardwareSource
    installations: Installations
    boots: BootPartitions
    slots: SlotImages
    memory: Path
    """The install journal of the latest run since this machine started."""
    names: Callable[[], KnownNames] = KnownNames

    def machine(self) -> Machine:
        """The machine as it is now."""
        return self.hardware.machine()

    def traces(self, machine: Machine) -> tuple[Trace, ...]:
        """Of `machine` as it was seen; none without the rights or the tools to look."""
        if not machine.root or machine.missing_tools:
            return ()
        return find_traces(machine, self.boots, self.memory)


def look(answers: Answers, machine: Machine, installations: Installations) -> Installation:
    """The AtomOS on the disk that the answers mean. Changes no byte of it.

    Raises Refused with every reason why its data cannot be kept, InstallError for a tool that
    failed.
    """
    disk = choose_disk(answers.disk, machine, None)
    faults = table_faults(disk)
    if not holds_atomos(disk) or faults:
        raise Refused.because(
            _("The data on {disk} cannot be kept: {faults}.").format(
                disk=disk.name, faults="; ".join(faults) or _("it holds no AtomOS")
            ),
            _("Choose another disk, or keep nothing."),
            QuestionId.KEEP,
        )
    installation = installations.look(disk, answers.passphrase)
    problems = tuple(error_problems(installation))
    if problems:
        raise Refused(problems)
    return installation


def look_at_slot(answers: Answers, sources: Sources) -> Release:
    """The system that is on the disk that the answers mean. Raises Refused."""
    machine = sources.machine()
    return slot_release(answers, machine, sources.traces(machine), sources.slots)


def facts(answers: Answers, sources: Sources) -> Facts:
    """The machine, the installation whose data are kept, and what earlier ones have left."""
    machine = sources.hardware.machine()
    traces = sources.traces(machine)
    if answers.source.is_slot:
        slot = _slot(answers, machine, traces, sources.slots)
        # As below: the look has closed what a killed run left open.
        return Facts(
            machine=sources.hardware.machine(), installation=None, traces=traces, slot=slot
        )
    if answers.keep is Keep.NOTHING or not machine.root or machine.missing_tools:
        return Facts(machine=machine, installation=None, traces=traces)
    disk = _disk(answers, machine)
    if disk is None or disk.damaged or not holds_atomos(disk) or table_faults(disk):
        return Facts(machine=machine, installation=None, traces=traces)
    try:
        installation: Installation | Refused = sources.installations.look(disk, answers.passphrase)
    except InstallError as error:
        installation = refusal_of(error)
    # The look has closed what a killed run left open: uses that were seen before may be gone.
    return Facts(machine=sources.hardware.machine(), installation=installation, traces=traces)


def _slot(
    answers: Answers, machine: Machine, traces: tuple[Trace, ...], slots: SlotImages
) -> Release | Refused:
    # What is wrong with the machine or the choice of the disk is told by the plan.
    if not machine.root or machine.missing_tools or _disk(answers, machine) is None:
        return Refused(())
    try:
        return slot_release(answers, machine, traces, slots)
    except Refused as refusal:
        return refusal


def _disk(answers: Answers, machine: Machine) -> Disk | None:
    """The disk that is meant; None when there is none, or more than one."""
    try:
        return choose_disk(answers.disk, machine, None)
    except Refused:
        return None
