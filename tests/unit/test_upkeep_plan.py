"""The plan of an update: its steps and their order, and all that speaks against it."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from installer.answers import LayoutKind, Source
from installer.boot_state import RECOVERY, BootState, SlotState
from installer.contract import CommandLines, ImageKind
from installer.errors import ExitCode, InstallError, Problem, Refused
from installer.executor import Executor
from installer.hardware import Disk, Machine
from installer.release import Release
from installer.session import Plan
from installer.stop import Stop
from installer.upkeep.execution import NoSteps
from installer.upkeep.kept import kept_release, kept_wish
from installer.upkeep.problems import is_there_already
from installer.upkeep.system import System
from installer.upkeep.update_plan import make_update_plan
from installer.upkeep.update_words import words_of
from installer.upkeep.wish import Wish
from tests.unit import samples, upkeep_samples
from tests.unit.fake_machinery import FakeMachine
from tests.unit.upkeep_samples import GOOD

STEPS = ("slot", "slot-contract", "kernels", "boot-menu", "boot-state")
BEFORE_IT_IS_TOUCHED = (("open_target", "/dev/vda5"), ("close_slot", "/dev/vda3"))
FAILURES = (
    ("read_state", "/dev/vda3"),
    ("write_image", "/dev/vda5"),
    ("verify_image", "/dev/vda5"),
    ("verify_contract", "/dev/vda5"),
    ("copy_kernel", "/dev/vda5"),
    ("verify_kernel", "/dev/vda5"),
    ("replace_menu", "/dev/vda3"),
    ("read_menu", "/dev/vda3"),
    ("open_slot", "/dev/vda3"),
)


def plan(
    system: System | None = None,
    machine: Machine | None = None,
    release: Release | Refused | None = None,
    wish: Wish | None = None,
) -> Plan:
    return make_update_plan(
        wish or upkeep_samples.wish(),
        system or upkeep_samples.system(),
        machine or upkeep_samples.machine(),
        release or upkeep_samples.newer(),
    )


def run(machine: FakeMachine, folder: Path, plan: Plan) -> ExitCode:
    return Executor(
        machinery=machine.machinery(),
        emit=lambda _event: None,
        journal_text=str,
        journal=NoSteps(),
        leave=lambda _disk: None,
        stop=Stop(),
        crash_log=folder / "crash.log",
    ).run(plan, None)


def updated_machine() -> FakeMachine:
    # Both were good, and B comes first, as after an earlier update that was gone back on.
    return FakeMachine(state=BootState(order=("b", "a"), a=GOOD, b=GOOD))


def test_the_steps_and_what_they_need() -> None:
    made = plan()
    assert tuple(each.id for each in made.operations) == STEPS
    done: set[str] = set()
    for operation in made.operations:
        assert set(operation.needs) & set(STEPS) <= done
        done.add(operation.id)
    assert made.destroys == ("AtomOS Debian 0.1.0 in Root B",)
    assert made.system == "AtomOS Debian 0.2.0 for x86-64"
    assert made.writes_bytes == upkeep_samples.newer().image.size_bytes


def test_nothing_of_what_runs_is_touched(tmp_path: Path) -> None:
    machine = updated_machine()
    assert run(machine, tmp_path, plan()) is ExitCode.DONE
    assert {device for _name, device in machine.calls} == {"/dev/vda3", "/dev/vda5"}
    assert machine.state == BootState(order=("b", "a"), a=GOOD, b=SlotState())


@pytest.mark.parametrize(("name", "device"), FAILURES)
def test_wherever_it_ends_early_what_runs_starts_next(
    tmp_path: Path, name: str, device: str
) -> None:
    machine = updated_machine()
    machine.fails = (name, device)
    assert run(machine, tmp_path, plan()) is ExitCode.FAILED
    assert machine.state is not None
    assert machine.state.choice(has_recovery=True) == "a"
    assert machine.state.b == SlotState(tries=0)
    machine.fails = None
    assert run(machine, tmp_path, plan()) is ExitCode.DONE
    assert machine.state.choice(has_recovery=True) == "b"


@pytest.mark.parametrize(("name", "device"), BEFORE_IT_IS_TOUCHED)
def test_until_its_first_byte_changes_the_spare_slot_is_what_it_was(
    tmp_path: Path, name: str, device: str
) -> None:
    """It is known good, and one may want to go back to it."""
    machine = updated_machine()
    machine.fails = (name, device)
    assert run(machine, tmp_path, plan()) is ExitCode.FAILED
    assert machine.state == updated_machine().state
    assert ("write_image", "/dev/vda5") not in machine.calls


def test_a_slot_that_has_the_image_already_is_what_it_was_until_it_comes_first(
    tmp_path: Path,
) -> None:
    """As after `atomos rollback` to the older one."""
    b = upkeep_samples.slot("b", samples.contract(version="0.2.0"))
    state = BootState(a=GOOD, b=GOOD)
    machine = FakeMachine(state=state, fails=("copy_kernel", "/dev/vda5"))
    assert run(machine, tmp_path, plan(upkeep_samples.system(b=b, state=state))) is ExitCode.FAILED
    assert machine.state == state
    machine.fails = None
    assert run(machine, tmp_path, plan(upkeep_samples.system(b=b, state=state))) is ExitCode.DONE
    assert machine.state == BootState(order=("b", "a"), a=GOOD)


def test_what_is_asked_of_recovery_is_done_before_the_new_image_starts(tmp_path: Path) -> None:
    """`atomos reset everything` may be what it was asked for."""
    state = dataclasses.replace(upkeep_samples.STATE, once=RECOVERY)
    made = plan(upkeep_samples.system(state=state))
    machine = FakeMachine(state=state)
    assert run(machine, tmp_path, made) is ExitCode.DONE
    assert machine.state is not None
    assert machine.state.choice(has_recovery=True) == RECOVERY
    assert machine.state.forgotten() == BootState(order=("b", "a"), a=GOOD)
    assert made.operations[-1].sentence().endswith("once Recovery has started")
    words = words_of([each.id for each in made.operations]).finished
    assert "Recovery starts next, as was asked for, and this after it." in words
    assert plan(upkeep_samples.system(state=state, recovery=None)).operations[-1].id == STEPS[-1]


@pytest.mark.parametrize("once", ["a", "b"])
def test_another_slot_that_was_asked_for_once_is_forgotten(tmp_path: Path, once: str) -> None:
    state = dataclasses.replace(upkeep_samples.STATE, once=once)
    machine = FakeMachine(state=state)
    assert run(machine, tmp_path, plan(upkeep_samples.system(state=state))) is ExitCode.DONE
    assert machine.state == BootState(order=("b", "a"), a=GOOD)


def test_what_was_downloaded_is_started_without_the_release(tmp_path: Path) -> None:
    """It is read first, by what was written down of it, and nothing of it is written."""
    system = upkeep_samples.downloaded()
    wish = kept_wish(upkeep_samples.wish(), system)
    assert wish is not None
    made = plan(system, release=kept_release(system), wish=wish)
    assert tuple(each.id for each in made.operations) == STEPS
    assert (made.destroys, made.writes_bytes, made.signed_by) == ((), 0, None)
    assert made.notices[0].startswith("The release cannot be reached: the image that was down")
    assert made.notices[0].endswith("when it came, signed by Releases (ABC).")
    machine = FakeMachine(state=system.state)
    assert run(machine, tmp_path, made) is ExitCode.DONE
    assert machine.state == BootState(order=("b", "a"), a=GOOD)
    called = [name for name, _device in machine.calls]
    assert called[:2] == ["holds_image", "verify_image"]
    assert not {"write_image", "write_changed"} & {*called}
    assert f"roothash={'f' * 64} " in machine.menu


def test_what_was_downloaded_and_is_spoilt_is_not_started(tmp_path: Path) -> None:
    system = upkeep_samples.downloaded()
    machine = FakeMachine(state=system.state, spoilt=True)
    made = plan(system, release=kept_release(system), wish=upkeep_samples.wish(kept=True))
    assert run(machine, tmp_path, made) is ExitCode.FAILED
    assert machine.state == system.state


NOTHING_KEPT: dict[str, tuple[System, Wish]] = {
    "not downloaded": (upkeep_samples.system(), upkeep_samples.wish()),
    "nothing written down": (
        upkeep_samples.downloaded(
            b=dataclasses.replace(upkeep_samples.downloaded().b, record=None)
        ),
        upkeep_samples.wish(),
    ),
    "another version": (
        upkeep_samples.downloaded(),
        upkeep_samples.wish(source=Source(url="http://10.0.2.2/r", version="0.3.0")),
    ),
    "Recovery": (upkeep_samples.downloaded(), upkeep_samples.wish(recovery=True)),
    "an image of one's own": (upkeep_samples.downloaded(), upkeep_samples.wish(image="/x")),
}


@pytest.mark.parametrize("name", NOTHING_KEPT)
def test_where_nothing_was_downloaded_that_could_be_meant(name: str) -> None:
    system, wish = NOTHING_KEPT[name]
    assert kept_wish(wish, system) is None


def test_what_is_gone_meanwhile_is_refused() -> None:
    with pytest.raises(Refused, match="Root B holds nothing of which it was written down"):
        kept_release(upkeep_samples.system())


def test_a_way_out_of_every_step_says_what_is_left() -> None:
    for operation in plan().operations:
        assert operation.sentence()
        assert operation.way_out()
        assert "nstall again" not in operation.way_out()


def test_an_encrypted_disk_s_slot_is_its_volume() -> None:
    system = upkeep_samples.system(LayoutKind.ENCRYPTED)
    devices = {each.device for each in plan(system).operations}
    assert devices == {"/dev/vda3", "/dev/atomos/b"}


def test_the_digest_says_what_is_written_and_who_signed() -> None:
    assert plan().digest == plan().digest
    other = upkeep_samples.newer(signed_by="Somebody Else (DEF)")
    assert plan(release=other).digest != plan().digest


def test_an_unsigned_release_that_is_allowed_is_told_first() -> None:
    wish = upkeep_samples.wish(source=Source(url="http://10.0.2.2/r", allow_unsigned=True))
    made = plan(release=upkeep_samples.newer(signed_by=None), wish=wish)
    assert made.notices[0].startswith("UNSIGNED: ")


def with_disk(change: Callable[[Disk], Disk]) -> System:
    running = upkeep_samples.running()
    return upkeep_samples.system(running=dataclasses.replace(running, disk=change(running.disk)))


def mounted(disk: Disk) -> Disk:
    parts = tuple(
        dataclasses.replace(part, uses=("mounted on /boot",)) if part.number == 3 else part
        for part in disk.partitions
    )
    return dataclasses.replace(disk, partitions=parts)


SYSTEMS = {
    "no boot state": (upkeep_samples.system(blocks_valid=(False, False)), "missing or damaged"),
    "half a boot state": (upkeep_samples.system(blocks_valid=(True, False)), "missing or damaged"),
    "no menu": (upkeep_samples.system(menu=""), "missing or damaged"),
    "first minute": (
        upkeep_samples.system(state=dataclasses.replace(upkeep_samples.STATE, started="a")),
        "not known yet to have come up",
    ),
    "not good": (upkeep_samples.system(state=BootState(b=GOOD)), "would be all that is left"),
    "/boot full": (upkeep_samples.system(boot_free_bytes=1), "a new kernel needs 60 MiB"),
    "/boot mounted": (with_disk(mounted), "boot partition is in use: /dev/vda3 mounted on /boot"),
    "slot mounted": (
        upkeep_samples.system(b=upkeep_samples.slot("b", uses=("mounted on /mnt", "swap"))),
        "Root B, which would be written, is in use: /dev/vda5 mounted on /mnt, swap",
    ),
    "read-only": (
        with_disk(lambda disk: dataclasses.replace(disk, read_only=True)),
        "cannot be written to",
    ),
    "slot too small": (
        upkeep_samples.system(
            b=dataclasses.replace(upkeep_samples.slot("b"), size_bytes=600 << 20)
        ),
        "The image has 700 MiB, and Root B has room for 600 MiB",
    ),
    "menu of somebody else": (upkeep_samples.system(menu="x"), "cannot be brought to"),
}
RELEASES: dict[str, tuple[Release | Refused, str]] = {
    "older": (upkeep_samples.newer("0.0.9"), "0.1.0 runs, which is newer"),
    "unsigned": (upkeep_samples.newer(signed_by=None), "is unsigned"),
    "another architecture": (
        upkeep_samples.newer(architecture="arm64"),
        "is for arm64, and this machine is x86-64",
    ),
    "a live image": (
        upkeep_samples.newer(contract=samples.contract(kind=ImageKind.LIVE)),
        "is a live image",
    ),
    "no hash tree": (upkeep_samples.newer(verity=None), "is not there or of another image"),
    "not for partitions": (
        upkeep_samples.newer(contract=samples.contract(command_lines=CommandLines())),
        "cannot be started from a plain partition",
    ),
    "not there": (Refused.because("404.", "Look."), "404."),
    "a word that nobody fills in": (
        upkeep_samples.newer(
            contract=samples.contract(command_lines=CommandLines(plain="x={recovery.partuuid}"))
        ),
        "cannot be brought to the new image",
    ),
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_what_of_the_system_is_in_the_way(name: str) -> None:
    system, words = SYSTEMS[name]
    with pytest.raises(Refused, match=words) as caught:
        plan(system)
    assert len(caught.value.problems) == 1
    assert all(each.way_out for each in caught.value.problems)


@pytest.mark.parametrize("name", RELEASES)
def test_what_of_the_release_is_in_the_way(name: str) -> None:
    release, words = RELEASES[name]
    with pytest.raises(Refused, match=words):
        plan(release=release)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"root": False}, "rights of root"),
        ({"missing_tools": ("losetup",)}, "lacks losetup"),
        ({"architecture": "arm64"}, "is for x86-64"),
    ],
)
def test_what_of_the_machine_is_in_the_way(changes: dict[str, object], words: str) -> None:
    with pytest.raises(Refused, match=words):
        plan(machine=dataclasses.replace(upkeep_samples.machine(), **changes))  # type: ignore[arg-type]


def test_secure_boot() -> None:
    unsigned = upkeep_samples.newer(contract=samples.contract(secure_boot=False))
    with pytest.raises(Refused, match="Secure Boot is on"):
        plan(machine=upkeep_samples.machine(secure_boot=True), release=unsigned)
    assert plan(machine=upkeep_samples.machine(secure_boot=True))


def test_all_problems_come_together() -> None:
    system = upkeep_samples.system(boot_free_bytes=1)
    with pytest.raises(Refused) as caught:
        plan(system, release=upkeep_samples.newer("0.0.9", signed_by=None, architecture="arm64"))
    assert len(caught.value.problems) == 4
    missing = Refused((Problem(what="404.", way_out="Look."),))
    with pytest.raises(Refused) as caught:
        plan(system, release=missing)
    assert [each.what for each in caught.value.problems][1:] == ["404."]


def test_an_older_one_that_is_meant_is_taken() -> None:
    assert plan(release=upkeep_samples.newer("0.0.9"), wish=upkeep_samples.wish(any_version=True))


def test_a_system_that_was_changed_by_hand_stays_installable() -> None:
    """B holds nothing: nothing is lost then, and it is as good a place for a system."""
    empty = dataclasses.replace(upkeep_samples.slot("b"), contract=None, fault="empty")
    assert plan(upkeep_samples.system(b=empty)).destroys == ()


def test_what_is_here_already() -> None:
    system = upkeep_samples.system()
    assert is_there_already(upkeep_samples.newer("0.1.0"), system)
    assert not is_there_already(upkeep_samples.newer(), system)
    b = upkeep_samples.slot("b", samples.contract(version="0.2.0"))
    waiting = BootState(order=("b", "a"), a=GOOD)
    assert is_there_already(upkeep_samples.newer(), upkeep_samples.system(b=b, state=waiting))
    later = waiting.next_once(RECOVERY)
    assert is_there_already(upkeep_samples.newer(), upkeep_samples.system(b=b, state=later))
    cut_off = waiting.closed("b")
    assert not is_there_already(upkeep_samples.newer(), upkeep_samples.system(b=b, state=cut_off))
    gone_back = upkeep_samples.system(b=b, state=BootState(a=GOOD, b=GOOD))
    assert not is_there_already(upkeep_samples.newer(), gone_back)


def test_a_state_that_did_not_stay_is_found() -> None:
    machine = updated_machine()
    context_machine = machine.machinery()
    operation = plan().operations[-1]

    class Context:
        machinery = context_machine

    with pytest.raises(InstallError, match="is not what was written"):
        operation.verify(Context())  # type: ignore[arg-type]
