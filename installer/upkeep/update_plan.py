"""From a wish, a system and a release to a plan: every problem at once, or all operations. Pure."""

from dataclasses import replace
from urllib.parse import urlsplit

from installer.answers import SLOT
from installer.boot_state import RECOVERY
from installer.contract import Contract
from installer.errors import Problem, Refused
from installer.grub_entry import with_words, words_in
from installer.hardware import Machine
from installer.installed_version import with_version
from installer.layout import Role
from installer.operation import Operation
from installer.plan_digest import plan_digest
from installer.release import Release
from installer.session import Plan
from installer.slot_records import SlotRecord, with_records
from installer.text import _
from installer.upkeep.kept import kept_notice
from installer.upkeep.kernel_words import own_words, words_for
from installer.upkeep.operations import (
    BringKernel,
    ChangeMenu,
    CheckImage,
    OpenSlot,
    OpenSlotLater,
    ReadSlot,
    WriteSlot,
)
from installer.upkeep.problems import (
    locked_problem,
    release_problems,
    spare_problems,
    system_problems,
)
from installer.upkeep.running import ROLES
from installer.upkeep.status import image_words, title
from installer.upkeep.system import System
from installer.upkeep.wish import Wish


def make_update_plan(
    wish: Wish, system: System, machine: Machine, release: Release | Refused
) -> Plan:
    """The plan; the same arguments make the same plan, digest included.

    `release` is a Refused when there is none: its problems join the others. Raises Refused with
    every problem.
    """
    if system.running.is_locked:
        # Of nothing else can be said whether it is in the way.
        raise Refused((locked_problem(system),))
    problems = [*system_problems(system, machine), *spare_problems(system)]
    if isinstance(release, Refused):
        raise Refused((*problems, *release.problems))
    problems += release_problems(wish, release, system, machine)
    menu = ""
    if not problems:
        try:
            menu = new_menu(system, release)
        except ValueError as error:
            problems.append(menu_problem(system, error))
    if problems:
        raise Refused(tuple(problems))
    operations = _operations(wish, system, release, menu)
    return plan_to_write(system, release, release.contract, operations)


def plan_to_write(
    system: System, release: Release, contract: Contract, operations: tuple[Operation, ...]
) -> Plan:
    """These operations on the disk of this system; `contract` is of what is written."""
    plan = Plan(
        system=_("{name} {version} for {architecture}").format(
            name=contract.name, version=contract.version, architecture=contract.architecture
        ),
        disk=system.running.disk,
        table=system.running.table,
        operations=operations,
        notices=_notices(system, release),
        digest="",
        # Of what is on the disk it is not looked at once more.
        signed_by=None if _is_kept(release) else release.signed_by,
    )
    return replace(plan, digest=plan_digest(plan))


def _notices(system: System, release: Release) -> tuple[str, ...]:
    if _is_kept(release):
        return (kept_notice(system, release),)
    return unsigned_notices(release)


def _is_kept(release: Release) -> bool:
    return release.url == SLOT


def new_menu(system: System, release: Release) -> str:
    """The start menu with the new image in the slot that does not run.

    Raises ValueError where the menu is not as the installer wrote it, or the image asks for
    something that is not there.
    """
    running, runs = system.running, system.runs.contract
    if runs is None:
        raise ValueError("what runs has no contract")
    encrypted, slot = running.luks_uuid is not None, running.other
    own = own_words(words_in(system.menu, running.slot), runs.command_lines, encrypted=encrypted)
    lines = release.contract.command_lines
    words = words_for(lines, _values(system, release), own, encrypted=encrypted)
    menu = with_records(with_words(system.menu, slot, words), {slot: SlotRecord.of(release)})
    return with_version(menu, release.version)


def _values(system: System, release: Release) -> dict[str, str]:
    """Of the placeholders in the contract's templates."""
    running, verity = system.running, release.verity
    values = {}
    if running.luks_uuid is not None:
        values = {
            "slot.device": running.slot_path(running.other),
            "luks.uuid": running.luks_uuid,
        }
    else:
        partuuid = running.table.part(ROLES[running.other]).guid.lower()
        values = {
            "slot.partuuid": partuuid,
            "slot.device": f"/dev/disk/by-partuuid/{partuuid}",
        }
    if verity is not None:
        values["verity.root_hash"] = verity.root_hash
        values["verity.hash_offset"] = str(verity.hash_offset_bytes)
    return values


def _operations(wish: Wish, system: System, release: Release, menu: str) -> tuple[Operation, ...]:
    running = system.running
    slot, boot = running.other, running.path(Role.BOOT)
    target = running.slot_path(slot)
    spare = system.spare.contract
    held = spare is not None and spare.version == release.version
    write: Operation = WriteSlot(
        boot=boot,
        slot=slot,
        target=target,
        image=release.image,
        seed=_seed(system, release),
        lost=() if held else _lost(system),
        may_be_there=held,
    )
    if _is_kept(release):
        write = ReadSlot(slot=slot, target=target, image=release.image)
    return (
        write,
        CheckImage(slot=slot, target=target, contract_sha256=release.contract_sha256),
        BringKernel(
            boot=boot,
            slots=((slot, target),),
            kernel=release.contract.kernel,
            initrd=release.contract.initrd,
        ),
        ChangeMenu(boot=boot, menu=menu),
        *_opening(wish, system),
    )


def _opening(wish: Wish, system: System) -> tuple[Operation, ...]:
    if not wish.starts:
        return ()
    boot, slot = system.running.path(Role.BOOT), system.running.other
    if system.next == RECOVERY == system.state.once:
        return (OpenSlotLater(boot=boot, slot=slot),)
    return (OpenSlot(boot=boot, slot=slot),)


def _seed(system: System, release: Release) -> str | None:
    """The slot that runs, where parts of the image can be asked for: of a web server."""
    image = release.image
    is_web = urlsplit(image.url).scheme in ("http", "https")
    return system.runs.device if is_web and image.index is not None else None


def _lost(system: System) -> tuple[str, ...]:
    spare = system.spare
    if spare.contract is None:
        return ()
    return (
        _("{image} in {name}").format(image=image_words(spare.contract), name=title(spare.name)),
    )


def unsigned_notices(release: Release) -> tuple[str, ...]:
    """What is told first of a release that nobody vouches for."""
    if release.signed_by is not None:
        return ()
    unsigned = _("UNSIGNED: nobody has vouched for the release at {url}.")
    return (" ".join((unsigned.format(url=release.url), *release.doubts)),)


def menu_problem(system: System, error: ValueError) -> Problem:
    """The menu is not as the installer writes it."""
    return Problem(
        what=_("The start menu on {device} cannot be brought to the new image: {reason}.").format(
            device=system.running.path(Role.BOOT), reason=error
        ),
        way_out=_("Undo what was changed in /grub/grub.cfg there, or install anew from Recovery."),
    )
