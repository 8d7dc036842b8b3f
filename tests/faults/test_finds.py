"""What the matrix is there to find is found: here something is broken on purpose."""

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest

import installer.planning
import tests.faults.installation
from backends.leftovers import Leftovers
from backends.settings_files import SettingsFiles
from installer.blueprint import Blueprint
from installer.layout import Role
from installer.machinery import Settings
from installer.operation import NO_DEED, Context, Operation
from installer.operations.reset import KeepBoot
from installer.plan_operations import operations_for
from installer.upkeep.recovery_operations import RenewRecovery
from tests.faults.chain import Chain
from tests.faults.conftest import say
from tests.faults.layouts import PLAIN, RECOVERY, RESETS, Layout
from tests.faults.matrix import Case, Fault
from tests.faults.results import Outcome, Result
from tests.faults.rig import Rig

pytestmark = pytest.mark.xdist_group("host")


@dataclass(frozen=True, kw_only=True)
class Invented(Operation):
    """An operation that nobody has told the matrix of: it calls tools and writes a little."""

    id: ClassVar[str] = "invented"
    boot: str = field(metadata=NO_DEED)

    def sentence(self) -> str:
        return "Say once more which slot starts first"

    @property
    def device(self) -> str:
        return self.boot

    def way_out(self) -> str:
        return "Do without."

    def apply(self, context: Context) -> None:
        context.machinery.boot.reset_slots(boot=self.boot, slots=("a", "b"))

    def verify(self, context: Context) -> None:
        context.machinery.boot.read_state(boot=self.boot)


class Forgetful(Leftovers):
    """Unmounts nothing."""

    def clear(self) -> None:
        pass

    def leave(self, disk: str) -> None:
        pass


def carried_out(rig: Rig, *cases: Case, layout: Layout = PLAIN) -> list[Result]:
    results: list[Result] = []
    Chain(
        make_bench=functools.partial(rig.bench, layout),
        reference=rig.reference(layout),
        look=rig.look,
        seed=1,
        tell=results.append,
        say=say,
    ).run(cases)
    return results


def test_what_is_left_mounted_by_a_process_that_was_killed(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.reference(PLAIN)
    monkeypatch.setattr(tests.faults.installation, "Leftovers", Forgetful)
    (result,) = carried_out(rig, killed("settings"))
    assert result.outcome is Outcome.FAILED
    assert "is still mounted" in result.why


def test_what_is_done_twice_by_the_retry(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.reference(PLAIN)
    write = SettingsFiles.write

    def write_and_count(self: SettingsFiles, settings: Settings) -> None:
        is_again = settings.hostname in Path(self._root, "etc/hosts").read_text()
        write(self, settings)
        if is_again:
            Path(self._root, "etc/motd").write_text("once more\n")

    monkeypatch.setattr(SettingsFiles, "write", write_and_count)
    # With this seed it dies in the verification: all is written by then.
    (result,) = carried_out(rig, killed("settings"))
    assert result.outcome is Outcome.FAILED
    assert "the disk is another" in result.why
    assert "upper/motd" in result.why


def test_a_reset_that_closes_no_slot(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = RESETS[0]
    rig.reference(layout)
    monkeypatch.setattr(KeepBoot, "apply", nothing)
    (result,) = carried_out(rig, unwritten(layout, "slots"), layout=layout)
    assert result.outcome is Outcome.FAILED
    assert "slot a starts, and of the person's: @home/" in result.why


def test_a_recovery_that_the_menu_comes_to_while_it_is_written(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.reference(RECOVERY)
    monkeypatch.setattr(RenewRecovery, "_close", nothing)
    # Its first bytes are the menu's, which is not written here; its last ones are Recovery's.
    case = Case(layout=str(RECOVERY), operation="recovery", fault=Fault.ERROR_LAST)
    (result,) = carried_out(rig, case, layout=RECOVERY)
    assert result.outcome is Outcome.FAILED
    assert "the menu comes to a Recovery that is not whole" in result.why


def nothing(_self: Operation, _context: Context) -> None:
    """In the place of what an operation does."""


def test_an_operation_that_is_new(
    rig: Rig, everything: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets all faults, and passes."""
    if not everything:
        pytest.skip("a minute; with --everything")

    def with_invented(blueprint: Blueprint) -> tuple[Operation, ...]:
        *most, record = operations_for(blueprint)
        return (*most, Invented(boot=blueprint.path(Role.BOOT)), record)

    monkeypatch.setattr(installer.planning, "operations_for", with_invented)
    other = Rig(
        folder=rig.folder,
        grounds=rig.grounds,
        supplies=rig.supplies,
        older=rig.older,
        has_stick=False,
        say=rig.say,
    )
    cases = [case for case in other.reference(PLAIN).cases if case.operation == "invented"]
    assert [case.fault for case in cases] == list(Fault)
    results = carried_out(other, *cases)
    assert {result.case: result.outcome for result in results if result.why} == {}
    assert len(results) == len(cases)


def unwritten(layout: Layout, operation: str) -> Case:
    return Case(layout=str(layout), operation=operation, fault=Fault.ERROR_FIRST)


def killed(operation: str) -> Case:
    return Case(layout=str(PLAIN), operation=operation, fault=Fault.KILLED)
