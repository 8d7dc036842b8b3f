"""Looking at the AtomOS on a disk whose data are kept, and only where looking makes sense."""

from dataclasses import dataclass

from installer.answers import Answers, Keep
from installer.disk_choice import choose_disk
from installer.disk_fitness import holds_atomos
from installer.errors import InstallError, Refused
from installer.hardware import Disk, HardwareSource, Machine
from installer.installation import Installation, Installations
from installer.kept_table import table_faults
from installer.question import QuestionId
from installer.refusal import refusal_of
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a plan is made of beside answers and release."""

    machine: Machine
    installation: Installation | Refused | None
    """None when nothing is kept, or nobody could look: the plan then names why."""


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
    return installations.look(disk, answers.passphrase)


def facts(answers: Answers, hardware: HardwareSource, installations: Installations) -> Facts:
    """The machine, and the installation whose data are kept."""
    machine = hardware.machine()
    if answers.keep is Keep.NOTHING or not machine.root or machine.missing_tools:
        return Facts(machine=machine, installation=None)
    disk = _disk(answers, machine)
    if disk is None or disk.damaged or not holds_atomos(disk) or table_faults(disk):
        return Facts(machine=machine, installation=None)
    try:
        installation: Installation | Refused = installations.look(disk, answers.passphrase)
    except InstallError as error:
        installation = refusal_of(error)
    # The look has closed what a killed run left open: uses that were seen before may be gone.
    return Facts(machine=hardware.machine(), installation=installation)


def _disk(answers: Answers, machine: Machine) -> Disk | None:
    """The disk that is meant; None when there is none, or more than one."""
    try:
        return choose_disk(answers.disk, machine, None)
    except Refused:
        return None
