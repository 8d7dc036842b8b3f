"""Every reason not to begin, found before anything is written, and all of them at once. Pure."""

from collections.abc import Iterator

from installer.answers import FirmwareWish
from installer.disk_problems import disk_problems
from installer.errors import Problem
from installer.keep_problems import account_problems, health_problems, table_problems
from installer.luks_problems import luks_problems
from installer.release_problems import release_problems
from installer.situation import Situation
from installer.text import _


def problems_of(situation: Situation) -> tuple[Problem, ...]:
    """All problems, the machine's first, then the disk's, then the release's."""
    found = list(_machine_problems(situation))
    if situation.disk is not None:
        found += disk_problems(situation, situation.disk)
        found += table_problems(situation, situation.disk)
    found += _consent_problems(situation)
    found += luks_problems(situation)
    found += health_problems(situation)
    found += account_problems(situation)
    if situation.release is not None:
        found += release_problems(situation, situation.release)
    return tuple(found)


def _machine_problems(situation: Situation) -> Iterator[Problem]:
    machine = situation.machine
    if not machine.root:
        yield Problem(
            what=_("Installing needs the rights of root."), way_out=_("Start it with sudo.")
        )
    if machine.missing_tools:
        yield Problem(
            what=_("These tools are missing: {names}.").format(
                names=", ".join(machine.missing_tools)
            ),
            way_out=_("Install them, or start the machine from the AtomOS live medium."),
        )
    if machine.missing_files:
        yield Problem(
            what=_("This live system lacks what machines start from: {names}.").format(
                names=", ".join(machine.missing_files)
            ),
            way_out=_("Start the machine from the AtomOS live medium."),
        )
    wish = situation.answers.firmware
    if wish is not FirmwareWish.ANY and wish.value != machine.firmware.value:
        yield Problem(
            what=_(
                "The answers ask for a machine that was started by {wanted}, and this one was"
                " started by {found}."
            ).format(wanted=wish.value.upper(), found=machine.firmware.value.upper()),
            way_out=_(
                "Choose the other way in the firmware's start menu (BIOS is also called legacy or"
                " CSM), or set `firmware: any`: what is installed starts by both."
            ),
        )
    if situation.unattended and machine.medium is not None and machine.medium.is_recovery:
        yield Problem(
            what=_("This is Recovery, which never acts on unattended answers."),
            way_out=_(
                "Start atomos-install without answers, or start the machine from a live medium."
            ),
        )


def _consent_problems(situation: Situation) -> Iterator[Problem]:
    wipe = situation.answers.wipe
    if wipe and situation.keeps:
        yield Problem(
            what=_(
                "The answers say both that the disk is erased and that something on it is kept."
            ),
            way_out=_("Leave out `wipe` to keep it, or `keep` to lose everything."),
        )
    if not wipe and not situation.keeps:
        yield Problem(
            what=_("The answers do not say that the disk may be erased."),
            way_out=_("Set `wipe: true` when nothing on it is needed any more."),
        )
