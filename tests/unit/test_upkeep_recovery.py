"""Recovery brought to a newer release: the plan, the menu after each step, and what is refused."""

import dataclasses
import json
from pathlib import Path

import pytest

from installer.answers import Source
from installer.boot_state import RECOVERY, BootState, SlotState
from installer.contract import CommandLines, Contract
from installer.errors import ExitCode, Refused
from installer.grub_menu import RecoveryEntry, menu
from installer.hardware import Machine
from installer.quantity import GIB
from installer.recovery_entry import (
    has_recovery,
    recovery_words,
    starts_by_itself,
    with_recovery,
)
from installer.release import Release
from installer.session import Plan
from installer.slot_records import SlotRecord, records_in
from installer.upkeep.recovery_operations import OpenRecovery, RenewRecovery
from installer.upkeep.recovery_plan import make_recovery_plan
from installer.upkeep.recovery_problems import is_recovery_there
from installer.upkeep.status import as_json, describe, recovery_as_json
from installer.upkeep.status import recovery_words as told
from installer.upkeep.switching import once
from installer.upkeep.system import RecoveryFound, System
from installer.upkeep.wish import Wish
from tests.unit import samples, upkeep_samples
from tests.unit.fake_machinery import FakeMachine
from tests.unit.test_upkeep_cli import URL, World, world
from tests.unit.test_upkeep_plan import run
from tests.unit.upkeep_samples import GOOD

__all__ = ["world"]
NEWER = dataclasses.replace(
    samples.live_contract(),
    version="0.2.0",
    command_lines=CommandLines(recovery="atomos.live=PARTUUID={recovery.partuuid} calm"),
)
SIGNED = SlotRecord(version="0.2.0", signed_by="Releases (ABC)")
STEPS = (
    *("recovery", "recovery-contract", "boot-menu"),
    *("boot-loader-kept", "boot-loader"),
)
CONSOLES = ("console=tty0", "console=ttyS0,115200")


def newer(contract: Contract | None = NEWER, **changes: object) -> Release:
    """A signed release with a live image."""
    base = upkeep_samples.newer(live_contract=contract, live_contract_sha256="7" * 64)
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def plan(
    system: System | None = None,
    machine: Machine | None = None,
    release: Release | None = None,
    **wish: object,
) -> Plan:
    return make_recovery_plan(
        upkeep_samples.wish(recovery=True, **wish),
        system or upkeep_samples.system(),
        machine or upkeep_samples.machine(),
        release or newer(),
    )


def menus(made: Plan) -> tuple[str, str]:
    """While Recovery is written, and afterwards."""
    (closed,) = (each.menu for each in made.operations if isinstance(each, RenewRecovery))
    (opened,) = (each.menu for each in made.operations if isinstance(each, OpenRecovery))
    return closed, opened


def cut_off(made: Plan, contract: Contract | None = None) -> System:
    """What is found after the power went while Recovery was written."""
    found = RecoveryFound(contract=contract, fault="no ISO", whole=False)
    return upkeep_samples.system(menu=menus(made)[0], recovery=found)


def test_the_steps_and_the_menu_after_them() -> None:
    made = plan()
    assert tuple(each.id for each in made.operations) == STEPS
    assert made.system == "AtomOS live 0.2.0 for x86-64"
    assert made.writes_bytes == samples.LIVE.size_bytes
    closed, opened = menus(made)
    assert (starts_by_itself(closed), starts_by_itself(opened)) == (False, True)
    guid = next(p.guid for p in upkeep_samples.disk().partitions if p.label == "atomos-recovery")
    line = (f"atomos.live=PARTUUID={guid}", "calm", "rd.vconsole.keymap=de", *CONSOLES)
    # This image has no template for the keyboard: nothing of one is made up.
    assert recovery_words(opened) == tuple(each for each in line if "keymap" not in each)
    assert recovery_words(closed) == recovery_words(opened)
    assert opened.count(" calm console=tty0 console=ttyS0,115200 atomos.speech\n") == 1
    assert RECOVERY not in records_in(closed)
    assert records_in(opened)[RECOVERY] == SIGNED
    before, after = upkeep_samples.menu().splitlines(), opened.splitlines()
    changed = [line for line in after if line not in before]
    assert len(changed) == 3, changed


def test_the_keyboard_goes_on_where_the_new_image_has_a_template_for_it() -> None:
    lines = CommandLines(recovery="a={recovery.partuuid}", keymap="keys={keymap}")
    made = plan(release=newer(dataclasses.replace(NEWER, command_lines=lines)))
    assert "keys=de" in recovery_words(menus(made)[1])


def test_what_the_owner_added_goes_on() -> None:
    menu = upkeep_samples.menu().replace(" quiet rd.vconsole", " quiet nomodeset rd.vconsole")
    system = upkeep_samples.system(menu=menu)
    assert recovery_words(menus(plan(system))[1])[-3:] == ("nomodeset", *CONSOLES)


def test_after_a_cut_the_same_line_is_made_again() -> None:
    made = plan()
    again = plan(cut_off(made))
    assert menus(again) == menus(made)


def test_a_menu_without_an_entry_gets_one_where_the_installer_has_it() -> None:
    entry = RecoveryEntry(
        partition_number=6, kernel="/live/vmlinuz", initrd="/live/initrd", command_line="x=1"
    )
    without = menu(a="a=1", b="b=1", recovery=None, serial_console=None)
    with_it = menu(a="a=1", b="b=1", recovery=entry, serial_console=None)
    assert not has_recovery(without)
    assert with_recovery(without, entry, by_itself=True) == with_it
    assert with_recovery(with_it, entry, by_itself=True) == with_it
    own = f'{without}\nmenuentry "mine" {{\n  true\n}}\n'
    assert with_recovery(own, entry, by_itself=True).startswith(with_it)


@pytest.mark.parametrize("spoilt", ["", "set atomos_recovery=yes\n" * 2])
def test_a_menu_that_is_none_of_ours_is_not_guessed_at(spoilt: str) -> None:
    with pytest.raises(Refused, match="cannot be brought to the new image"):
        plan(upkeep_samples.system(menu=spoilt or "# nothing\n"))


def test_nothing_of_the_slots_is_touched(tmp_path: Path) -> None:
    machine = FakeMachine(state=upkeep_samples.STATE)
    assert run(machine, tmp_path, plan()) is ExitCode.DONE
    assert {device for _name, device in machine.calls} == {"/dev/vda2", "/dev/vda3", "/dev/vda6"}
    assert machine.state == upkeep_samples.STATE
    assert machine.menu == menus(plan())[1]


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("write_image", "/dev/vda6"),
        ("verify_image", "/dev/vda6"),
        ("verify_recovery", "/dev/vda6"),
    ],
)
def test_wherever_it_ends_early_nothing_starts_recovery_by_itself(
    tmp_path: Path, name: str, device: str
) -> None:
    machine = FakeMachine(state=upkeep_samples.STATE)
    machine.fails = (name, device)
    assert run(machine, tmp_path, plan()) is ExitCode.FAILED
    assert machine.menu == menus(plan())[0]
    assert not starts_by_itself(machine.menu)


def test_what_does_not_answer_leaves_recovery_as_it_was(tmp_path: Path) -> None:
    machine = FakeMachine(state=upkeep_samples.STATE)
    machine.fails = ("open_target", "/dev/vda6")
    assert run(machine, tmp_path, plan()) is ExitCode.FAILED
    assert not [name for name, _device in machine.calls if name in ("replace_menu", "write_image")]


def test_where_the_menu_cannot_be_changed_nothing_is_written(tmp_path: Path) -> None:
    machine = FakeMachine(state=upkeep_samples.STATE)
    machine.fails = ("replace_menu", "/dev/vda3")
    assert run(machine, tmp_path, plan()) is ExitCode.FAILED
    assert ("write_image", "/dev/vda6") not in machine.calls


def test_a_way_out_of_every_step_says_what_is_left() -> None:
    for operation in plan().operations:
        assert operation.sentence()
        assert operation.way_out()
        assert "nstall again" not in operation.way_out()


def refusal(*arguments: object, **named: object) -> str:
    with pytest.raises(Refused) as caught:
        plan(*arguments, **named)  # type: ignore[arg-type]
    assert all(each.way_out for each in caught.value.problems)
    return " ".join(each.what for each in caught.value.problems)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (BootState(), "Root A, which runs, is not known good"),
        (BootState(a=GOOD, started="a"), "not known yet to have come up well this time"),
        (BootState(a=GOOD, b=SlotState(tries=0)), "Root B holds nothing that starts"),
        (BootState(a=GOOD, once="recovery"), "Recovery is what starts next"),
    ],
)
def test_a_system_that_may_need_recovery_keeps_it(state: BootState, words: str) -> None:
    assert words in refusal(upkeep_samples.system(state=state))


def test_a_release_that_does_not_fit_is_refused_with_all_reasons() -> None:
    live = dataclasses.replace(samples.LIVE, size_bytes=3 * GIB)
    unsigned = dataclasses.replace(NEWER, secure_boot=False, version="0.0.9")
    said = refusal(
        None,
        upkeep_samples.machine(secure_boot=True),
        newer(unsigned, live=live, signed_by=None, architecture="arm64"),
    )
    for words in (
        "The live image has 3 GiB, and Recovery has room for 2 GiB",
        "is unsigned",
        "Secure Boot is on",
        "The release has version 0.0.9, and Recovery 0.1.0, newer",
        "The release is for arm64",
    ):
        assert words in said, said


def test_an_older_one_is_taken_where_it_is_meant() -> None:
    older = newer(dataclasses.replace(NEWER, version="0.0.9"))
    assert plan(None, None, older, any_version=True).operations


def test_a_release_without_a_live_image_and_a_disk_without_a_place_for_it() -> None:
    assert "has no live image" in refusal(None, None, newer(None, live=None))
    disk = samples.installed(recovery=False)
    running = dataclasses.replace(upkeep_samples.running(), disk=disk)
    from installer.kept_table import found_table

    running = dataclasses.replace(running, table=found_table(disk))
    system = upkeep_samples.system(running=running, recovery=None)
    assert "has no partition for Recovery" in refusal(system)


def test_the_problems_of_an_unfound_release_join_the_others() -> None:
    system = upkeep_samples.system(state=BootState())
    with pytest.raises(Refused) as caught:
        make_recovery_plan(
            Wish(source=Source(url=URL), recovery=True),
            system,
            upkeep_samples.machine(),
            Refused.because("Nobody is there.", "Try."),
        )
    assert [each.what for each in caught.value.problems][-1] == "Nobody is there."
    assert len(caught.value.problems) == 2


def test_whether_there_is_something_to_do() -> None:
    here = RecoveryFound(contract=NEWER, record=SIGNED)
    assert is_recovery_there(newer(), upkeep_samples.system(recovery=here))
    assert not is_recovery_there(newer(), upkeep_samples.system())
    broken = dataclasses.replace(here, whole=False)
    assert not is_recovery_there(newer(), upkeep_samples.system(recovery=broken))
    unread = RecoveryFound(contract=None, record=SIGNED)
    assert is_recovery_there(newer(), upkeep_samples.system(recovery=unread))
    assert not is_recovery_there(newer(), upkeep_samples.system(recovery=None))


def test_what_is_there_already_is_read_and_the_loaders_are_compared(tmp_path: Path) -> None:
    here = RecoveryFound(contract=NEWER, record=SIGNED)
    made = plan(upkeep_samples.system(recovery=here))
    ids = tuple(each.id for each in made.operations)
    assert ids == ("recovery", "recovery-contract", "boot-loader-kept", "boot-loader")
    assert not made.writes_bytes
    machine = FakeMachine(state=upkeep_samples.STATE)
    assert run(machine, tmp_path, made) is ExitCode.DONE
    called = [name for name, _device in machine.calls]
    assert "write_image" not in called
    assert called.index("verify_image") < called.index("renew_loaders")
    again = plan(upkeep_samples.system(recovery=here), any_version=True)
    assert tuple(each.id for each in again.operations) == STEPS


def test_older_loaders_are_told_and_left_alone(tmp_path: Path) -> None:
    machine = FakeMachine(state=upkeep_samples.STATE, older_loaders="grub of Recovery is older")
    assert run(machine, tmp_path, plan()) is ExitCode.DONE
    assert not {"keep_loaders", "renew_loaders"} & {name for name, _device in machine.calls}


@pytest.mark.parametrize("name", ["keep_loaders", "renew_loaders", "verify_renewed_loaders"])
def test_what_fails_on_the_esp_leaves_recovery_whole(tmp_path: Path, name: str) -> None:
    machine = FakeMachine(state=upkeep_samples.STATE)
    machine.fails = (name, "/dev/vda2")
    assert run(machine, tmp_path, plan()) is ExitCode.FAILED
    assert starts_by_itself(machine.menu)


def test_what_is_said_of_a_recovery_that_was_cut_off() -> None:
    system = cut_off(plan())
    assert "Recovery: not whole" in describe(system)
    assert "`atomos recovery update` writes it anew" in told(system)
    assert json.loads(as_json(system))["recovery"]["whole"] is False
    passed = dataclasses.replace(
        system, state=BootState(a=SlotState(tries=0), b=SlotState(tries=0))
    )
    assert passed.next == "a"
    with pytest.raises(Refused, match="not whole"):
        once(system, "recovery")


def test_what_is_said_of_a_whole_one() -> None:
    here = RecoveryFound(contract=NEWER, record=SIGNED, size_bytes=GIB)
    system = upkeep_samples.system(recovery=here)
    assert told(system) == "Recovery: AtomOS live 0.2.0\n    signed by Releases (ABC)"
    assert json.loads(recovery_as_json(system)) == {
        "v": 1,
        "name": "AtomOS live",
        "version": "0.2.0",
        "architecture": "x86-64",
        "signed_by": "Releases (ABC)",
        "size_bytes": GIB,
        "whole": True,
        "fault": None,
    }
    assert json.loads(recovery_as_json(upkeep_samples.system(recovery=None)))["name"] is None


def test_the_command(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.releases.found = newer()
    assert world.run("recovery", "update", "--from", URL) == 0
    said = capsys.readouterr().out
    assert "Updating Recovery on QEMU HARDDISK (/dev/vda)." in said
    assert "[3/5] Have the start menu on /dev/vda3 come to the new Recovery" in said
    assert "[5/5] Bring shim and GRUB on /dev/vda2 to those of Recovery" in said
    assert "Recovery is whole" in said
    assert "restart" not in said
    assert world.run("log") == 0
    assert "Recovery is whole" in capsys.readouterr().out
    here = RecoveryFound(contract=NEWER, record=SIGNED)
    world.systems.now = dataclasses.replace(world.systems.now, recovery=here)
    assert world.run("recovery", "update", "--from", URL) == 0
    said = capsys.readouterr().out
    assert "[1/4] Read Recovery (/dev/vda6), which has that version already" in said
    assert "[4/4] Bring shim and GRUB" in said
    assert world.run("recovery", "status") == 0
    assert capsys.readouterr().out.startswith("Recovery: AtomOS live 0.2.0")
    assert world.run("recovery", "status", "--json") == 0
    assert json.loads(capsys.readouterr().out)["version"] == "0.2.0"


def test_the_command_fails_in_words_of_recovery(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.releases.found = newer()
    world.machine.fails = ("verify_recovery", "/dev/vda6")
    assert world.run("recovery", "update", "--from", URL) == 4
    said = capsys.readouterr()
    assert "Both slots are as they were" in said.out + said.err
