"""Runs of encrypted plans, and of those that keep something, against a machine in memory."""

import dataclasses
from pathlib import Path

import pytest

from installer.answers import Keep, LayoutKind
from installer.errors import ExitCode
from installer.events import OperationFinished
from installer.layout import Role
from installer.machinery import Volume, WrittenPartition, WrittenTable
from installer.quantity import GIB
from installer.secret import Secret
from installer.session import Plan
from tests.unit import samples
from tests.unit.fake_machinery import FakeContainer, FakeLuks, FakeMachine, FakeVolumeGroups
from tests.unit.running import Run
from tests.unit.samples import PASSPHRASE, encrypted, installation, installed, keeping, machine

KEY = "cccccccc-bbbbbbbb-dddddddd-eeeeeeee"
UUID = samples.IDENTIFIERS.luks_uuid
STICK = dataclasses.replace(
    samples.STICK,
    path="/dev/sdb",
    ids=("usb-Stick_2",),
    partitions=(samples.stick_partition("/dev/sdb1"),),
)
ENCRYPTED = (
    "free-disk",
    "partition-table",
    "esp",
    "boot-filesystem",
    "luks",
    "volumes",
    "recovery-key",
    "header-backup",
    "data-filesystem",
    "slots",
    "recovery",
    "kernels",
    "boot-state",
    "system-tree",
    "account",
    "settings",
    "boot-menu",
    "bios-core",
    "boot-loader",
    "record",
    "luks-close",
)
KEPT = (
    "partition-table",
    "luks",
    "esp",
    "boot-filesystem",
    "slots",
    "recovery",
    "kernels",
    "boot-state",
    "system-tree",
    "boot-menu",
    "bios-core",
    "boot-loader",
    "record",
    "luks-close",
)


def whole() -> Plan:
    """An encrypted plan with everything that can be in it."""
    used = dataclasses.replace(samples.DISK, uses=("swap",))
    wanted = encrypted(recovery_key=Secret(KEY), header_backup="/dev/sdb1")
    return samples.plan(wanted=wanted, at=machine(used, STICK))


def kept(keep: Keep = Keep.DATA) -> Plan:
    """A plan that keeps the data of an encrypted AtomOS."""
    return samples.plan(
        wanted=keeping(keep=keep, passphrase=Secret(PASSPHRASE)),
        at=machine(installed(LayoutKind.ENCRYPTED)),
        found=installation(luks_uuid=UUID),
    )


def holding(plan: Plan) -> FakeMachine:
    """A machine whose disk is as a plan that keeps something takes it to be."""
    parts = tuple(
        WrittenPartition(
            number=spec.number,
            start_bytes=spec.start_bytes,
            size_bytes=spec.size_bytes,
            type_guid=spec.type_guid,
            label=spec.label,
            guid=spec.guid,
            attribute_bits=(60,),
        )
        for spec in plan.table.partitions
    )
    return FakeMachine(
        table=WrittenTable(disk_guid="its own", partitions=parts),
        container=FakeContainer(uuid=UUID, keys=[Secret(PASSPHRASE)]),
        group=tuple(Volume(name=name, size_bytes=2 * GIB) for name in ("a", "b", "data")),
    )


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(crash_log=tmp_path / "crash.log", plan=whole())


@pytest.fixture
def keep(tmp_path: Path) -> Run:
    plan = kept()
    return Run(crash_log=tmp_path / "crash.log", plan=plan, machine=holding(plan))


def test_everything_is_done_in_order_and_the_container_is_closed(run: Run) -> None:
    assert run.go() is ExitCode.DONE
    assert run.started() == ENCRYPTED
    container = run.machine.container
    assert container.uuid == UUID
    assert container.keys == [Secret(PASSPHRASE), Secret(KEY)]
    assert container.memory_kib == 1 << 20
    assert container.discards
    assert not container.opened
    assert container.copies == {"/dev/sdb1": "atomos-luks-44444444.header"}
    assert ("write_image", "/dev/atomos/a") in run.machine.calls
    assert ("make_btrfs", "/dev/atomos/data") in run.machine.calls


@pytest.mark.parametrize(
    ("id", "method", "device"),
    [
        ("free-disk", "release", "/dev/vda"),
        ("free-disk", "uses", "/dev/vda"),
        ("luks", "luks_format", "/dev/vda5"),
        ("luks", "luks_open", "/dev/vda5"),
        ("luks", "luks_uuid", "/dev/vda5"),
        ("volumes", "make_volumes", "/dev/mapper/atomos"),
        ("volumes", "volumes", "atomos"),
        ("recovery-key", "luks_add_key", "/dev/vda5"),
        ("header-backup", "back_up_header", "/dev/sdb1"),
        ("header-backup", "verify_header_backup", "/dev/sdb1"),
        ("slots", "verify_image", "/dev/atomos/b"),
        ("data-filesystem", "make_btrfs", "/dev/atomos/data"),
    ],
)
def test_each_failure_is_told_and_ends_the_run(run: Run, id: str, method: str, device: str) -> None:
    run.machine.fails = (method, device)
    failed = run.failure()
    operation = next(each for each in run.plan.operations if each.id == id)
    assert failed.id == id
    assert failed.device == operation.device
    assert failed.way_out == operation.way_out() != ""
    assert run.started() == ENCRYPTED[: ENCRYPTED.index(id) + 1]


def test_a_use_that_cannot_be_ended_stops_before_the_first_write(run: Run) -> None:
    run.machine.holders = ("/dev/vda1 md127", "/dev/vda swap")
    failed = run.failure()
    assert failed.what == "/dev/vda is still in use: /dev/vda1 md127; /dev/vda swap"
    assert [name for name, _ in run.machine.calls] == ["release", "uses"]


def test_a_container_that_somebody_still_has_open_is_told(keep: Run) -> None:
    keep.machine.holders = ("/dev/vda1 md127", "/dev/vda5 atomos (open)")
    failed = keep.failure()
    assert (failed.id, failed.what) == (
        "luks-close",
        "/dev/vda5 is still open: /dev/vda5 atomos (open)",
    )


def test_no_event_and_no_digest_holds_a_passphrase_or_key(run: Run) -> None:
    run.go()
    told = run.journal() + repr(run.plan)
    assert PASSPHRASE not in told
    assert KEY not in told
    other = samples.plan(
        wanted=encrypted(
            passphrase=Secret("else"), recovery_key=Secret("other"), header_backup="/dev/sdb1"
        ),
        at=machine(dataclasses.replace(samples.DISK, uses=("swap",)), STICK),
    )
    assert other.digest == run.plan.digest


def test_a_header_that_is_not_what_was_written_is_found(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeLuks, "uuid", lambda *_: "another")
    failed = run.failure()
    assert failed.id == "luks"
    assert failed.what == "the LUKS header on /dev/vda5 is not the one that was written"


@pytest.mark.parametrize(
    ("key", "id", "what"),
    [
        (PASSPHRASE, "luks", "the passphrase does not open /dev/vda5"),
        (KEY, "recovery-key", "the recovery key does not open /dev/vda5"),
    ],
)
def test_a_key_that_does_not_open_is_found(
    run: Run, monkeypatch: pytest.MonkeyPatch, key: str, id: str, what: str
) -> None:
    monkeypatch.setattr(FakeLuks, "opens", lambda _luks, _device, tried: tried != Secret(key))
    failed = run.failure()
    assert (failed.id, failed.what) == (id, what)


@pytest.mark.parametrize(
    ("volumes", "wrong"),
    [
        (("a", "b"), "data"),
        (("a", "b", "data", "old"), "old"),
    ],
)
def test_volumes_that_are_not_those_that_were_made_are_found(
    run: Run, monkeypatch: pytest.MonkeyPatch, volumes: tuple[str, ...], wrong: str
) -> None:
    found = tuple(Volume(name=name, size_bytes=2 * GIB) for name in volumes)
    monkeypatch.setattr(FakeVolumeGroups, "volumes", lambda *_: found)
    failed = run.failure()
    assert failed.what == (
        f"the volumes on /dev/mapper/atomos are not those that were made: {wrong}"
    )


def test_a_volume_of_another_size_is_found(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = tuple(Volume(name=name, size_bytes=GIB) for name in ("a", "b", "data"))
    monkeypatch.setattr(FakeVolumeGroups, "volumes", lambda *_: found)
    assert run.failure().what.endswith(": a, b")


def test_data_are_kept_and_the_container_is_opened_before_the_first_write(keep: Run) -> None:
    assert keep.go() is ExitCode.DONE
    assert keep.started() == KEPT
    done = [name for name, _ in keep.machine.calls]
    assert done.index("luks_open") < done.index("activate") < done.index("make_fat32")
    for never in ("write_table", "luks_format", "make_volumes", "make_btrfs", "fill", "set_up"):
        assert never not in done
    assert ("renew_var", "/dev/atomos/data") in keep.machine.calls
    assert not keep.machine.container.discards, "its header says so already"


def test_var_is_kept_with_the_rest(tmp_path: Path) -> None:
    plan = kept(Keep.DATA_AND_VAR)
    run = Run(crash_log=tmp_path / "crash.log", plan=plan, machine=holding(plan))
    assert run.go() is ExitCode.DONE
    done = {name for name, _ in run.machine.calls}
    assert {"adopt_var", "verify_adopted"} <= done
    assert "renew_var" not in done


def test_a_table_that_changed_since_is_found_before_the_first_write(keep: Run) -> None:
    assert keep.machine.table is not None
    parts = [
        dataclasses.replace(part, start_bytes=7) if part.label == Role.BOOT.value else part
        for part in keep.machine.table.partitions
    ]
    keep.machine.table = WrittenTable(disk_guid="x", partitions=tuple(parts))
    failed = keep.failure()
    assert failed.id == "partition-table"
    assert failed.what == (
        "the table on /dev/vda is not the one that was planned by: partition 3 (atomos-boot)"
    )
    assert [name for name, _ in keep.machine.calls] == ["read_table"]


def test_another_container_in_the_place_of_the_kept_one_is_found(keep: Run) -> None:
    keep.machine.container.uuid = "another"
    failed = keep.failure()
    assert failed.what == "the LUKS header on /dev/vda5 is not the one that was seen before"
    assert "make_fat32" not in {name for name, _ in keep.machine.calls}


def test_a_volume_that_is_gone_is_found(keep: Run) -> None:
    keep.machine.group = keep.machine.group[:1]
    assert keep.failure().what == "/dev/vda5 lacks the volumes b, data"


@pytest.mark.parametrize(
    ("id", "method", "device"),
    [
        ("luks", "activate", "atomos"),
        ("system-tree", "verify_contract", "/dev/atomos/a"),
        ("system-tree", "renew_var", "/dev/atomos/data"),
        ("system-tree", "verify_renewed", "/dev/atomos/data"),
        ("luks-close", "deactivate", "atomos"),
        ("luks-close", "luks_close", "atomos"),
    ],
)
def test_failures_with_kept_data(keep: Run, id: str, method: str, device: str) -> None:
    keep.machine.fails = (method, device)
    failed = keep.failure()
    assert failed.id == id
    assert failed.way_out
    assert id not in {each.id for each in keep.events if isinstance(each, OperationFinished)}
