"""Sessions after an installation that came to no end: what they offer, plan, refuse and start."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from installer.answers import Answers, DiskChoice, Keep, LayoutKind, User
from installer.errors import ExitCode, InstallError, Refused
from installer.events import (
    Event,
    Notice,
    OperationFinished,
    OperationStarted,
    RunFailed,
    RunFinished,
    RunRefused,
)
from installer.hardware import Disk
from installer.installation import Installation
from installer.journal import follow
from installer.machinery import WrittenPartition, WrittenTable
from installer.secret import Secret
from installer.session import Plan
from installer.traces import BootContent
from installer.unfinished import Unfinished, with_secrets
from tests.unit import samples
from tests.unit.fake_world import World

BOOT = "/dev/vda3"
ANSWERS = samples.encrypted()


def half_made(disk: Disk = samples.DISK) -> Disk:
    """`disk` as a look finds it after a run was cut in the middle of the slots."""
    made = samples.installed(LayoutKind.ENCRYPTED)
    return dataclasses.replace(disk, table="gpt", partitions=made.partitions)


def cut(world: World, answers: Answers = ANSWERS, *, at: str = "write_image") -> None:
    """A run that failed in the middle, and the disk as it is seen then."""
    session = world.session()
    plan = session.plan(answers)
    place = next(each.device for each in plan.operations if each.id == "slots")
    world.machine.fails = (at, place)
    session.start(answers, plan)
    assert world.execute(world.launcher.launched[-1][1]) is ExitCode.FAILED
    world.machine.fails = None
    world.machine.calls.clear()
    world.hardware.now = samples.machine(half_made())


def power_cut(world: World, answers: Answers = ANSWERS) -> None:
    """The same, and the machine was started anew."""
    cut(world, answers)
    world.run.install_journal.unlink()


def rewrite(world: World, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the header of the journal on the disk."""
    header, *rest = world.machine.journals[BOOT].splitlines()
    fields = json.loads(header)
    change(fields)
    world.machine.journals[BOOT] = "\n".join((json.dumps(fields), *rest, ""))


def run(world: World, answers: Answers = ANSWERS, *, start_over: bool = False) -> list[Event]:
    session = world.session()
    session.start(answers, session.plan(answers, start_over=start_over))
    world.execute(world.launcher.launched[-1][1])
    return list(follow(world.run))


def unfinished_in(world: World) -> tuple[Unfinished, ...]:
    session = world.session()
    return session.unfinished(session.machine())


def resumed(events: list[Event]) -> list[str]:
    return [each.id for each in events if isinstance(each, OperationFinished) and each.resumed]


def test_a_retry_without_a_new_start_of_the_machine_goes_on(world: World) -> None:
    cut(world)
    events = run(world)
    assert isinstance(events[-1], RunFinished)
    assert resumed(events) == [
        "partition-table",
        "esp",
        "boot-filesystem",
        "luks",
        "volumes",
        "data-filesystem",
    ]
    assert not world.run.install_journal.exists()
    assert world.machine.journals == {}


def test_a_retry_in_the_same_session_goes_on_too(world: World) -> None:
    """As the screens do it: one session from the first plan to the last."""
    session = world.session(unattended=False)
    plan = session.plan(ANSWERS)
    world.machine.fails = ("write_image", "/dev/atomos/a")
    session.start(ANSWERS, plan)
    assert world.execute(world.launcher.launched[-1][1]) is ExitCode.FAILED
    assert isinstance(list(session.events())[-1], RunFailed)
    world.machine.fails = None
    world.hardware.now = samples.machine(half_made())
    again = session.plan(ANSWERS)
    assert again.resumes is not None
    session.start(ANSWERS, again)
    assert world.execute(world.launcher.launched[-1][1]) is ExitCode.DONE
    assert "luks" in resumed(list(session.events()))


def test_after_a_power_cut_it_is_found_on_the_disk_and_ends_in_the_same(world: World) -> None:
    power_cut(world)
    before = world.machine.table
    (found,) = unfinished_in(world)
    assert (found.disk, found.place) == ("/dev/vda", BOOT)
    assert found.disk_name == "QEMU HARDDISK (/dev/vda)"
    assert found.begun_sentence == (
        "Write the system image to Root A (/dev/atomos/a) and Root B (/dev/atomos/b)"
    )
    answers = with_secrets(
        found, passphrase=Secret(samples.PASSPHRASE), password=Secret(samples.SECRET)
    )
    events = run(world, answers)
    assert isinstance(events[-1], RunFinished)
    assert "luks" in resumed(events)
    assert world.machine.table == before, "the same identifiers"


def test_the_plan_says_what_it_goes_on_with(world: World) -> None:
    power_cut(world)
    plan = world.session().plan(ANSWERS)
    assert plan.resumes is not None
    assert plan.notices[0].startswith(
        "Resuming the installation of AtomOS Debian 0.1.0 for x86-64 that was begun "
    )
    total = len(plan.operations)
    assert f"6 of {total} steps are done, and are only looked at again." in plan.notices[0]
    assert "It ended in the middle of: Write the system image" in plan.notices[0]


def test_the_run_says_so_too_and_its_record_tells_of_every_step(world: World) -> None:
    power_cut(world)
    events = run(world)
    notices = [each.text for each in events if isinstance(each, Notice)]
    assert notices[0].startswith("Resuming ")
    lines = [json.loads(line) for line in world.machine.record.splitlines()]
    finished = {each["id"]: each for each in lines if each["event"] == "operation-finished"}
    assert finished["luks"]["resumed"]
    assert finished["luks"]["done_at"] > 0
    assert not finished["slots"]["resumed"]
    assert [each["text"] for each in lines if each["event"] == "notice"] == notices


def test_starting_over_begins_anew_with_other_identifiers(world: World) -> None:
    power_cut(world)
    before = world.machine.table
    plan = world.session().plan(ANSWERS, start_over=True)
    assert plan.resumes is None
    assert plan.notices[0].startswith(
        "Everything is done from the beginning, since it was asked for: on QEMU HARDDISK (/dev/vda)"
        " there is an unfinished installation of AtomOS Debian 0.1.0 for x86-64, begun "
    )
    events = run(world, start_over=True)
    assert isinstance(events[-1], RunFinished)
    assert resumed(events) == []
    assert world.machine.table != before


def other_version(fields: dict[str, Any]) -> None:
    fields["journal"] = 2


def other_program(fields: dict[str, Any]) -> None:
    fields["program"] = "9.9"


def other_disk(fields: dict[str, Any]) -> None:
    fields["disk"]["serial"] = "S99"
    fields["disk"]["name"] = "ACME (/dev/vda)"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            other_version,
            "the journal of an unfinished installation (/dev/vda3) cannot be gone by: it is of"
            " version 2, and this installer reads version 1.",
        ),
        (
            other_disk,
            "the journal of an unfinished installation (/dev/vda3) cannot be gone by: it is of"
            " another disk, ACME (/dev/vda).",
        ),
        (
            other_program,
            "since it was begun by version 9.9 of the installer, and this is 0.1.0: on QEMU",
        ),
    ],
)
def test_one_that_cannot_be_gone_on_with_says_why(
    world: World, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    power_cut(world)
    rewrite(world, change)
    plan = world.session().plan(dataclasses.replace(ANSWERS, reinstall=True))
    assert plan.resumes is None
    assert words in plan.notices[0]
    assert plan.notices[0].startswith("Everything is done from the beginning")
    assert unfinished_in(world) == ()


@pytest.mark.parametrize(
    ("data", "words"),
    [("", "it is empty"), ("\x01\x02\x03" * 99, "it ends within its first line"),
     ("{}\n", "its first line is none of ours")],
)  # fmt: skip
def test_garbage_says_why(world: World, data: str, words: str) -> None:
    power_cut(world)
    world.machine.journals[BOOT] = data
    plan = world.session().plan(dataclasses.replace(ANSWERS, reinstall=True))
    assert plan.resumes is None
    assert words in plan.notices[0]


def test_nobody_knows_what_an_unreadable_one_kept_so_consent_is_needed(world: World) -> None:
    power_cut(world)
    world.machine.journals[BOOT] = "garbage"
    with pytest.raises(Refused, match="already holds AtomOS"):
        world.session().plan(ANSWERS)


def test_a_journal_cut_within_its_last_line_is_gone_on_with(world: World) -> None:
    power_cut(world)
    world.machine.journals[BOOT] += '{"done": "slots", "de'
    events = run(world)
    assert isinstance(events[-1], RunFinished)
    assert "slots" not in resumed(events)


def test_other_answers_begin_anew_and_say_so(world: World) -> None:
    power_cut(world)
    plan = world.session().plan(dataclasses.replace(ANSWERS, hostname="another"))
    assert plan.resumes is None
    assert "since the answers are others: on QEMU HARDDISK (/dev/vda)" in plan.notices[0]


def test_a_disk_that_is_called_otherwise_now_is_the_same(world: World) -> None:
    power_cut(world)
    moved = dataclasses.replace(
        half_made(),
        path="/dev/vdq",
        partitions=tuple(
            dataclasses.replace(part, path=part.path.replace("vda", "vdq"))
            for part in half_made().partitions
        ),
    )
    world.machine.journals["/dev/vdq3"] = world.machine.journals.pop(BOOT)
    world.hardware.now = samples.machine(moved)
    (found,) = unfinished_in(world)
    assert found.disk == "/dev/vdq"
    plan = world.session().plan(
        dataclasses.replace(ANSWERS, disk=DiskChoice(serial="atomos-target"))
    )
    assert "luks" in plan.done_already


def test_a_disk_that_was_swapped_is_not_taken_for_the_one_in_memory(world: World) -> None:
    cut(world)
    other = dataclasses.replace(samples.DISK, serial="S2", partitions=())
    world.hardware.now = samples.machine(other)
    plan = world.session().plan(ANSWERS)
    assert plan.resumes is None
    assert plan.notices[0] == (
        "Everything is done from the beginning: the unfinished installation in this machine's"
        " memory is onto another disk (QEMU HARDDISK (/dev/vda), serial number atomos-target),"
        " which is not attached."
    )
    assert unfinished_in(world) == ()


@pytest.mark.parametrize(
    "identity",
    [{"serial": None, "ids": ()}, {"serial": "123456789", "ids": ("usb-Bridge_123456789",)}],
)
def test_of_disks_that_are_alike_the_one_of_that_name_is_meant(
    world: World, identity: dict[str, Any]
) -> None:
    """Plain virtio disks have neither serial number nor links; cheap USB bridges share theirs."""
    target = dataclasses.replace(samples.DISK, **identity)
    world.hardware.now = samples.machine(target)
    cut(world)
    world.machine.journals.clear()
    twin = dataclasses.replace(target, path="/dev/vdb")
    for disks in ((twin, half_made(target)), (half_made(target), twin)):
        world.hardware.now = samples.machine(*disks)
        (found,) = unfinished_in(world)
        assert found.disk == "/dev/vda"


def test_a_disk_that_nothing_but_its_name_tells_from_another_is_not_mistaken(world: World) -> None:
    target = dataclasses.replace(samples.DISK, serial=None, ids=())
    world.hardware.now = samples.machine(target)
    cut(world)
    world.machine.journals.clear()
    twin = dataclasses.replace(target, path="/dev/vdb")
    world.hardware.now = samples.machine(twin)
    assert unfinished_in(world) == ()


def test_a_disk_that_was_swapped_after_the_plan_is_refused(world: World) -> None:
    cut(world)
    session = world.session()
    session.start(ANSWERS, session.plan(ANSWERS))
    world.hardware.now = samples.machine(dataclasses.replace(samples.DISK, serial="S2"))
    assert world.execute(world.launcher.launched[-1][1]) is ExitCode.REFUSED
    assert world.machine.calls == []


def test_what_was_to_be_resumed_and_is_gone_is_another_plan(world: World) -> None:
    power_cut(world)
    session = world.session()
    session.start(ANSWERS, session.plan(ANSWERS))
    world.machine.journals.clear()
    assert world.execute(world.launcher.launched[-1][1]) is ExitCode.REFUSED
    (event,) = follow(world.run)
    assert isinstance(event, RunRefused)
    assert any("has changed" in each or "already holds" in each for each in event.problems)


def in_the_future(fields: dict[str, Any]) -> None:
    fields["began"] = 4_102_444_800.0


def test_a_clock_that_went_back_changes_nothing(world: World) -> None:
    power_cut(world)
    rewrite(world, in_the_future)
    (found,) = unfinished_in(world)
    assert found.began == 4_102_444_800.0
    assert (
        "begun 2100-01-01 00:00 UTC by the clock of then"
        in world.session().plan(ANSWERS).notices[0]
    )
    events = run(world)
    assert isinstance(events[-1], RunFinished)
    assert "luks" in resumed(events)


def test_two_traces_of_one_installation_and_the_longer_counts(world: World) -> None:
    cut(world)
    assert world.session().plan(ANSWERS).resumes is not None
    header, *rest = world.machine.journals[BOOT].splitlines()
    world.machine.journals[BOOT] = "\n".join((header, *rest[:4], ""))
    (found,) = unfinished_in(world)
    assert found.place is None, "that in memory"
    world.run.install_journal.write_text(f"{header}\n")
    (found,) = unfinished_in(world)
    assert found.place == BOOT


def test_another_run_in_memory_is_newer_than_what_is_on_the_disk(world: World) -> None:
    power_cut(world)
    old = world.machine.journals[BOOT]
    anew = dataclasses.replace(ANSWERS, hostname="another")
    cut(world, anew, at="write_image")
    world.machine.journals[BOOT] = old
    assert world.session().plan(anew).resumes is not None
    assert world.session().plan(ANSWERS).resumes is None


def test_nothing_is_offered_while_an_installation_runs_or_without_rights(world: World) -> None:
    cut(world)
    with world.run.hold():
        assert unfinished_in(world) == ()
    world.hardware.now = dataclasses.replace(world.hardware.now, root=False)
    assert unfinished_in(world) == ()
    assert world.boots.asked == []


def test_a_disk_that_cannot_be_read_has_none(world: World) -> None:
    power_cut(world)

    def look(_partition: str) -> BootContent:
        raise InstallError("it is broken")

    world.boots.look = look  # type: ignore[assignment, method-assign]
    assert unfinished_in(world) == ()
    with pytest.raises(Refused, match="already holds AtomOS"):
        world.session().plan(ANSWERS)


def test_only_boot_partitions_of_ours_are_looked_into(world: World) -> None:
    world.session().plan(ANSWERS)
    assert world.boots.asked == []
    world.hardware.now = samples.machine(half_made())
    unfinished_in(world)
    assert world.boots.asked == [BOOT]
    used = tuple(
        dataclasses.replace(part, uses=("mounted on /boot",)) for part in half_made().partitions
    )
    world.hardware.now = samples.machine(dataclasses.replace(half_made(), partitions=used))
    unfinished_in(world)
    assert world.boots.asked == [BOOT]


def test_a_half_made_disk_that_kept_nothing_needs_no_second_consent(world: World) -> None:
    power_cut(world)
    assert not ANSWERS.reinstall
    assert world.session().plan(ANSWERS).operations
    assert world.session().plan(ANSWERS, start_over=True).operations


def test_one_that_may_start_already_needs_it_to_be_begun_anew(world: World) -> None:
    cut(world, at="verify_image")
    world.machine.fails = ("keep_record", "/dev/atomos/data")
    run(world)
    world.machine.fails = None
    assert world.session().plan(ANSWERS).resumes is not None, "to go on is what was agreed to"
    with pytest.raises(Refused, match="already holds AtomOS"):
        world.session().plan(ANSWERS, start_over=True)


def test_a_run_that_wrote_nothing_is_none_to_go_on_with(world: World) -> None:
    """It could not end a use of the disk: the AtomOS that was there is there still."""
    used = dataclasses.replace(samples.installed(LayoutKind.ENCRYPTED), uses=("swap",))
    world.hardware.now = samples.machine(used)
    world.machine.holders = ("/dev/vda swap",)
    wanted = dataclasses.replace(ANSWERS, reinstall=True)
    events = run(world, wanted)
    assert isinstance(events[-1], RunFailed)
    assert world.run.install_journal.exists()
    assert unfinished_in(world) == ()
    assert world.session().plan(wanted).resumes is None
    with pytest.raises(Refused, match="already holds AtomOS"):
        world.session().plan(ANSWERS)


def test_one_that_was_agreed_to_once_and_has_erased_needs_no_second_consent(world: World) -> None:
    world.hardware.now = samples.machine(samples.installed(LayoutKind.ENCRYPTED))
    cut(world, dataclasses.replace(ANSWERS, reinstall=True))
    assert world.session().plan(ANSWERS).resumes is not None
    assert world.session().plan(ANSWERS, start_over=True).operations


def test_a_system_that_somebody_has_started_is_nobody_s_half_made_disk(world: World) -> None:
    power_cut(world)
    world.boots.was_started = True
    assert unfinished_in(world) == ()
    with pytest.raises(Refused, match="already holds AtomOS"):
        world.session().plan(ANSWERS)
    anew = world.session().plan(dataclasses.replace(ANSWERS, reinstall=True))
    assert anew.resumes is None


def blank(disk: Disk, *, boot: bool) -> Disk:
    """A disk whose installation was cut before there was anything to remember in."""
    return dataclasses.replace(
        disk,
        partitions=tuple(
            part
            if boot and part.label == "atomos-boot"
            else dataclasses.replace(part, contents=None)
            for part in disk.partitions
        ),
    )


@pytest.mark.parametrize("layout", list(LayoutKind))
def test_a_disk_with_a_table_and_nothing_else_holds_no_atomos(
    world: World, layout: LayoutKind
) -> None:
    world.hardware.now = samples.machine(blank(samples.installed(layout), boot=False))
    assert world.session().plan(samples.answers()).operations


@pytest.mark.parametrize("layout", list(LayoutKind))
def test_nor_does_one_with_an_empty_boot_partition(world: World, layout: LayoutKind) -> None:
    world.hardware.now = samples.machine(blank(samples.installed(layout), boot=True))
    with pytest.raises(Refused, match="already holds AtomOS"):
        world.session().plan(samples.answers())
    world.boots.look = lambda _: BootContent(is_empty=True)  # type: ignore[assignment, method-assign]
    assert world.session().plan(samples.answers()).operations


def test_a_whole_system_with_an_emptied_boot_partition_is_one_to_lose(world: World) -> None:
    world.hardware.now = samples.machine(samples.installed())
    world.boots.look = lambda _: BootContent(is_empty=True)  # type: ignore[assignment, method-assign]
    with pytest.raises(Refused, match="already holds AtomOS"):
        world.session().plan(samples.answers())


KEEPING = samples.keeping(
    passphrase=Secret(samples.PASSPHRASE), user=User(name="eve", password=Secret("x"))
)


def keeping_world(world: World) -> Plan:
    """A run that keeps data, cut when it had made the account."""
    uuid = samples.IDENTIFIERS.luks_uuid
    world.hardware.now = samples.machine(half_made())
    world.installations.found = samples.installation(luks_uuid=uuid)
    plan = world.session().plan(KEEPING)
    parts = tuple(spec for spec in plan.table.partitions)
    world.machine.container.uuid = uuid
    world.machine.container.keys = [Secret(samples.PASSPHRASE)]
    world.machine.group = tuple(
        dataclasses.replace(volume, size_bytes=2 << 30)
        for volume in samples.plan(wanted=samples.encrypted()).volumes
    )
    world.machine.table = WrittenTable(
        disk_guid="its own",
        partitions=tuple(
            WrittenPartition(
                number=spec.number,
                start_bytes=spec.start_bytes,
                size_bytes=spec.size_bytes,
                type_guid=spec.type_guid,
                label=spec.label,
                guid=spec.guid,
                attribute_bits=(),
            )
            for spec in parts
        ),
    )
    return plan


def test_a_run_that_keeps_data_goes_on_though_its_account_is_there_by_now(world: World) -> None:
    keeping_world(world)
    world.machine.fails = ("write_menu", BOOT)
    events = run(world, KEEPING)
    assert isinstance(events[-1], RunFailed)
    world.machine.fails = None
    world.installations.found = samples.installation(
        luks_uuid=samples.IDENTIFIERS.luks_uuid,
        accounts=("ada", "bob", "eve"),
        subvolumes=("@home", "@nix", "@snapshots", "@var", "@var.new"),
    )
    (found,) = unfinished_in(world)
    assert found.keeps
    plan = world.session().plan(KEEPING)
    assert {"esp", "boot-filesystem", "slots", "kernels", "system-tree"} <= plan.done_already
    events = run(world, KEEPING)
    assert isinstance(events[-1], RunFinished)
    assert "system-tree" in resumed(events)
    assert ("renew_var", "/dev/atomos/data") in world.machine.calls


def test_errors_of_the_kept_file_system_do_not_keep_a_run_from_its_end(world: World) -> None:
    """Nor would they have gone by themselves: the system that could check it is gone by then."""
    keeping_world(world)
    whole = world.installations.found
    assert isinstance(whole, Installation)
    failing = dataclasses.replace(whole, errors="write_io_errs 1")
    world.installations.found = failing
    for refused in (lambda: world.session().plan(KEEPING), lambda: world.session().look(KEEPING)):
        with pytest.raises(Refused, match="has had errors: write_io_errs 1"):
            refused()
    world.installations.found = whole
    world.machine.fails = ("write_menu", BOOT)
    run(world, KEEPING)
    world.machine.fails = None
    world.installations.found = failing
    events = run(world, KEEPING)
    assert isinstance(events[-1], RunFinished)
    (notice,) = (
        each.text
        for each in events
        if isinstance(each, Notice) and "has had errors (write_io_errs 1)" in each.text
    )
    assert whole.data in notice


def test_a_run_that_keeps_data_still_needs_its_consent(world: World) -> None:
    keeping_world(world)
    world.machine.fails = ("write_menu", BOOT)
    run(world, KEEPING)
    world.machine.fails = None
    with pytest.raises(Refused, match="already holds AtomOS"):
        world.session().plan(dataclasses.replace(KEEPING, reinstall=False))
    forgotten = dataclasses.replace(KEEPING, keep=Keep.NOTHING, wipe=True, reinstall=False)
    with pytest.raises(Refused, match="already holds AtomOS"):
        world.session().plan(forgotten)


def test_an_operation_in_work_is_told_with_its_device(world: World) -> None:
    cut(world)
    started = [each for each in follow(world.run) if isinstance(each, OperationStarted)]
    assert {each.id: each.device for each in started}["slots"] == "/dev/atomos/a"
