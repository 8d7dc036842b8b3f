"""``reset`` of the initramfs: settings or system as the image has them, whenever the power goes."""

# Fixtures of another file look like names that are given twice.
# ruff: noqa: F811

import os
import pty
import random
import subprocess
from pathlib import Path

import pytest

from backends.image_var import differences
from backends.runner import Runner
from backends.subvolumes import Subvolumes
from installer.boot_state import BootState, parse
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

ROOTS = "root:$6$salt$rrr:20000:0:99999:7:::\n"
KEPT = {"machine-id", "default/keyboard", "vconsole.conf", "ssh/ssh_host_ed25519_key"}
SOME = 6
"""Steps before which the power goes every day; a sample that is always the same."""


def test_a_start_without_a_request_changes_nothing(machine: ResetMachine) -> None:
    with machine.disk.top() as top:
        before = tree_of(top)
    assert machine.start() == ""
    with machine.disk.top() as top:
        assert tree_of(top) == before
    assert {parse(each or b"") for each in machine.boot.blocks()} == {BEGUN}


def test_settings_go_and_people_stay(machine: ResetMachine) -> None:
    machine.ask(request("settings"))
    with machine.disk.top() as top:
        before = {name: (top / UPPER / name).read_text() for name in ("passwd", "shadow", "group")}
    said = machine.start()
    assert "Resetting settings." in said
    assert "the settings have been reset" in machine.told()
    assert machine.asked() is None
    with machine.disk.top() as top:
        accounts = {"passwd", "group", "shadow", "gshadow", "subuid", "subgid"}
        assert upper_files(top) - accounts <= KEPT
        assert {"machine-id", "ssh/ssh_host_ed25519_key"} <= upper_files(top)
        assert {name: (top / UPPER / name).read_text() for name in before} == before
        assert (top / UPPER / "ssh/ssh_host_ed25519_key").stat().st_mode & 0o777 == 0o600
        assert (top / "@var/lib/atomos-test/state").read_text() == "of the old system\n"
        assert (top / "@nix/store").is_dir()
        assert sorted(path.name for path in (top / UPPER).parent.iterdir()) == ["upper", "work"]
    machine.disk.verify_user(ADA)
    with machine.disk.tree() as root:
        assert not (root / "etc/sudoers.d/mine").exists()
    # The try of this start is taken as that of any other.
    assert {parse(each or b"") for each in machine.boot.blocks()} == {BEGUN}


def test_the_system_goes_and_people_stay(machine: ResetMachine, runner: Runner) -> None:
    with machine.disk.top() as top:
        file = top / UPPER / "shadow"
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(ROOTS if each.startswith("root:") else each for each in lines))
    machine.ask(request("system"))
    assert "the system has been reset" in machine.start()
    assert machine.asked() is None
    with machine.disk.top() as top, machine.image() as image:
        wrong = [str(each) for each in differences(image / "var", top / "@var")]
        # busybox' cp has no extended attributes.
        without = {"lib/atomos-test/state", "lib/atomos-test/hard-link"}
        assert set(wrong) <= (without if is_busybox(machine) else set())
        assert list((top / "@nix").iterdir()) == []
        assert (top / "@home/ada/letter").read_text() == "dear\n"
        assert upper_files(top) - KEPT == {
            "passwd",
            "group",
            "shadow",
            "gshadow",
            "subuid",
            "subgid",
        }
        shadow = (top / UPPER / "shadow").read_text()
        assert ROOTS in shadow
        assert "ada:$6$salt$" in shadow
        assert (top / UPPER / "shadow").stat().st_mode & 0o777 == 0o640
        modes = [(top / UPPER).parents[n].stat().st_mode & 0o777 for n in (1, 0)]
        assert modes == [0o755, 0o700]
        assert Subvolumes(runner, top, machine.disk.data).names() == ALL


def is_busybox(machine: ResetMachine) -> bool:
    return Path(machine.shell.argv[0]).name == "busybox"


@pytest.mark.parametrize("level", ["settings", "system"])
@pytest.mark.parametrize("some", [SOME, pytest.param(None, marks=pytest.mark.extended)])
def test_the_power_may_go_before_any_step(
    machine: ResetMachine, level: str, some: int | None, tmp_path: Path
) -> None:
    """The next start ends it, as if the power had not gone; and no try is lost by it."""
    cuts = Cuts(machine=machine, folder=tmp_path)
    cuts.prepare()
    machine.ask(request(level))
    saved = cuts.saved()
    steps = cuts.start(0)
    assert steps > 20
    with machine.disk.top() as top:
        wanted = tree_of(top)
    every = range(1, steps + 1)
    for step in every if some is None else random.Random(steps).sample(every, some):
        cuts.restore(saved)
        assert cuts.start(step) == step
        cuts.start(0)
        assert machine.asked() is None, f"before step {step}"
        with machine.disk.top() as top:
            assert tree_of(top) == wanted, f"before step {step}"
        assert {parse(each or b"") for each in machine.boot.blocks()} <= {BEGUN, BootState()}
    machine.disk.verify_user(ADA)


def test_a_full_disk_leaves_all_as_it_was(machine: ResetMachine) -> None:
    machine.ask(request("system"))
    with machine.disk.top() as top:
        before = tree_of(top / "@var")
        fill(top / "@home/filling")
    assert "system was not reset, and nothing was changed" in machine.start()
    assert "No space left on device" in machine.told()
    assert machine.asked() is None
    with machine.disk.top() as top:
        assert tree_of(top / "@var") == before
        assert sorted(path.name for path in top.iterdir()) == list(ALL)


def test_an_image_without_btrfs_says_so(machine: ResetMachine) -> None:
    (machine.shell.tools / "btrfs").unlink()
    machine.ask(request("system"))
    assert "this image has no btrfs" in machine.start()
    assert machine.asked() is None
    machine.disk.verify_user(ADA)


def test_people_whom_the_image_has_no_place_for_are_not_lost(machine: ResetMachine) -> None:
    with machine.disk.top() as top, (top / UPPER / "passwd").open("a") as passwd:
        passwd.write("twin:x:1000:1000::/home/twin:/bin/bash\n")
        # Whoever has the id of an account of people that is there before.
    machine.ask(request("system"))
    assert "no room for the account twin" in machine.start()
    with machine.disk.top() as top:
        assert "twin" in (top / UPPER / "passwd").read_text()


@pytest.mark.parametrize(
    "text",
    ["", "atomos_reset=2\nlevel=settings\nstep=asked\n", request("all"), request("system", "x")],
)
def test_a_request_that_nobody_knows_is_forgotten(machine: ResetMachine, text: str) -> None:
    machine.ask(text)
    with machine.disk.top() as top:
        before = tree_of(top)
    assert "nobody here knows" in machine.start()
    assert machine.asked() is None
    with machine.disk.top() as top:
        assert tree_of(top) == before


def test_everything_is_for_recovery(machine: ResetMachine) -> None:
    machine.ask(request("everything"))
    assert machine.start() == ""
    assert machine.asked() == request("everything")


@pytest.mark.parametrize("waits", [None, request("everything"), request("system", "drop", 0)])
@pytest.mark.parametrize(("typed", "done"), [("settings", True), ("system", False), ("", False)])
def test_chosen_in_the_menu_the_word_has_to_be_typed(
    machine: ResetMachine, typed: str, done: bool, waits: str | None
) -> None:
    if waits is not None:
        machine.ask(waits)
    ours, theirs = pty.openpty()
    (machine.shell.top / "dev/tty9").symlink_to(os.ttyname(theirs))
    active = machine.shell.top / "sys/class/tty/console/active"
    active.parent.mkdir(parents=True)
    active.write_text("tty9\n")
    machine.shell.started_from(machine.boot, "atomos.slot=a atomos.reset=settings")
    os.write(ours, f"{typed}\n".encode())
    said = machine.start()
    shown = os.read(ours, 65536).decode()
    assert "Type settings and Enter for it." in shown
    assert ("the settings have been reset" in said) is done
    assert ("nothing is reset" in said) is not done
    # What is Recovery's waits for it; what was taken back is gone by then.
    still = waits if waits == request("everything") and not done else None
    assert machine.asked() == still
    with machine.disk.top() as top:
        assert ("hosts" not in upper_files(top)) is done
    os.close(ours)
    os.close(theirs)


def test_a_boot_partition_that_takes_no_writes(machine: ResetMachine) -> None:
    machine.ask(request("settings"))
    subprocess.run(["blockdev", "--setro", machine.boot.boot], check=True)
    try:
        with machine.disk.top() as top:
            before = tree_of(top)
        machine.start()
        with machine.disk.top() as top:
            assert tree_of(top) == before
    finally:
        subprocess.run(["blockdev", "--setrw", machine.boot.boot], check=True)
    assert machine.asked() == request("settings")


def test_what_an_installation_left_between_two_renames_counts(machine: ResetMachine) -> None:
    with machine.disk.top() as top:
        (top / "@var").rename(top / "@var.old")
        subprocess.run(["btrfs", "-q", "subvolume", "create", str(top / "@var.new")], check=True)
    machine.ask(request("system"))
    assert "the system has been reset" in machine.start()
    machine.disk.verify_user(ADA)
