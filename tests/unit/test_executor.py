"""Runs against a machine in memory: what is told, and what happens when something fails."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from installer.answers_connection import Network
from installer.answers_software import Software
from installer.boot_state import BootState
from installer.errors import ExitCode, InstallError
from installer.events import (
    FINAL,
    Event,
    Notice,
    OperationFinished,
    OperationStarted,
    PlanMade,
    Progress,
    RunFinished,
    RunInterrupted,
    RunStarted,
    to_line,
)
from installer.hardware import Contents, Firmware
from installer.machinery import WrittenTable
from installer.quantity import MIB
from installer.secret import Secret
from installer.session import Plan
from tests.unit import samples
from tests.unit.fake_machinery import LAST_WORDS, FakeMachine
from tests.unit.running import Run

IDS = (
    "partition-table",
    "esp",
    "boot-filesystem",
    "data-filesystem",
    "slots",
    "recovery",
    "kernels",
    "boot-state",
    "system-tree",
    "account",
    "settings",
    "network",
    "home",
    "flatpaks",
    "boot-menu",
    "bios-core",
    "boot-loader",
    "home-now",
    "record",
)
FAILURES = (
    ("partition-table", "write_table", "/dev/vda"),
    ("partition-table", "read_table", "/dev/vda"),
    ("esp", "make_fat32", "/dev/vda2"),
    ("esp", "contents", "/dev/vda2"),
    ("boot-filesystem", "make_ext4", "/dev/vda3"),
    ("boot-filesystem", "contents", "/dev/vda3"),
    ("data-filesystem", "make_btrfs", "/dev/vda7"),
    ("data-filesystem", "contents", "/dev/vda7"),
    ("data-filesystem", "subvolumes", "/dev/vda7"),
    ("slots", "write_image", "/dev/vda4"),
    ("slots", "verify_image", "/dev/vda4"),
    ("slots", "verify_image", "/dev/vda5"),
    ("recovery", "verify_image", "/dev/vda6"),
    ("kernels", "copy_kernel", "/dev/vda4"),
    ("kernels", "copy_kernel", "/dev/vda5"),
    ("kernels", "verify_kernel", "/dev/vda5"),
    ("boot-state", "reset_slots", "/dev/vda3"),
    ("boot-state", "read_state", "/dev/vda3"),
    ("system-tree", "verify_contract", "/dev/vda4"),
    ("system-tree", "fill", "/dev/vda7"),
    ("system-tree", "verify_filled", "/dev/vda7"),
    ("account", "add_user", "/dev/vda7"),
    ("account", "verify_user", "/dev/vda7"),
    ("settings", "set_up", "/dev/vda7"),
    ("settings", "verify_set_up", "/dev/vda7"),
    ("network", "set_network", "/dev/vda7"),
    ("network", "verify_network", "/dev/vda7"),
    ("home", "ask_for_home", "/dev/vda7"),
    ("home", "verify_home", "/dev/vda7"),
    ("flatpaks", "ask_for_flatpaks", "/dev/vda7"),
    ("flatpaks", "verify_flatpaks", "/dev/vda7"),
    ("boot-menu", "write_menu", "/dev/vda3"),
    ("boot-menu", "read_menu", "/dev/vda3"),
    ("bios-core", "install_bios_core", "/dev/vda1"),
    ("bios-core", "verify_bios_core", "/dev/vda1"),
    ("boot-loader", "install_loaders", "/dev/vda2"),
    ("boot-loader", "verify_loaders", "/dev/vda2"),
    ("home-now", "set_up_home_now", "/dev/vda7"),
    ("home-now", "verify_home_now", "/dev/vda7"),
    ("record", "keep_record", "/dev/vda7"),
    ("record", "read_record", "/dev/vda7"),
)
WITH_WIFI = samples.answers(network=Network(ssid="Home", passphrase=Secret("swordfish")))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(crash_log=tmp_path / "crash.log", plan=whole_plan())


def whole_plan(**changes: object) -> Plan:
    """With all that an image may be able to do."""
    contract = samples.contract(home_manager=True, flatpak=True)
    wanted = dataclasses.replace(WITH_WIFI, software=Software(flatpaks=("org.example.App",)))
    return samples.plan(wanted=wanted, of=samples.release(contract=contract), **changes)  # type: ignore[arg-type]


def test_everything_is_done_in_order_and_told(run: Run) -> None:
    assert run.go() is ExitCode.DONE
    assert run.started() == IDS
    assert isinstance(run.events[0], RunStarted)
    assert tuple(step.id for step in run.events[0].steps) == IDS
    assert isinstance(run.events[1], PlanMade)
    assert run.events[1].identifiers == samples.IDENTIFIERS
    assert isinstance(run.events[-1], RunFinished)
    assert sum(isinstance(each, FINAL) for each in run.events) == 1


def test_a_finished_operation_carries_the_digest_of_its_fields(run: Run) -> None:
    run.go()
    told = {each.id: each.digest for each in run.events if isinstance(each, OperationFinished)}
    assert told == {each.id: each.digest() for each in run.plan.operations}


@pytest.mark.parametrize(("id", "method", "device"), FAILURES)
def test_each_failure_is_told_and_ends_the_run(run: Run, id: str, method: str, device: str) -> None:
    run.machine.fails = (method, device)
    failed = run.failure()
    operation = next(each for each in run.plan.operations if each.id == id)
    assert failed.id == id
    assert failed.device == operation.device
    assert failed.what == f"tool-for-{method} ended with status 1"
    assert failed.tool_words == f"$ tool-for-{method} --loud {device}\n{LAST_WORDS}"
    assert failed.way_out == operation.way_out() != ""
    assert run.started() == IDS[: IDS.index(id) + 1]
    assert id not in {each.id for each in run.events if isinstance(each, OperationFinished)}


def test_every_operation_has_a_failure_of_its_deed_and_of_its_verification(run: Run) -> None:
    counted = {id: sum(each[0] == id for each in FAILURES) for id in IDS}
    assert {id for id, count in counted.items() if count < 2} == {"recovery"}


def test_a_machine_that_was_started_by_bios_has_no_list_of_starters(run: Run) -> None:
    run.plan = samples.plan(at=samples.machine(firmware=Firmware.BIOS))
    run.machine.nvram_refusal = "there is none"
    assert run.go() is ExitCode.DONE
    assert "register" not in {name for name, _ in run.machine.calls}
    assert ("install_loaders", "/dev/vda2") in run.machine.calls


def test_loaders_go_onto_an_esp_without_traces_of_an_earlier_try(run: Run) -> None:
    run.go()
    calls = [name for name, device in run.machine.calls if device == "/dev/vda2"]
    assert calls[calls.index("install_loaders") - 1] == "make_fat32"


def test_recovery_that_can_be_had_from_nowhere_fails(run: Run) -> None:
    nowhere = dataclasses.replace(samples.machine(), medium=None)
    run.plan = samples.plan(at=nowhere)
    run.machine.fails = ("write_image", "/dev/vda6")
    assert run.failure().id == "recovery"


def test_a_medium_that_is_not_the_release_s_is_passed_over(run: Run) -> None:
    run.machine.fails = ("copy_device", "/dev/vda6")
    run.machine.breaks = InstallError("its SHA-256 is another")
    assert run.go() is ExitCode.DONE
    assert ("write_image", "/dev/vda6") in run.machine.calls
    (notice,) = (
        each.text for each in run.events if isinstance(each, Notice) and "medium" in each.text
    )
    assert "its SHA-256 is another" in notice
    assert samples.LIVE.url in notice


def test_a_firmware_that_takes_no_entry_does_not_fail_the_run(run: Run) -> None:
    run.machine.nvram_refusal = "the variable store is full"
    assert run.go() is ExitCode.DONE
    told = [each.text for each in run.events if isinstance(each, Notice)]
    assert any("the variable store is full" in text for text in told)


def test_a_home_that_cannot_be_set_up_does_not_fail_the_run(run: Run) -> None:
    run.machine.home_refusal = "the home seed is damaged."
    assert run.go() is ExitCode.DONE
    told = [each.text for each in run.events if isinstance(each, Notice)]
    wanted = "The home of ada is set up at the first login: the home seed is damaged."
    assert told[-1] == wanted


def test_an_error_s_own_device_and_way_out_win(run: Run) -> None:
    run.machine.fails = ("write_image", "/dev/vda4")
    run.machine.breaks = InstallError("broken", device="/dev/vda5", way_out="Buy a new one.")
    failed = run.failure()
    assert (failed.device, failed.way_out) == ("/dev/vda5", "Buy a new one.")


def test_an_unexpected_error_leaves_its_traceback_in_a_named_file(run: Run) -> None:
    run.machine.fails = ("add_user", "/dev/vda7")
    run.machine.breaks = RuntimeError("nobody saw this coming")
    failed = run.failure()
    assert failed.id == "account"
    assert "RuntimeError" in failed.what
    assert "Traceback" not in to_line(failed)
    assert str(run.crash_log) in failed.way_out
    assert "nobody saw this coming" in run.crash_log.read_text()


def wrong_table(machine: FakeMachine) -> None:
    assert machine.table is not None
    first = dataclasses.replace(machine.table.partitions[0], label="else")
    machine.table = WrittenTable(
        disk_guid=machine.table.disk_guid, partitions=(first, *machine.table.partitions[1:])
    )


def extra_partition(machine: FakeMachine) -> None:
    assert machine.table is not None
    extra = dataclasses.replace(machine.table.partitions[0], number=9)
    machine.table = dataclasses.replace(
        machine.table, partitions=(*machine.table.partitions, extra)
    )


def other_disk(machine: FakeMachine) -> None:
    assert machine.table is not None
    machine.table = dataclasses.replace(machine.table, disk_guid="else")


def wrong_label(machine: FakeMachine) -> None:
    machine.held["/dev/vda3"] = Contents(kind="ext4", label="else", uuid="else")


def nothing_there(machine: FakeMachine) -> None:
    machine.held.pop("/dev/vda2", None)


def no_home(machine: FakeMachine) -> None:
    machine.volumes["/dev/vda7"] = ("@var", "@nix", "@snapshots")


def no_record(machine: FakeMachine) -> None:
    machine.record = ""


def old_state(machine: FakeMachine) -> None:
    machine.state = BootState().begun("a")


def wrong_menu(machine: FakeMachine) -> None:
    machine.menu = "else"


@pytest.mark.parametrize(
    ("id", "damage", "words"),
    [
        ("partition-table", wrong_table, "partition 1 (atomos-bios)"),
        ("partition-table", extra_partition, "partition 9"),
        ("partition-table", other_disk, "the disk's GUID"),
        ("esp", nothing_there, "/dev/vda2 holds nothing instead of vfat ATOMOS-ESP"),
        ("boot-filesystem", wrong_label, "/dev/vda3 holds ext4 else"),
        ("data-filesystem", no_home, "/dev/vda7 lacks the subvolumes @home"),
        ("boot-state", old_state, "what /dev/vda3 says of the slots is not what was written"),
        ("boot-menu", wrong_menu, "not the one that was written"),
        ("record", no_record, "not what was written"),
    ],
)
def test_what_is_not_on_the_disk_is_found(
    run: Run, id: str, damage: Callable[[FakeMachine], None], words: str
) -> None:
    operation = next(each for each in run.plan.operations if each.id == id)

    @dataclass(frozen=True, kw_only=True)
    class Damaged(type(operation)):  # type: ignore[misc]
        """Its deed, and then the disk changes by itself."""

        def apply(self, context: object) -> None:
            super().apply(context)
            damage(run.machine)

    fields = {each.name: getattr(operation, each.name) for each in dataclasses.fields(operation)}
    operations = tuple(
        Damaged(**fields) if each is operation else each for each in run.plan.operations
    )
    run.plan = dataclasses.replace(run.plan, operations=operations)
    failed = run.failure()
    assert failed.id == id
    assert words in failed.what


def test_progress_counts_reading_back_too_and_ends_at_its_total(run: Run) -> None:
    run.go()
    told = [each for each in run.events if isinstance(each, Progress) and each.id == "slots"]
    whole = 4 * 690 * MIB
    assert {each.total_bytes for each in told} == {whole}
    assert told[-1].done_bytes == whole
    done = [each.done_bytes for each in told]
    assert done == sorted(done)


def test_a_stop_between_operations_begins_no_other(run: Run) -> None:
    run.stop.ask()
    assert run.go() is ExitCode.INTERRUPTED
    assert run.started() == ()
    assert isinstance(run.events[-1], RunInterrupted)
    assert run.machine.calls == []


def test_a_stop_inside_an_operation_ends_it_where_it_tells_progress(run: Run) -> None:
    emit = run.events.append

    def stop_when_slots_begin(event: Event) -> None:
        emit(event)
        if isinstance(event, OperationStarted) and event.id == "slots":
            run.stop.ask()

    executor = run.executor(stop_when_slots_begin)
    assert executor.run(run.plan, samples.IDENTIFIERS) is ExitCode.INTERRUPTED
    last = run.events[-1]
    assert isinstance(last, RunInterrupted)
    assert last.id == "slots"
    assert ("write_image", "/dev/vda4") not in run.machine.calls


def test_the_record_holds_what_happened_until_then(run: Run) -> None:
    run.go()
    lines = run.machine.record.splitlines()
    assert '"run-started"' in lines[0]
    assert '"home-now"' in lines[-2]
    assert '"record"' in lines[-1]


def test_no_event_holds_the_password(run: Run) -> None:
    run.go()
    assert samples.SECRET not in run.journal()
    assert "swordfish" not in run.journal()
    assert run.machine.network == WITH_WIFI.network
    assert run.machine.users[0].password is not None
    assert run.machine.users[0].password.reveal() == samples.SECRET
