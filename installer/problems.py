"""Every reason not to begin, found before anything is written, and all of them at once. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from installer.answers import Answers
from installer.contract import Contract, ImageKind
from installer.disk_fitness import holds_atomos, is_medium, why_unfit
from installer.errors import Problem
from installer.hardware import Disk, Firmware, Machine
from installer.label_collisions import label_collisions
from installer.layout import smallest_disk
from installer.quantity import MIB, align_up, format_size
from installer.question import QuestionId
from installer.release import Release
from installer.text import _

DEFAULT_LOCALE: Final = "C.UTF-8"
"""Every image has it; contracts list the others."""


@dataclass(frozen=True, kw_only=True)
class Situation:
    """All that is looked at; `release` or `disk` is None when it is a problem by itself."""

    answers: Answers
    machine: Machine
    release: Release | None
    disk: Disk | None
    slot_bytes: int
    recovery_bytes: int
    unattended: bool
    """Nobody was shown the plan: the answers come from a file."""


def problems_of(situation: Situation) -> tuple[Problem, ...]:
    """All problems, the machine's first, then the disk's, then the release's."""
    found = list(_machine_problems(situation))
    if situation.disk is not None:
        found += _disk_problems(situation, situation.disk)
    if not situation.answers.wipe:
        found.append(
            Problem(
                what=_("The answers do not say that the disk may be erased."),
                way_out=_("Set `wipe: true` when nothing on it is needed any more."),
            )
        )
    if situation.release is not None:
        found += _release_problems(situation, situation.release)
        found += _slot_problems(situation, situation.release)
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
            way_out=_("Use a live medium that was built for UEFI machines."),
        )
    if machine.firmware is Firmware.BIOS:
        yield Problem(
            what=_("Not yet: installing on BIOS machines. This one was started by BIOS."),
            way_out=_("Switch the firmware from legacy (CSM) to UEFI if it can, and start again."),
        )
    if situation.unattended and machine.medium is not None and machine.medium.is_recovery:
        yield Problem(
            what=_("This is Recovery, which never acts on unattended answers."),
            way_out=_(
                "Start atomos-install without answers, or start the machine from a live medium."
            ),
        )


def _disk_problems(situation: Situation, disk: Disk) -> Iterator[Problem]:
    medium = is_medium(disk, situation.machine)
    if medium:
        yield _disk_problem(
            _("{disk} cannot be used: {reason}.").format(
                disk=disk.name, reason=why_unfit(disk, situation.machine)
            ),
            _("Choose another disk."),
        )
    if disk.all_uses and not medium:
        yield _disk_problem(
            _("{disk} is in use: {uses}.").format(disk=disk.name, uses="; ".join(disk.all_uses)),
            _(
                "Unmount or stop these first (umount, swapoff, mdadm --stop), or choose"
                " another disk."
            ),
        )
    if disk.read_only:
        yield _disk_problem(
            _("{disk} is read-only.").format(disk=disk.name),
            _("Look for a write-protect switch, or choose another disk."),
        )
    yield from _size_problems(situation, disk)
    if holds_atomos(disk) and not situation.answers.reinstall:
        yield _disk_problem(
            _("{disk} already holds AtomOS.").format(disk=disk.name),
            _(
                "To install over it and lose everything on it, choose it once more (in an answers"
                " file: `reinstall: true`)."
            ),
        )
    yield from label_collisions(disk, situation.machine)


def _disk_problem(what: str, way_out: str) -> Problem:
    return Problem(what=what, way_out=way_out, question=QuestionId.DISK)


def _release_problem(what: str, way_out: str) -> Problem:
    return Problem(what=what, way_out=way_out, question=QuestionId.WELCOME)


def _size_problems(situation: Situation, disk: Disk) -> Iterator[Problem]:
    needed = smallest_disk(situation.slot_bytes, situation.recovery_bytes)
    if disk.size_bytes >= needed:
        return
    lacking = align_up(needed - disk.size_bytes, MIB) // MIB
    yield _disk_problem(
        _("{disk} is too small by {lacking} MiB: it has {size}, and {needed} are needed.").format(
            disk=disk.name,
            lacking=lacking,
            size=format_size(disk.size_bytes),
            needed=format_size(needed),
        ),
        _("Choose a larger disk, or try without Recovery (in an answers file: `recovery: false`).")
        if situation.recovery_bytes
        else _("Choose a larger disk."),
    )


def _release_problems(situation: Situation, release: Release) -> Iterator[Problem]:
    answers, machine, contract = situation.answers, situation.machine, release.contract
    if release.signed_by is None and not answers.source.allow_unsigned:
        yield _release_problem(
            _("The release at {url} is unsigned: nobody vouches for it.").format(url=release.url),
            _(
                "If you trust it all the same, agree to that (in an answers file:"
                " `allow_unsigned: true` below `source`)."
            ),
        )
    for architecture in sorted({release.architecture, contract.architecture}):
        if architecture != machine.architecture:
            yield _release_problem(
                _("The release is for {release}, and this machine is {machine}.").format(
                    release=architecture, machine=machine.architecture
                ),
                _("Choose another release."),
            )
    yield from _contract_problems(situation, contract)
    live = release.live_contract
    if situation.recovery_bytes and machine.secure_boot and live and not live.secure_boot:
        yield _disk_problem(
            _(
                "Secure Boot is on, and the kernel of {name}, which becomes Recovery, is not"
                " signed for it: it would not start."
            ).format(name=live.name),
            _(
                "Switch Secure Boot off in the firmware, or install without Recovery (in an"
                " answers file: `recovery: false`)."
            ),
        )


def _contract_problems(situation: Situation, contract: Contract) -> Iterator[Problem]:
    answers, machine = situation.answers, situation.machine
    another = _("Choose another release.")
    if contract.kind is not ImageKind.SYSTEM:
        yield _release_problem(
            _("{name} is a live image, not a system.").format(name=contract.name), another
        )
    elif not contract.command_lines.plain:
        yield _release_problem(
            _("{name} cannot be started from a plain partition.").format(name=contract.name),
            another,
        )
    if machine.secure_boot and not contract.secure_boot:
        yield _release_problem(
            _(
                "Secure Boot is on, and the kernel of {name} is not signed for it: it would not"
                " start."
            ).format(name=contract.name),
            _("Switch Secure Boot off in the firmware, or choose another release."),
        )
    if answers.locale not in (DEFAULT_LOCALE, *contract.locales):
        yield Problem(
            what=_("{name} has no locale {locale}.").format(
                name=contract.name, locale=answers.locale
            ),
            way_out=_("Choose one of these: {names}.").format(
                names=", ".join((DEFAULT_LOCALE, *contract.locales))
            ),
        )


def _slot_problems(situation: Situation, release: Release) -> Iterator[Problem]:
    slot, minimum = situation.slot_bytes, release.contract.minimum_slot_bytes
    leave_out = _("Leave `slot_size` out, or set it to at least {size}.").format(
        size=format_size(align_up(max(minimum, release.image.size_bytes), MIB))
    )
    if release.image.size_bytes > slot:
        lacking = align_up(release.image.size_bytes - slot, MIB) // MIB
        yield Problem(
            what=_(
                "The image is too big for its slot by {lacking} MiB: it has {size}, the slot"
                " {slot}."
            ).format(
                lacking=lacking,
                size=format_size(release.image.size_bytes),
                slot=format_size(slot),
            ),
            way_out=leave_out,
        )
    if slot < minimum:
        yield Problem(
            what=_("The slots have {slot}, and {name} asks for at least {minimum}.").format(
                slot=format_size(slot), name=release.contract.name, minimum=format_size(minimum)
            ),
            way_out=leave_out,
        )
