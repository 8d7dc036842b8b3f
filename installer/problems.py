"""Every reason not to begin, found before anything is written, and all of them at once. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from installer.answers import Answers
from installer.contract import Contract, ImageKind
from installer.disk_choice import is_medium
from installer.errors import Problem
from installer.hardware import Disk, Firmware, Machine
from installer.label_collisions import label_collisions
from installer.layout import SLOTS, Role, smallest_disk
from installer.quantity import MIB, align_up, format_size
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
        yield _medium_problem(situation.machine, disk)
    if disk.all_uses and not medium:
        yield Problem(
            what=_("{disk} is in use: {uses}.").format(
                disk=disk.name, uses="; ".join(disk.all_uses)
            ),
            way_out=_(
                "Unmount or stop these first (umount, swapoff, mdadm --stop), or choose"
                " another disk."
            ),
        )
    if disk.read_only:
        yield Problem(
            what=_("{disk} is read-only.").format(disk=disk.name),
            way_out=_("Look for a write-protect switch, or choose another disk."),
        )
    yield from _size_problems(situation, disk)
    holds_system = {part.label for part in disk.partitions} & {*SLOTS, Role.DATA, "atomos-luks"}
    if holds_system and not situation.answers.reinstall:
        yield Problem(
            what=_("{disk} already holds AtomOS.").format(disk=disk.name),
            way_out=_("Set `reinstall: true` to install over it; everything on it is lost."),
        )
    yield from label_collisions(disk, situation.machine)


def _medium_problem(machine: Machine, disk: Disk) -> Problem:
    if machine.medium is not None and machine.medium.is_recovery:
        return Problem(
            what=_("Not yet: Recovery installing onto {disk}, the disk it came from.").format(
                disk=disk.name
            ),
            way_out=_("Start the machine from a live medium, or choose another disk."),
        )
    return Problem(
        what=_("{disk} is the medium this live system was started from.").format(disk=disk.name),
        way_out=_("Choose another disk."),
    )


def _size_problems(situation: Situation, disk: Disk) -> Iterator[Problem]:
    needed = smallest_disk(situation.slot_bytes, situation.recovery_bytes)
    if disk.size_bytes >= needed:
        return
    lacking = align_up(needed - disk.size_bytes, MIB) // MIB
    yield Problem(
        what=_(
            "{disk} is too small by {lacking} MiB: it has {size}, and {needed} are needed."
        ).format(
            disk=disk.name,
            lacking=lacking,
            size=format_size(disk.size_bytes),
            needed=format_size(needed),
        ),
        way_out=_("Choose a larger disk, or try `recovery: false`.")
        if situation.recovery_bytes
        else _("Choose a larger disk."),
    )


def _release_problems(situation: Situation, release: Release) -> Iterator[Problem]:
    answers, machine, contract = situation.answers, situation.machine, release.contract
    if release.signed_by is None and not answers.source.allow_unsigned:
        yield Problem(
            what=_("The release at {url} is unsigned: nobody vouches for it.").format(
                url=release.url
            ),
            way_out=_("Set `allow_unsigned: true` below `source` if you trust it all the same."),
        )
    for architecture in sorted({release.architecture, contract.architecture}):
        if architecture != machine.architecture:
            yield Problem(
                what=_("The release is for {release}, and this machine is {machine}.").format(
                    release=architecture, machine=machine.architecture
                ),
                way_out=_("Choose another release."),
            )
    yield from _contract_problems(situation, contract)


def _contract_problems(situation: Situation, contract: Contract) -> Iterator[Problem]:
    answers, machine = situation.answers, situation.machine
    another = _("Choose another release.")
    if contract.kind is not ImageKind.SYSTEM:
        yield Problem(
            what=_("{name} is a live image, not a system.").format(name=contract.name),
            way_out=another,
        )
    elif not contract.command_lines.plain:
        yield Problem(
            what=_("{name} cannot be started from a plain partition.").format(name=contract.name),
            way_out=another,
        )
    if machine.secure_boot and not contract.secure_boot:
        yield Problem(
            what=_(
                "Secure Boot is on, and the kernel of {name} is not signed for it: it would not"
                " start."
            ).format(name=contract.name),
            way_out=_("Switch Secure Boot off in the firmware, or choose another release."),
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
