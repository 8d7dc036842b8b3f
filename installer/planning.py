"""From answers, machine and release to a plan: every problem at once, or all operations. Pure."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import partial

from installer.answers import Answers, Keep
from installer.blueprint import Blueprint
from installer.disk_choice import choose_disk
from installer.errors import Problem, Refused
from installer.hardware import Disk, Machine
from installer.identifiers import Identifiers
from installer.installation import Installation
from installer.kept_table import found_table, may_reset, table_faults, table_stays
from installer.known_names import KnownNames, name_problems
from installer.layout import SLOT_SIZE, PartitionTable, new_table
from installer.plan_digest import plan_digest
from installer.plan_menu import line_problems
from installer.plan_notices import notices_for, resume_notices
from installer.plan_operations import operations_for
from installer.problems import problems_of
from installer.recovery_choice import RecoveryFate, choose_kept_recovery, choose_recovery
from installer.release import Release
from installer.resume_choice import Resumption, as_it_was, choose_resumption
from installer.session import Plan
from installer.settings_choice import choose_settings
from installer.situation import Situation
from installer.sizes import Sizes, kept_sizes, wished_sizes
from installer.text import _
from installer.traces import Trace


def make_plan(
    answers: Answers,
    machine: Machine,
    release: Release | Refused,
    identifiers: Identifiers,
    *,
    unattended: bool,
    installation: Installation | Refused | None = None,
    traces: tuple[Trace, ...] = (),
    start_over: bool = False,
    names: KnownNames | None = None,
) -> Plan:
    """The plan; the same arguments make the same plan, digest included.

    `release` is a Refused when there is none: its problems join the others. So is `installation`,
    what a look at the disk found whose data are kept; None when nothing is kept, or nobody could
    look. `unattended`: the answers are a file's, and nobody is asked to agree. `traces` tell of an
    installation that came to no end: the plan goes on with it, and has its identifiers, unless it
    is another one or it is to `start_over`. `names` are those of time zones and keyboard layouts
    that there are. Raises Refused with every problem.
    """
    found = release if isinstance(release, Release) else None
    looked = installation if isinstance(installation, Installation) else None
    situation, early = _situation(
        answers,
        machine,
        found,
        looked,
        identifiers,
        partial(choose_resumption, answers, traces=traces, start_over=start_over),
        {each.disk: each.version for each in traces if each.place is not None},
        {each.disk for each in traces if each.resets_everything},
        unattended=unattended,
    )
    refusals = [each for each in (installation, release) if isinstance(each, Refused)]
    problems = (
        *early,
        *problems_of(situation),
        *name_problems(answers, names or KnownNames()),
        *(problem for refusal in refusals for problem in refusal.problems),
    )
    if problems or situation.disk is None or found is None:
        raise Refused(problems)
    return _plan(situation, situation.disk, found)


def _situation(
    answers: Answers,
    machine: Machine,
    release: Release | None,
    installation: Installation | None,
    identifiers: Identifiers,
    resume: Callable[[Disk], Resumption],
    versions: Mapping[str | None, str | None],
    resets: AbstractSet[str | None],
    *,
    unattended: bool,
) -> tuple[Situation, tuple[Problem, ...]]:
    """All that there is to look at, and the problems that came up while it was gathered."""
    fate = choose_recovery(answers, machine, release) if release else RecoveryFate()
    sizes, size_problems = wished_sizes(answers, release, fate.written)
    disk, disk_problems = _disk_or_problems(answers, machine, sizes)
    resumption = resume(disk) if disk is not None else Resumption()
    if resumption.unfinished is not None:
        identifiers = resumption.unfinished.identifiers
        installation = as_it_was(installation, resumption.unfinished)
    table = None
    if disk is not None and table_stays(answers, machine, disk) and not table_faults(disk):
        table = found_table(disk)
        sizes = kept_sizes(answers, sizes, table, installation)
        if release is not None:
            fate = choose_kept_recovery(answers, machine, release, disk, table)
    situation = Situation(
        answers=answers,
        machine=machine,
        release=release,
        disk=disk,
        table=table,
        stays=disk is not None and table_stays(answers, machine, disk),
        installation=installation,
        sizes=sizes,
        recovery=fate,
        settings=choose_settings(
            answers, installation, identifiers, release.contract if release is not None else None
        ),
        identifiers=identifiers,
        resumption=resumption,
        installed_version=versions.get(disk.path) if disk is not None else None,
        resets=disk is not None and disk.path in resets and may_reset(answers, machine, disk),
        unattended=unattended,
    )
    return situation, (*size_problems, *disk_problems)


def _disk_or_problems(
    answers: Answers, machine: Machine, wished: Sizes
) -> tuple[Disk | None, tuple[Problem, ...]]:
    smallest = None
    if answers.keep is Keep.NOTHING:
        smallest = wished.smallest_disk(answers.layout)
    try:
        return choose_disk(answers.disk, machine, smallest), ()
    except Refused as refusal:
        return None, refusal.problems


def _plan(situation: Situation, disk: Disk, release: Release) -> Plan:
    blueprint = Blueprint(
        answers=situation.answers,
        machine=situation.machine,
        release=release,
        identifiers=situation.identifiers,
        disk=disk,
        table=situation.table or _new_table(situation, disk),
        stays=situation.stays,
        installation=situation.installation,
        slot_bytes=situation.sizes.slot or SLOT_SIZE,
        recovery=situation.recovery,
        settings=situation.settings,
        resets=situation.resets,
    )
    # Only now, as the line has names in it that a table gives.
    if problems := tuple(line_problems(blueprint)):
        raise Refused(problems)
    plan = Plan(
        system=_("{name} {version} for {architecture}").format(
            name=release.contract.name, version=release.version, architecture=release.architecture
        ),
        disk=disk,
        table=blueprint.table,
        operations=operations_for(blueprint),
        notices=notices_for(blueprint),
        digest="",
        volumes=blueprint.volumes,
        resumes=situation.resumption.unfinished,
        # Of what is on the disk nobody looks at a signature: a notice says what is looked at.
        signed_by=release.signed_by if release.slot is None else None,
    )
    return replace(
        plan,
        notices=(*resume_notices(plan, situation.resumption.notice), *plan.notices),
        digest=plan_digest(plan),
    )


def _new_table(situation: Situation, disk: Disk) -> PartitionTable:
    return new_table(
        disk,
        situation.layout,
        slot_bytes=situation.sizes.slot or SLOT_SIZE,
        recovery_bytes=situation.sizes.recovery,
        disk_guid=situation.identifiers.disk_guid,
        guids=situation.identifiers.partition_guids,
    )
