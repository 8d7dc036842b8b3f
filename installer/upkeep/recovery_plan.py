"""From a release's live image to a plan that makes Recovery of it, or every problem. Pure."""

from dataclasses import replace

from installer.boot_state import RECOVERY
from installer.contract import Contract, fill
from installer.errors import Refused
from installer.grub_menu import RecoveryEntry
from installer.hardware import Machine
from installer.layout import Role
from installer.machinery import EspPart
from installer.operation import Operation
from installer.recovery_entry import recovery_words, with_recovery
from installer.release import Release, ReleaseFile
from installer.session import Plan
from installer.slot_records import SlotRecord, with_records, without_records
from installer.text import _
from installer.upkeep.kernel_words import OwnWords, own_words
from installer.upkeep.loader_operations import KeepLoaders, RenewLoaders
from installer.upkeep.recovery_operations import (
    CheckRecovery,
    OpenRecovery,
    RenewRecovery,
    RereadRecovery,
)
from installer.upkeep.recovery_problems import (
    is_recovery_there,
    recovery_release_problems,
    recovery_system_problems,
)
from installer.upkeep.status import image_words, title
from installer.upkeep.system import System
from installer.upkeep.update_plan import menu_problem, plan_to_write
from installer.upkeep.wish import Wish


def make_recovery_plan(
    wish: Wish, system: System, machine: Machine, release: Release | Refused
) -> Plan:
    """See make_update_plan."""
    problems = list(recovery_system_problems(system, machine))
    if isinstance(release, Refused):
        raise Refused((*problems, *release.problems))
    problems += recovery_release_problems(wish, release, system, machine)
    contract, live = release.live_contract, release.live
    if problems or contract is None or live is None:
        raise Refused(tuple(problems))
    try:
        operations = _operations(wish, system, release, contract, live)
    except ValueError as error:
        raise Refused((menu_problem(system, error),)) from error
    return plan_to_write(system, release, contract, operations)


def _operations(
    wish: Wish, system: System, release: Release, contract: Contract, live: ReleaseFile
) -> tuple[Operation, ...]:
    boot, partition = system.running.path(Role.BOOT), system.running.path(Role.RECOVERY)
    check = CheckRecovery(
        partition=partition,
        kernel=contract.kernel,
        initrd=contract.initrd,
        contract_sha256=release.live_contract_sha256,
    )
    if not wish.any_version and is_recovery_there(release, system):
        reread = RereadRecovery(image=live, medium=None, partition=partition)
        return (reread, check, *_loaders(system))
    entry = _entry(system, contract)
    record = SlotRecord(version=contract.version, signed_by=release.signed_by)
    closed = with_recovery(system.menu, entry, by_itself=False)
    opened = with_recovery(system.menu, entry, by_itself=True)
    return (
        RenewRecovery(
            image=live,
            medium=None,
            partition=partition,
            lost=_lost(system),
            boot=boot,
            # The lines are the new one's at once: whoever tries again after a cut has no other
            # image to tell the owner's words from those of a template by.
            menu=without_records(closed, {RECOVERY}),
        ),
        check,
        OpenRecovery(boot=boot, menu=with_records(opened, {RECOVERY: record})),
        *_loaders(system),
    )


def _loaders(system: System) -> tuple[Operation, ...]:
    """Whatever becomes of them, Recovery is whole, and all of them start it."""
    running = system.running
    recovery, part = running.path(Role.RECOVERY), running.table.part(Role.ESP)
    esp = EspPart(
        device=running.path(Role.ESP),
        disk=running.disk.path,
        number=part.number,
        guid=part.guid.lower(),
    )
    return (KeepLoaders(esp=esp, recovery=recovery), RenewLoaders(esp=esp, recovery=recovery))


def _entry(system: System, contract: Contract) -> RecoveryEntry:
    """Raises ValueError where the menu is not as the installer writes it, or the image asks for
    something that is not there."""
    part = system.running.table.part(Role.RECOVERY)
    own, lines = _own(system, contract), contract.command_lines
    values = {"recovery.partuuid": part.guid.lower()}
    if own.keymap is not None:
        values["keymap"] = own.keymap
    keymap = fill(lines.keymap, values) if own.keymap is not None else ""
    words = (*fill(lines.recovery, values).split(), *keymap.split(), *own.others)
    return RecoveryEntry(
        partition_number=part.number,
        kernel=str(contract.kernel),
        initrd=str(contract.initrd),
        command_line=" ".join(words),
    )


def _own(system: System, contract: Contract) -> OwnWords:
    """The owner's words: those that the templates of the Recovery which is there do not explain,
    or, where it cannot be read, those of the new one."""
    held = system.recovery.contract if system.recovery is not None else None
    lines = (held or contract).command_lines
    return own_words(
        recovery_words(system.menu), replace(lines, plain=lines.recovery), encrypted=False
    )


def _lost(system: System) -> tuple[str, ...]:
    held = system.recovery.contract if system.recovery is not None else None
    if held is None:
        return ()
    return (_("{image} in {name}").format(image=image_words(held), name=title(RECOVERY)),)
