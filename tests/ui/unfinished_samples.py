"""Installations that came to no end, and the plans that go on with them."""

from dataclasses import replace

from installer.answers import Answers, DiskChoice, Keep, LayoutKind, Source, User
from installer.events import (
    Event,
    Notice,
    OperationFinished,
    OperationStarted,
    Progress,
    RunFailed,
    RunFinished,
)
from installer.identifiers import Identifiers
from installer.layout import Role
from installer.plan_notices import resume_notices
from installer.quantity import MIB
from installer.secret import Secret
from installer.session import Plan
from installer.unfinished import Done, Unfinished
from tests.ui.atomos_disks import ENCRYPTED, keeping_plan
from tests.ui.fake_session import (
    BLANK,
    SOURCE,
    STARTED,
    STEPS,
    STEPS_BEFORE_SLOT_A,
    UNSIGNED,
    WINDOWS,
    plan_for,
    run_started,
    step_events,
)

NO_SECRET = Secret("")
ADA = User(name="ada", full_name="Ada Lovelace", password=NO_SECRET)
ANSWERS = Answers(
    version=1,
    disk=DiskChoice(path="/dev/vda"),
    wipe=True,
    layout=LayoutKind.ENCRYPTED,
    passphrase=NO_SECRET,
    source=Source(url=SOURCE, allow_unsigned=True),
    user=ADA,
    hostname="engine",
)
KEEPING = replace(ANSWERS, wipe=False, reinstall=True, keep=Keep.DATA, user=None, hostname=None)
IDENTIFIERS = Identifiers(
    disk_guid="d" * 32,
    partition_guids={role: role.value for role in Role},
    esp_volume_id="ABCD1234",
    boot_uuid="b",
    data_uuid="c",
    luks_uuid="e",
    machine_id="f" * 32,
)


def unfinished(
    answers: Answers = ANSWERS, *, plan: Plan | None = None, steps_done: int = STEPS_BEFORE_SLOT_A
) -> Unfinished:
    """One onto /dev/vda that ended in the middle of the step after so many."""
    plan = plan or plan_for(BLANK)
    done = plan.operations[:steps_done]
    begun = STEPS[steps_done][0]
    return Unfinished(
        disk="/dev/vda",
        disk_name=plan.disk.name,
        began=STARTED - 3600,
        system=plan.system,
        answers=answers,
        identifiers=IDENTIFIERS,
        steps=run_started().steps,
        done=tuple(Done(id=each.id, deed=each.deed(), at=STARTED - 3500) for each in done),
        begun=begun,
        touched=(*(each.id for each in done), begun),
        place="/dev/vda3",
    )


def resuming(end: Unfinished, plan: Plan | None = None) -> Plan:
    """The plan that goes on with it."""
    plan = replace(plan or plan_for(BLANK, UNSIGNED), resumes=end)
    return replace(plan, notices=(*resume_notices(plan, None), *plan.notices))


ENDED = unfinished()
BEFORE_LUKS = unfinished(steps_done=1)
KEPT = unfinished(KEEPING, plan=keeping_plan(ENCRYPTED), steps_done=2)
ON_WINDOWS = replace(
    unfinished(replace(ANSWERS, layout=LayoutKind.PLAIN, passphrase=None)),
    disk=WINDOWS.path,
    disk_name=WINDOWS.name,
    place=None,
    begun=None,
)


def looked_at() -> tuple[Event, ...]:
    """A resumed run up to the middle of Root A: what was done before is looked at."""
    events: list[Event] = [run_started(), Notice(time=STARTED, text=UNSIGNED)]
    for place, (id, _, _) in enumerate(STEPS[:STEPS_BEFORE_SLOT_A]):
        at = STARTED + place * 2
        events += [
            OperationStarted(time=at, id=id),
            OperationFinished(time=at + 1, id=id, seconds=1.0, resumed=True, done_at=at - 3000),
        ]
    return (
        *events,
        OperationStarted(time=STARTED + 12, id="slot-a"),
        Progress(
            time=STARTED + 20,
            id="slot-a",
            done_bytes=412 * MIB,
            total_bytes=690 * MIB,
            rate=52.0 * MIB,
        ),
    )


def resumed_run() -> tuple[Event, ...]:
    """The same, up to a good end."""
    rest: list[Event] = [OperationFinished(time=STARTED + 26, id="slot-a", seconds=14.0)]
    for place, (id, _, _) in enumerate(STEPS[STEPS_BEFORE_SLOT_A + 1 :]):
        rest += step_events(id, STARTED + 26 + place * 10, 9.0)
    return (*looked_at(), *rest, RunFinished(time=STARTED + 95, seconds=95.0))


def wrong_passphrase_run() -> tuple[Event, ...]:
    """A resumed run that ends where the container is opened."""
    return (
        run_started(),
        *step_events("table", STARTED, 1.0),
        OperationStarted(time=STARTED + 2, id="luks"),
        RunFailed(
            time=STARTED + 4,
            id="luks",
            what="The passphrase is not the one that /dev/vda5 was encrypted with.",
            device="/dev/vda5",
            tool_words="",
            way_out="Type the passphrase this disk was encrypted with, or start over (headless:"
            " `--start-over`).",
        ),
    )
