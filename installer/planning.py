"""From answers, machine and release to a plan: every problem at once, or all operations. Pure."""

import hashlib
from dataclasses import dataclass

from installer.answers import Answers
from installer.disk_choice import choose_disk
from installer.errors import Problem, Refused
from installer.hardware import Disk, Machine
from installer.identifiers import Identifiers
from installer.layout import (
    RECOVERY_SIZE,
    SLOT_SIZE,
    PartitionTable,
    plain_table,
    slot_size_for,
    smallest_disk,
)
from installer.operation import Operation
from installer.plan_operations import Blueprint, operations_for
from installer.problems import Situation, problems_of
from installer.quantity import MIB, align_up, parse_size
from installer.recovery_choice import RecoveryChoice, choose_recovery
from installer.release import Release
from installer.session import Plan
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class _Sizes:
    """Bytes of each slot and of the recovery partition (0: none)."""

    slot: int
    recovery: int


def make_plan(
    answers: Answers,
    machine: Machine,
    release: Release | Refused,
    identifiers: Identifiers,
    *,
    unattended: bool,
) -> Plan:
    """The plan; the same arguments make the same plan, digest included.

    `release` is a Refused when there is none: its problems join the others. `unattended`: the
    answers are a file's, and nobody is asked to agree. Raises Refused with every problem.
    """
    found = release if isinstance(release, Release) else None
    recovery, no_recovery = choose_recovery(answers, machine, found) if found else (None, None)
    sizes, size_problems = _sizes_or_problem(answers, found, recovery)
    disk, disk_problems = _disk_or_problems(answers, machine, sizes)
    situation = Situation(
        answers=answers,
        machine=machine,
        release=found,
        disk=disk,
        slot_bytes=sizes.slot,
        recovery_bytes=sizes.recovery,
        unattended=unattended,
    )
    refusal = release.problems if isinstance(release, Refused) else ()
    problems = (*size_problems, *disk_problems, *problems_of(situation), *refusal)
    if problems or disk is None or found is None:
        raise Refused(problems)
    blueprint = Blueprint(
        answers=answers,
        machine=machine,
        release=found,
        identifiers=identifiers,
        disk=disk,
        table=_table(disk, sizes, identifiers),
        recovery=recovery,
    )
    return _plan(blueprint, _notices(found, no_recovery))


def _plan(blueprint: Blueprint, notices: tuple[str, ...]) -> Plan:
    operations = operations_for(blueprint)
    release = blueprint.release
    return Plan(
        system=_("{name} {version} for {architecture}").format(
            name=release.contract.name, version=release.version, architecture=release.architecture
        ),
        disk=blueprint.disk,
        table=blueprint.table,
        operations=operations,
        notices=notices,
        digest=_digest(operations),
    )


def _sizes_or_problem(
    answers: Answers, release: Release | None, recovery: RecoveryChoice | None
) -> tuple[_Sizes, tuple[Problem, ...]]:
    """Sizes to go on with in any case, so that the other problems are found too."""
    try:
        return _sizes(answers, release, recovery), ()
    except ValueError as error:
        problem = Problem(
            what=_("slot_size: {error}.").format(error=error),
            way_out=_("Leave it out to have it chosen from the image."),
        )
        return _Sizes(slot=SLOT_SIZE, recovery=RECOVERY_SIZE if answers.recovery else 0), (problem,)


def _disk_or_problems(
    answers: Answers, machine: Machine, sizes: _Sizes
) -> tuple[Disk | None, tuple[Problem, ...]]:
    smallest = smallest_disk(sizes.slot, sizes.recovery)
    try:
        return choose_disk(answers.disk, machine, smallest), ()
    except Refused as refusal:
        return None, refusal.problems


def _sizes(answers: Answers, release: Release | None, recovery: RecoveryChoice | None) -> _Sizes:
    """Raises ValueError when the answers' slot size is not a size."""
    if answers.slot_size is not None:
        slot = align_up(parse_size(answers.slot_size), MIB)
    elif release is not None:
        slot = slot_size_for(release.image.size_bytes, release.contract.minimum_slot_bytes)
    else:
        slot = SLOT_SIZE
    if release is None:
        return _Sizes(slot=slot, recovery=RECOVERY_SIZE if answers.recovery else 0)
    if recovery is None:
        return _Sizes(slot=slot, recovery=0)
    return _Sizes(slot=slot, recovery=max(RECOVERY_SIZE, align_up(recovery.image.size_bytes, MIB)))


def _table(disk: Disk, sizes: _Sizes, identifiers: Identifiers) -> PartitionTable:
    return plain_table(
        disk,
        slot_bytes=sizes.slot,
        recovery_bytes=sizes.recovery,
        disk_guid=identifiers.disk_guid,
        guids=identifiers.partition_guids,
    )


def _notices(release: Release, no_recovery: str | None) -> tuple[str, ...]:
    notices = []
    if release.signed_by is None:
        notices.append(
            _("UNSIGNED: nobody has vouched for the release at {url}.").format(url=release.url)
        )
    if no_recovery is not None:
        notices.append(no_recovery)
    return tuple(notices)


def _digest(operations: tuple[Operation, ...]) -> str:
    """SHA-256 over the digests of all operations, in their order."""
    whole = hashlib.sha256()
    for operation in operations:
        whole.update(operation.digest().encode())
    return whole.hexdigest()
