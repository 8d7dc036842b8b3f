"""Runs that go on with one that came to no end, against a machine in memory."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from installer.answers import Answers, DiskChoice, LayoutKind
from installer.errors import ExitCode, InstallError, ToolFailed
from installer.events import (
    Event,
    Notice,
    OperationFinished,
    OperationStarted,
    RunFailed,
    RunFinished,
)
from installer.hardware import Disk
from installer.install_journal import read_journal
from installer.machinery import WrittenTable
from installer.operation import Operation
from installer.operations.luks import AddRecoveryKey, MakeLuks
from installer.operations.slots import WriteSlots
from installer.release import PackedFile
from installer.secret import Secret
from installer.session import Plan
from tests.unit import samples
from tests.unit.fake_machinery import FakeJournals, FakeMachine
from tests.unit.running import Run

KEY = Secret("cccc-bbbb-dddd")
STICK = dataclasses.replace(
    samples.STICK, path="/dev/sdb", partitions=(samples.stick_partition("/dev/sdb1"),)
)
ENCRYPTED = samples.encrypted(recovery_key=KEY, header_backup="/dev/sdb1")
BOOT = "/dev/vda3"


def plan_of(answers: Answers, disk: Disk = samples.DISK) -> Plan:
    wanted = dataclasses.replace(answers, disk=DiskChoice(path=disk.path))
    return samples.plan(wanted=wanted, at=samples.machine(disk, STICK))


@pytest.fixture(params=["plain", "encrypted"])
def answers(request: pytest.FixtureRequest) -> Answers:
    return samples.answers() if request.param == "plain" else ENCRYPTED


@pytest.fixture
def run(tmp_path: Path, answers: Answers) -> Run:
    return Run(crash_log=tmp_path / "crash.log", answers=answers, plan=plan_of(answers))


@pytest.fixture
def locked(tmp_path: Path) -> Run:
    return Run(crash_log=tmp_path / "crash.log", answers=ENCRYPTED, plan=plan_of(ENCRYPTED))


def journal_of(run: Run, *, after_power_cut: bool = False) -> bytes:
    """That in memory; after a power cut there is only what is on the disk."""
    if after_power_cut:
        return run.machine.journals[BOOT].encode()
    return run.memory.read_bytes()


def again(run: Run, *, after_power_cut: bool = False, plan: Plan | None = None) -> Run:
    """The next run at the same machine, with nothing in its way."""
    plan = plan or run.plan
    found = read_journal(journal_of(run, after_power_cut=after_power_cut))
    unfinished = found.unfinished(plan.disk, BOOT if after_power_cut else None)
    if after_power_cut:
        run.memory.unlink()
        run.machine.container.opened = False
    run.machine.fails = None
    run.machine.calls.clear()
    return Run(
        crash_log=run.crash_log,
        answers=run.answers,
        machine=run.machine,
        plan=dataclasses.replace(plan, resumes=unfinished),
    )


def resumed_ids(run: Run) -> list[str]:
    return [each.id for each in run.events if isinstance(each, OperationFinished) and each.resumed]


def done_ids(run: Run) -> list[str]:
    return [
        each.id for each in run.events if isinstance(each, OperationFinished) and not each.resumed
    ]


def end_state(machine: FakeMachine) -> dict[str, Any]:
    """All that a run leaves, but how it came about."""
    state = {name: value for name, value in vars(machine).items() if name not in ("calls", "fails")}
    state["record"] = bool(machine.record)
    # An account is made again and again: it is the same one.
    state["users"] = {user.name: user.password for user in machine.users}
    return state


class PowerCut(BaseException):
    """Nothing of the run goes on after it."""


def cut_at(run: Run, id: str) -> None:
    """The power goes when the operation has done its deed, before that is remembered."""
    operation = next(each for each in run.plan.operations if each.id == id)

    def verify(_self: Operation, _context: object) -> None:
        raise PowerCut

    cut = type("Cut", (type(operation),), {"verify": verify, "__module__": __name__})
    fields = {each.name: getattr(operation, each.name) for each in dataclasses.fields(operation)}
    plan = run.plan
    run.plan = dataclasses.replace(
        plan,
        operations=tuple(cut(**fields) if each is operation else each for each in plan.operations),
    )
    with pytest.raises(PowerCut):
        run.go()
    run.plan = plan


def test_whatever_step_failed_the_next_run_goes_on_there_and_ends_in_the_same(
    tmp_path: Path, answers: Answers
) -> None:
    plan = plan_of(answers)
    undisturbed = Run(crash_log=tmp_path / "log", answers=answers, plan=plan)
    assert undisturbed.go() is ExitCode.DONE
    ids = [each.id for each in plan.operations]
    lasting = [each.id for each in plan.operations if each.lasting]
    for place, id in enumerate(ids):
        run = Run(crash_log=tmp_path / "log", answers=answers, plan=plan)
        cut_at(run, id)
        late = place > ids.index("boot-filesystem")
        second = again(run, after_power_cut=late)
        assert second.go() is ExitCode.DONE, id
        before = [each for each in lasting if each in ids[:place]]
        assert resumed_ids(second) == before
        assert set(done_ids(second)) == set(ids) - set(before)
        assert end_state(second.machine) == end_state(undisturbed.machine), id


def test_one_installation_fails_at_every_step_and_still_gets_there(run: Run) -> None:
    undisturbed = Run(crash_log=run.crash_log, answers=run.answers, plan=run.plan)
    assert undisturbed.go() is ExitCode.DONE
    for operation in run.plan.operations:
        cut_at(run, operation.id)
        if isinstance(operation, MakeLuks):
            assert run.machine.container.opened
        run = again(run)
    assert run.go() is ExitCode.DONE
    assert end_state(run.machine) == end_state(undisturbed.machine)


def test_what_was_done_is_told_with_when_and_is_only_looked_at(run: Run) -> None:
    run.now = 77.0
    cut_at(run, "kernels")
    second = again(run, after_power_cut=True)
    second.now = 20.0
    assert second.go() is ExitCode.DONE
    told = [each for each in second.events if isinstance(each, OperationFinished)]
    assert [each.id for each in told] == [each.id for each in run.plan.operations]
    assert {each.done_at for each in told if each.resumed} == {77.0}
    assert {each.done_at for each in told if not each.resumed} == {None}
    called = {name for name, _ in second.machine.calls}
    assert "verify_image" in called
    assert not called & {"write_table", "make_ext4", "write_image", "luks_format", "make_volumes"}
    started = [each.id for each in second.events if isinstance(each, OperationStarted)]
    assert started == [each.id for each in told]


def test_a_container_is_opened_again_and_its_volumes_are_made_active(locked: Run) -> None:
    cut_at(locked, "slots")
    second = again(locked, after_power_cut=True)
    assert second.go() is ExitCode.DONE
    calls = second.machine.calls
    assert calls.index(("luks_open", "/dev/vda5")) < calls.index(("activate", "atomos"))
    assert ("luks_format", "/dev/vda5") not in calls
    assert second.machine.container.discards
    assert "header-backup" in resumed_ids(second), "the header is as it was"


def changed(machine: FakeMachine) -> None:
    machine.held.pop(BOOT)


def no_table(machine: FakeMachine) -> None:
    machine.table = WrittenTable(disk_guid="else", partitions=())


@pytest.mark.parametrize(
    ("damage", "id"), [(changed, "boot-filesystem"), (no_table, "partition-table")]
)
def test_from_the_first_on_that_is_not_as_it_was_left_everything_is_done_whole(
    run: Run, damage: Callable[[FakeMachine], None], id: str
) -> None:
    cut_at(run, "kernels")
    second = again(run)
    damage(second.machine)
    assert second.go() is ExitCode.DONE
    ids = [each.id for each in run.plan.operations]
    assert resumed_ids(second) == ids[: ids.index(id)]
    (told,) = (
        each.text for each in second.events if isinstance(each, Notice) and "left" in each.text
    )
    assert told.startswith("Not as it was left, and so done again: ")


def test_a_step_that_shall_be_another_now_is_done_and_all_after_it(run: Run) -> None:
    cut_at(run, "kernels")
    image = dataclasses.replace(samples.release().image, sha256="f" * 64)
    wanted = run.answers
    newer = samples.plan(
        wanted=wanted,
        at=samples.machine(samples.DISK, STICK),
        of=samples.release(image=image),
    )
    second = again(run, plan=newer)
    assert second.go() is ExitCode.DONE
    assert "slots" in done_ids(second)
    assert "data-filesystem" in resumed_ids(second)


def test_another_passphrase_is_no_reason_to_encrypt_anew(locked: Run) -> None:
    cut_at(locked, "slots")
    other = dataclasses.replace(ENCRYPTED, passphrase=Secret("another one than before"))
    second = again(locked, after_power_cut=True, plan=plan_of(other))
    failed = second.failure()
    assert failed.id == "luks"
    assert failed.what == "The passphrase is not the one that /dev/vda5 was encrypted with."
    assert "--start-over" in failed.way_out
    assert ("luks_format", "/dev/vda5") not in second.machine.calls
    third = again(second, plan=locked.plan)
    assert third.go() is ExitCode.DONE
    assert "luks" in resumed_ids(third)


def test_a_recovery_key_that_is_in_already_need_not_be_known(locked: Run) -> None:
    cut_at(locked, "slots")
    without = dataclasses.replace(ENCRYPTED, recovery_key=Secret(""))
    second = again(locked, plan=plan_of(without))
    assert second.go() is ExitCode.DONE
    assert "recovery-key" in resumed_ids(second)
    assert KEY in second.machine.container.keys
    assert Secret("") not in second.machine.container.keys


def test_a_recovery_key_that_is_needed_once_more_is_asked_for(locked: Run) -> None:
    cut_at(locked, "slots")
    second = again(locked, plan=plan_of(dataclasses.replace(ENCRYPTED, recovery_key=Secret(""))))
    second.machine.container.uuid = "another"
    failed = second.failure()
    assert failed.id == "recovery-key"
    assert failed.what == "the recovery key has to be added to /dev/vda5 once more"
    assert "type the recovery key" in failed.way_out
    third = again(second, plan=locked.plan)
    assert third.plan.resumes is not None
    assert third.plan.resumes.needs_recovery_key
    assert third.go() is ExitCode.DONE


def test_the_journal_is_on_the_disk_from_the_boot_partition_on_and_gone_at_the_end(
    run: Run,
) -> None:
    seen: dict[str, tuple[bool, bool]] = {}

    def watch(event: Event) -> None:
        run.events.append(event)
        if isinstance(event, OperationStarted | RunFinished):
            id = event.id if isinstance(event, OperationStarted) else "end"
            seen[id] = (run.memory.exists(), BOOT in run.machine.journals)

    assert run.executor(watch).run(run.plan, samples.IDENTIFIERS) is ExitCode.DONE
    assert seen["esp"] == (True, False)
    assert seen["data-filesystem"] == (True, True)
    assert seen["record"] == (True, True)
    assert seen["end"] == (False, False)
    assert [call for call in run.machine.calls if call[0] == "put_journal"] == [
        ("put_journal", BOOT)
    ], "no mount for each step"


def test_both_journals_say_the_same(run: Run) -> None:
    cut_at(run, "system-tree")
    assert run.machine.journals[BOOT].encode() == journal_of(run)
    assert run.memory.stat().st_mode & 0o777 == 0o600
    assert read_journal(journal_of(run)).begun == "system-tree"


def test_a_journal_from_the_disk_is_gone_on_with_on_the_disk(run: Run) -> None:
    cut_at(run, "slots")
    second = again(run, after_power_cut=True)
    cut_at(second, "kernels")
    found = read_journal(second.machine.journals[BOOT].encode())
    assert found.begun == "kernels"
    assert "slots" in {each.id for each in found.done}
    assert second.memory.read_text() == second.machine.journals[BOOT]


def test_no_secret_is_in_either_journal(run: Run) -> None:
    cut_at(run, "record")
    for text in (run.memory.read_text(), run.machine.journals[BOOT]):
        assert "ada" in text
        for secret in (samples.SECRET, samples.PASSPHRASE, KEY.reveal()):
            assert secret not in text


def test_a_boot_partition_that_takes_no_journal_fails_as_that(run: Run) -> None:
    run.machine.fails = ("put_journal", BOOT)
    failed = run.failure()
    assert (failed.id, failed.device) == ("boot-filesystem", BOOT)
    assert again(run).go() is ExitCode.DONE


def test_a_line_that_does_not_get_to_the_disk_fails_before_the_deed(run: Run) -> None:
    run.machine.fails = ("append_journal", BOOT)
    failed = run.failure()
    place = [each.id for each in run.plan.operations].index("boot-filesystem")
    after = run.plan.operations[place + 1]
    assert failed.id == after.id
    assert ("luks_format", "/dev/vda5") not in run.machine.calls
    assert ("make_btrfs", "/dev/vda7") not in run.machine.calls
    assert again(run).go() is ExitCode.DONE


def test_a_journal_that_cannot_be_attached_to_is_made_anew(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_at(run, "slots")
    second = again(run, after_power_cut=True)
    put, asked = FakeJournals.put, []

    def fail_once(journals: FakeJournals, boot: str, text: str) -> Any:
        asked.append(boot)
        if len(asked) == 1:
            raise ToolFailed(("mount",), "ended with status 32", "", device=boot)
        return put(journals, boot, text)

    monkeypatch.setattr(FakeJournals, "put", fail_once)
    assert second.go() is ExitCode.DONE
    assert asked == [BOOT, BOOT]
    assert "boot-filesystem" in resumed_ids(second)


def test_memory_that_is_full_is_told(run: Run) -> None:
    run.crash_log = run.crash_log.with_name("file") / "crash.log"
    run.memory.parent.write_text("not a folder")
    failed = run.failure()
    assert "the journal of the installation cannot be written" in failed.what
    assert failed.id == run.plan.operations[0].id
    assert "install again" in failed.way_out
    assert run.machine.calls == []


def test_a_journal_that_cannot_be_removed_at_the_end_is_a_failure_that_ends_in_seconds(
    run: Run,
) -> None:
    run.machine.fails = ("remove_journal", BOOT)
    failed = run.failure()
    assert failed.id == run.plan.operations[-1].id
    second = again(run, after_power_cut=True)
    assert second.go() is ExitCode.DONE
    assert done_ids(second) == [each.id for each in run.plan.operations if not each.lasting]
    assert second.machine.journals == {}


def test_what_is_open_is_closed_before_the_end_is_told(run: Run) -> None:
    run.machine.fails = ("copy_kernel", "/dev/atomos/a" if run.answers.passphrase else "/dev/vda4")
    emit, told = run.events.append, []

    def watch(event: Event) -> None:
        emit(event)
        if isinstance(event, RunFailed):
            told.append(tuple(run.left))

    run.executor(watch).run(run.plan, samples.IDENTIFIERS)
    assert told == [("/dev/vda",)]


def test_what_stays_open_is_told_beside_the_failure(run: Run) -> None:
    run.machine.fails = ("make_ext4", BOOT)

    def stuck(disk: str) -> None:
        raise InstallError(f"{disk} stays in use", device=disk)

    executor = dataclasses.replace(run.executor(run.events.append), leave=stuck)
    assert executor.run(run.plan, samples.IDENTIFIERS) is ExitCode.FAILED
    *_, notice, failed = run.events
    assert isinstance(notice, Notice)
    assert "/dev/vda stays in use" in notice.text
    assert isinstance(failed, RunFailed)
    assert failed.id == "boot-filesystem"


def test_a_disk_that_could_not_be_freed_is_told_once(run: Run) -> None:
    used = dataclasses.replace(samples.DISK, uses=("swap",))
    run.plan = plan_of(run.answers, used)
    run.machine.holders = ("/dev/vda swap",)
    assert run.failure().id == "free-disk"
    assert run.left == []


def test_a_deed_does_not_go_by_the_name_of_the_disk(answers: Answers) -> None:
    other = dataclasses.replace(samples.DISK, path="/dev/nvme9n1")
    here, there = plan_of(answers), plan_of(answers, other)
    deeds = [[each.deed() for each in plan.operations if each.lasting] for plan in (here, there)]
    assert deeds[0] == deeds[1]
    assert here.digest != there.digest


def test_a_deed_goes_by_what_shapes_the_disk() -> None:
    plan = plan_of(ENCRYPTED)
    changed = 0
    for operation in plan.operations:
        for field in dataclasses.fields(operation):
            value = getattr(operation, field.name)
            if field.metadata.get("deed", True) and isinstance(value, str):
                other = dataclasses.replace(operation, **{field.name: value + "x"})
                assert other.deed() != operation.deed(), (operation.id, field.name)
                changed += 1
    assert changed > 10


def test_a_deed_goes_by_the_sum_of_a_file_and_not_by_the_way_to_it() -> None:
    slots = next(each for each in plan_of(ENCRYPTED).operations if isinstance(each, WriteSlots))
    packed = PackedFile(url="http://10.0.2.3/r/image.zst", size_bytes=1, sha256="0" * 64)
    ways: tuple[dict[str, Any], ...] = (
        {"url": "volume:STICK/image"},
        {"mirrors": ("http://10.0.2.3/r/image",)},
        {"packed": packed},
    )
    for way in ways:
        other = dataclasses.replace(slots, image=dataclasses.replace(slots.image, **way))
        assert other.deed() == slots.deed()
        assert other.digest() != slots.digest()
    other = dataclasses.replace(slots, image=dataclasses.replace(slots.image, sha256="0" * 64))
    assert other.deed() != slots.deed()


def test_a_deed_is_no_oracle_for_a_secret() -> None:
    one, two = (
        AddRecoveryKey(partition="/dev/vda5", passphrase=Secret(word), key=Secret(word))
        for word in ("a", "b")
    )
    assert one.deed() == two.deed()


def test_steps_that_are_done_are_those_up_to_the_first_that_is_not(run: Run) -> None:
    cut_at(run, "slots")
    plan = again(run).plan
    ids = [each.id for each in plan.operations]
    lasting = {each.id for each in plan.operations if each.lasting}
    assert plan.done_already == lasting & set(ids[: ids.index("slots")])
    other = dataclasses.replace(samples.IDENTIFIERS, esp_volume_id="FFFFFFFF")
    wanted = samples.plan(
        wanted=run.answers, at=samples.machine(samples.DISK, STICK), identifiers=other
    )
    assert dataclasses.replace(wanted, resumes=plan.resumes).done_already == {"partition-table"}


def test_operations_that_are_always_done() -> None:
    kept = samples.plan(
        wanted=samples.keeping(passphrase=Secret(samples.PASSPHRASE)),
        at=samples.machine(
            dataclasses.replace(samples.installed(LayoutKind.ENCRYPTED), uses=("swap",))
        ),
        found=samples.installation(luks_uuid=samples.IDENTIFIERS.luks_uuid),
    )
    always = {
        each.id for each in (*kept.operations, *plan_of(ENCRYPTED).operations) if not each.lasting
    }
    assert always == {"free-disk", "partition-table", "luks", "account", "record", "luks-close"}
    assert plan_of(ENCRYPTED).operations[0].lasting, "a new table is a deed"
