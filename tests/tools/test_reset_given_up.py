"""``reset``: what comes to no end is not tried for ever, what is taken back leaves nothing behind,
and what is a person's own stays."""

# Fixtures of another file look like names that are given twice.
# ruff: noqa: F811

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.reset_request import ResetRequests
from backends.runner import Runner
from backends.subvolumes import Subvolumes
from installer.boot_state import BootState, parse
from installer.errors import InstallError
from installer.upkeep.reset import ASIDE, BESIDE
from installer.upkeep.system import Level
from tests.tools.reset_machine import Cuts, ResetMachine, request
from tests.tools.reset_used import (  # noqa: F401 (fixtures)
    ADA,
    ALL,
    BEGUN,
    UPPER,
    fill,
    machine,
    tree_of,
    upper_files,
)

BUILDING = "cp *"
RENAMING = {"settings": "mv */upper */upper.old", "system": f"mv */@nix */@nix{ASIDE}"}
REMOVING = {
    "settings": "rm -rf */upper.old */base/old",
    "system": f"btrfs *subvolume delete */@nix{ASIDE}",
}
LEVELS = ("settings", "system")


@pytest.fixture
def cuts(machine: ResetMachine, tmp_path: Path) -> Cuts:
    made = Cuts(machine=machine, folder=tmp_path)
    made.prepare()
    return made


def states(machine: ResetMachine) -> set[BootState | None]:
    return {parse(each or b"") for each in machine.boot.blocks()}


def cut_off(cuts: Cuts, pattern: str, *, state: BootState) -> None:
    """The menu takes a try, and the start comes to no more than that."""
    cuts.machine.boot.put((BEGUN.to_block(), BEGUN.to_block()))
    cuts.start(pattern)
    assert states(cuts.machine) == {state}


@contextlib.contextmanager
def whole(cuts: Cuts) -> Iterator[ResetMachine]:
    """Starts that nothing happens to."""
    cuts.machine.boot.put((BEGUN.to_block(), BEGUN.to_block()))
    cuts.stop_at(0)
    yield cuts.machine


def leave_beside(machine: ResetMachine, level: str) -> None:
    """What had reached the disk of the new one when the start ended."""
    with machine.disk.top() as top:
        if level == "settings":
            (top / f"{UPPER}.new/ssh").mkdir(parents=True)
            return
        for name in ("@var", "@nix"):
            argv = [
                "btrfs",
                "-q",
                "subvolume",
                "snapshot",
                str(top / name),
                f"{top / name}{BESIDE}",
            ]
            subprocess.run(argv, check=True)


def names(machine: ResetMachine) -> tuple[str, ...]:
    with machine.disk.top() as top:
        return Subvolumes(Runner(), top, machine.disk.data).names()


@pytest.mark.parametrize("level", LEVELS)
def test_what_comes_to_no_end_before_the_renames_is_taken_back(
    cuts: Cuts, machine: ResetMachine, level: str
) -> None:
    machine.ask(request(level))
    with machine.disk.top() as top:
        before = tree_of(top)
    for starts in (1, 2, 3):
        cut_off(cuts, BUILDING, state=BootState())
        assert machine.asked() == request(level, starts=starts)
    leave_beside(machine, level)
    with whole(cuts):
        said = machine.start()
        assert f"{level} was not reset, and nothing was changed: 3 starts did not come" in said
        assert "3 starts did not come to the end of it" in machine.told()
        # Such a start costs a try until it is good. It deletes nothing: that may be what fails.
        assert states(machine) == {BEGUN}
        assert machine.asked() == request(level, "drop", 0)
        assert "made beside is deleted" in machine.start()
    assert machine.asked() is None
    with machine.disk.top() as top:
        assert tree_of(top) == before


def test_what_cannot_be_deleted_either_is_left(cuts: Cuts, machine: ResetMachine) -> None:
    leave_beside(machine, "system")
    machine.ask(request("system", "drop", 0))
    for _ in range(3):
        cut_off(cuts, f"btrfs *subvolume delete */@var{BESIDE}", state=BEGUN)
    with whole(cuts):
        assert "made beside is not deleted: 3 starts" in machine.start()
        assert machine.asked() is None
        machine.disk.verify_user(ADA)
        machine.ask(request("settings"))
        assert "the settings have been reset" in machine.start()
    assert names(machine) == ALL


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_half_renamed_is_gone_on_with_by_starts_that_cost_a_try(
    cuts: Cuts, machine: ResetMachine, level: str
) -> None:
    machine.ask(request(level))
    cut_off(cuts, RENAMING[level], state=BootState())
    assert machine.asked() == request(level, "swap", 1)
    for starts in (2, 3):
        cut_off(cuts, RENAMING[level], state=BootState())
        assert machine.asked() == request(level, "swap", starts)
    for _ in range(2):
        cut_off(cuts, RENAMING[level], state=BEGUN)
    with whole(cuts):
        said = machine.start()
    assert "has to be gone on with: 3 starts" in said
    assert "been reset" in said
    assert machine.asked() is None
    assert names(machine) == ALL
    machine.disk.verify_user(ADA)


@pytest.mark.parametrize("level", LEVELS)
def test_what_was_there_before_and_cannot_be_deleted_keeps_nothing_from_starting(
    cuts: Cuts, machine: ResetMachine, level: str
) -> None:
    machine.ask(request(level))
    for starts in (1, 2, 3):
        cut_off(cuts, REMOVING[level], state=BootState())
        assert machine.asked() == request(level, "remove", starts)
    with whole(cuts):
        machine.start()
        told = machine.told()
        assert "been reset: " in told
        assert "What was there before is not deleted: 3 starts" in told
        assert states(machine) == {BEGUN}
        assert machine.asked() is None
        machine.disk.verify_user(ADA)
        with machine.disk.top() as top:
            assert "hosts" not in upper_files(top)
        # What is left goes with the next one.
        machine.ask(request(level))
        assert "been reset" in machine.start()
    assert names(machine) == ALL
    with machine.disk.top() as top:
        assert sorted(path.name for path in (top / UPPER).parent.iterdir()) == ["upper", "work"]


def test_a_person_s_own_subvolumes_stay(machine: ResetMachine) -> None:
    own = ("@nix.new", "@nix.old", "@var.new", "@var.old")
    with machine.disk.top() as top:
        for name in own:
            argv = ["btrfs", "-q", "subvolume", "snapshot", str(top / "@home"), str(top / name)]
            subprocess.run(argv, check=True)
    machine.ask(request("system"))
    assert "the system has been reset" in machine.start()
    assert names(machine) == tuple(sorted((*ALL, *own)))
    with machine.disk.top() as top:
        assert {(top / name / "ada/letter").read_text() for name in own} == {"dear\n"}


@pytest.mark.parametrize("renames", [0, 1, 2, 3, 4])
def test_what_an_older_image_has_begun_is_gone_on_with(machine: ResetMachine, renames: int) -> None:
    """It counted nothing, and called what it made by other names."""
    steps = [("@nix", "@nix.old"), ("@nix.new", "@nix"), ("@var", "@var.old"), ("@var.new", "@var")]
    with machine.disk.top() as top:
        for name in ("@nix", "@var"):
            argv = ["btrfs", "-q", "subvolume", "snapshot", str(top / name), f"{top / name}.new"]
            subprocess.run(argv, check=True)
        (top / "@var.new/of the new").touch()
        for source, target in steps[:renames]:
            (top / source).rename(top / target)
    machine.ask(request("system", "swap"))
    assert "the system has been reset" in machine.start()
    assert machine.asked() is None
    assert names(machine) == ALL
    with machine.disk.top() as top:
        assert (top / "@var/of the new").exists()


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_taken_back_when_it_has_begun_leaves_nothing(
    cuts: Cuts, machine: ResetMachine, level: str
) -> None:
    with machine.disk.top() as top:
        before = tree_of(top)
    machine.ask(request(level))
    cut_off(cuts, BUILDING, state=BootState())
    leave_beside(machine, level)
    requests = ResetRequests(machine.boot.mounts)
    # Another one in its place, and that taken back too.
    requests.ask(Level.EVERYTHING, boot=machine.boot.boot)
    requests.forget(boot=machine.boot.boot)
    with whole(cuts):
        assert "made beside is deleted" in machine.start()
    assert machine.asked() is None
    with machine.disk.top() as top:
        assert tree_of(top) == before


@pytest.mark.parametrize(
    ("asked", "words", "left"),
    [
        (request("system"), "system was not reset, and nothing was changed: ", None),
        (request("system", "swap", 1), "goes on at the next start: ", request("system", "swap", 1)),
    ],
)
def test_a_boot_partition_without_room_for_the_count(
    machine: ResetMachine, asked: str, words: str, left: str | None
) -> None:
    machine.ask(asked)
    with machine.boot.mounts.device(machine.boot.boot, "ext4", read_only=False) as top:
        fill(top / "filling")
    said = machine.start()
    assert words in said
    assert "the boot partition takes no word of it; is it full?" in said
    assert machine.asked() == left
    assert names(machine) == ALL
    machine.disk.verify_user(ADA)


@pytest.mark.parametrize("step", ["swap", "remove"])
def test_what_is_past_its_renames_is_not_taken_back(machine: ResetMachine, step: str) -> None:
    requests, boot = ResetRequests(machine.boot.mounts), machine.boot.boot
    machine.ask(request("system", step, 1))
    with pytest.raises(InstallError, match="has begun"):
        requests.forget(boot=boot)
    with pytest.raises(InstallError, match="has begun"):
        requests.ask(Level.EVERYTHING, boot=boot)
    assert machine.asked() == request("system", step, 1)
