"""What speaks against writing a release's live image into the recovery partition. Pure."""

from collections.abc import Iterator

from installer.boot_state import RECOVERY, SLOTS
from installer.errors import Problem
from installer.hardware import Machine
from installer.layout import Role
from installer.quantity import format_size
from installer.release import Release
from installer.text import _
from installer.upkeep.problems import (
    architecture_problems,
    signature_problems,
    system_problems,
    unsigned_problems,
    uses_of,
)
from installer.upkeep.status import title
from installer.upkeep.system import System
from installer.upkeep.wish import Wish
from installer.version import compare


def recovery_system_problems(system: System, machine: Machine) -> Iterator[Problem]:
    """What of the system is in the way: while Recovery is written, both slots are all there is."""
    yield from system_problems(system, machine, brings_kernel=False)
    running = system.running
    if running.is_recovery:
        yield Problem(
            what=_("Recovery is what runs, and would be written over."),
            way_out=_("Start Root A or Root B, and do it there."),
        )
    if running.table.find(Role.RECOVERY) is None:
        yield Problem(
            what=_("{disk} has no partition for Recovery.").format(disk=running.disk.name),
            way_out=_("One is made by an installation with a new partition table only."),
        )
    else:
        for role in (Role.RECOVERY, Role.ESP):
            yield from _use_problems(system, running.path(role))
    if system.next == RECOVERY:
        yield Problem(
            what=_("Recovery is what starts next, and would not while it is written."),
            way_out=_("Start it first; or have a slot start: `atomos boot-next {slot}`.").format(
                slot=running.slot
            ),
        )
    for name in SLOTS:
        if name != running.slot and not system.is_whole(name):
            yield Problem(
                what=_(
                    "{name} holds nothing that starts: until the new Recovery is whole, {runs}"
                    " would be all that is left."
                ).format(name=title(name), runs=title(running.slot)),
                way_out=_("Write {name} first: `atomos update`.").format(name=title(name)),
            )


def _use_problems(system: System, device: str) -> Iterator[Problem]:
    uses = uses_of(system.running.disk, device)
    if uses:
        yield Problem(
            what=_("A partition that is written is in use: {device} {use}.").format(
                device=device, use=", ".join(uses)
            ),
            way_out=_("Unmount it."),
        )


def recovery_release_problems(
    wish: Wish, release: Release, system: System, machine: Machine
) -> Iterator[Problem]:
    """What of the release is in the way, on this system."""
    another = _("Choose another release.")
    yield from unsigned_problems(wish, release)
    contract, live = release.live_contract, release.live
    if contract is None or live is None:
        yield Problem(
            what=_("The release at {url} has no live image to make Recovery of.").format(
                url=release.url
            ),
            way_out=another,
        )
        return
    yield from architecture_problems(
        sorted({release.architecture, contract.architecture}), machine.architecture
    )
    held = system.recovery.version if system.recovery is not None else None
    if not wish.any_version and held is not None and compare(contract.version, held) < 0:
        yield Problem(
            what=_("The release has version {offered}, and Recovery {installed}, newer.").format(
                offered=contract.version, installed=held
            ),
            way_out=_("Old versions have known holes. If this one is meant, say so: `--older`."),
        )
    yield from signature_problems(contract, machine)
    part = system.running.table.find(Role.RECOVERY)
    if part is not None and live.size_bytes > part.size_bytes:
        yield Problem(
            what=_("The live image has {size}, and Recovery has room for {room}.").format(
                size=format_size(live.size_bytes), room=format_size(part.size_bytes)
            ),
            way_out=_("A larger one is made by an installation with a new partition table only."),
        )


def is_recovery_there(release: Release, system: System) -> bool:
    """Whether nothing is to be done: Recovery is whole, and of that version."""
    held, contract = system.recovery, release.live_contract
    if held is None or contract is None or not held.whole or held.version is None:
        return False
    return compare(contract.version, held.version) == 0
