"""The disk that Recovery is on is kept from there, be its slots without `atomos`, or lost."""

import dataclasses
import io
import itertools
import json
from pathlib import Path

import pytest

from installer.answers import LayoutKind
from installer.boot_state import RECOVERY, BootState, SlotState
from installer.errors import ExitCode, Refused
from installer.layout import Role
from installer.upkeep import cli
from installer.upkeep.cards import cards
from installer.upkeep.operations import OpenSlot, WriteSlot
from installer.upkeep.problems import is_there_already
from installer.upkeep.recovery_plan import make_recovery_plan
from installer.upkeep.running import running_system
from installer.upkeep.status import as_json, describe
from installer.upkeep.switching import once, rolled_back
from installer.upkeep.update_plan import make_update_plan
from tests.unit import samples, upkeep_samples
from tests.unit.test_upkeep_cli import World
from tests.unit.upkeep_samples import GOOD

LOST = SlotState(tries=0)
PASSED_OVER = SlotState(tries=0, good=True)


def written_to(state: BootState) -> tuple[str, ...]:
    """The slots that an update from Recovery writes."""
    plan = make_update_plan(
        upkeep_samples.wish(),
        upkeep_samples.from_recovery(state=state),
        samples.recovery_of(upkeep_samples.disk()),
        upkeep_samples.newer(),
    )
    assert isinstance(plan.operations[-1], OpenSlot)
    return tuple(each.slot for each in plan.operations if isinstance(each, WriteSlot))


@pytest.mark.parametrize("layout", LayoutKind)
def test_recovery_is_known_by_its_partition(layout: LayoutKind) -> None:
    found = running_system(
        "atomos.live=PARTUUID=x", samples.recovery_of(upkeep_samples.disk(layout))
    )
    encrypted = layout is LayoutKind.ENCRYPTED
    assert found.is_recovery
    assert (found.entry, found.disk.path) == (RECOVERY, "/dev/vda")
    assert found.luks_uuid == (upkeep_samples.LUKS_UUID if encrypted else None)
    assert found.path(Role.BOOT) == "/dev/vda3"


def test_a_live_medium_keeps_no_disk() -> None:
    with pytest.raises(Refused, match="started from no slot"):
        running_system("atomos.live=LABEL=x", samples.machine(upkeep_samples.disk()))


def test_without_its_disk_it_is_refused() -> None:
    machine = dataclasses.replace(samples.recovery_of(upkeep_samples.disk()), disks=())
    with pytest.raises(Refused, match="is not there"):
        running_system("", machine)


@pytest.mark.parametrize(
    ("state", "spare"),
    [
        (BootState(a=GOOD), "b"),
        (BootState(order=("b", "a"), a=GOOD), "b"),
        (BootState(order=("b", "a"), a=GOOD, b=GOOD), "a"),
        # The slot that was tried last has failed three times: the good one stays.
        (BootState(order=("b", "a"), a=GOOD, b=LOST, started="b"), "b"),
        # Neither starts any more: the one that came up once is what is left.
        (BootState(order=("a", "b"), a=LOST, b=PASSED_OVER), "a"),
        # Nothing has ever come up.
        (BootState(), "b"),
    ],
)
def test_what_has_come_up_is_never_written_over(state: BootState, spare: str) -> None:
    assert written_to(state) == (spare,)


STATES = tuple(
    BootState(order=order, a=a, b=b, started=started)
    for order in (("a", "b"), ("b", "a"))
    for a, b in itertools.product(
        [SlotState(tries=tries, good=good) for tries in range(4) for good in (False, True)],
        repeat=2,
    )
    for started in (None, "a", "b")
)


@pytest.mark.parametrize("state", STATES)
def test_wherever_its_writing_is_cut_off_the_same_slot_is_kept(state: BootState) -> None:
    running = upkeep_samples.from_recovery(state=state).running
    closed = state.closed(running.other)
    assert running.keeping(closed).slot == running.slot
    # What is half written is no image.
    assert running.keeping(closed, (running.slot,)).slot == running.slot
    if state.slot(running.other).good:
        assert state.slot(running.slot).good


def test_of_two_slots_the_one_that_holds_an_image_is_kept() -> None:
    state = BootState(a=GOOD, b=LOST)
    assert upkeep_samples.from_recovery(state=state).running.keeping(state, ("b",)).slot == "b"


def test_what_does_not_start_is_not_here_already() -> None:
    """Though it is the newest: it is written once more."""
    for state, nothing in (
        (BootState(a=GOOD), True),
        (BootState(a=LOST, b=LOST, started="a"), False),
        (BootState(order=("b", "a"), a=PASSED_OVER, b=LOST), False),
    ):
        system = upkeep_samples.from_recovery(state=state)
        assert is_there_already(upkeep_samples.newer("0.1.0"), system) is nothing, state


def test_an_encrypted_part_without_a_header_is_told() -> None:
    disk = upkeep_samples.disk(LayoutKind.ENCRYPTED)
    parts = tuple(dataclasses.replace(each, contents=None) for each in disk.partitions)
    machine = samples.recovery_of(dataclasses.replace(disk, partitions=parts))
    with pytest.raises(Refused, match="has no header"):
        running_system("", machine)


def test_status_says_that_recovery_runs() -> None:
    system = upkeep_samples.from_recovery()
    text = describe(system)
    assert "Recovery (runs now): AtomOS live 0.1.0" in text
    assert "Root A: AtomOS Debian 0.1.0" in text
    assert json.loads(as_json(system))["runs"] == RECOVERY


def test_it_goes_back_to_a_slot_that_is_known_good() -> None:
    updated = BootState(order=("b", "a"), a=GOOD, b=SlotState(tries=1), started="b")
    back = rolled_back(upkeep_samples.from_recovery(state=updated))
    assert back.choice(has_recovery=True) == "a"
    with pytest.raises(Refused, match="not known good"):
        rolled_back(upkeep_samples.from_recovery(state=BootState(a=GOOD)))


def test_that_a_slot_runs_is_said_of_none() -> None:
    """One that is kept has not come up this time: it is held to what is known of it."""
    state = BootState(order=("a", "b"), a=PASSED_OVER, b=LOST)
    with pytest.raises(Refused, match="its last 3 starts failed"):
        rolled_back(upkeep_samples.from_recovery(state=state))
    # Its tries are no reason against one start that somebody asks for by name.
    assert once(upkeep_samples.from_recovery(state=state), "a").once == "a"


def test_what_was_begun_onto_the_disk_comes_first() -> None:
    """The installer goes on with it: no slot is what it is said to be before that."""
    system = upkeep_samples.from_recovery(is_unfinished=True)
    for deed in (rolled_back, lambda each: once(each, "a")):
        with pytest.raises(Refused, match="is not at its end"):
            deed(system)
    with pytest.raises(Refused, match="is not at its end"):
        make_update_plan(
            upkeep_samples.wish(),
            system,
            samples.recovery_of(upkeep_samples.disk()),
            upkeep_samples.newer(),
        )
    # A slot that runs is whole, whatever is gone on with later.
    assert rolled_back(upkeep_samples.system(state=BootState(a=GOOD, b=GOOD), is_unfinished=True))


def test_recovery_does_not_write_over_itself() -> None:
    with pytest.raises(Refused, match="Recovery is what runs"):
        make_recovery_plan(
            upkeep_samples.wish(recovery=True),
            upkeep_samples.from_recovery(state=BootState(a=GOOD, b=GOOD)),
            samples.recovery_of(upkeep_samples.disk()),
            upkeep_samples.newer(),
        )


def test_of_what_is_locked_it_is_not_said_that_it_does_not_start() -> None:
    said = describe(upkeep_samples.locked())
    assert "Root A: encrypted, and locked: `atomos unlock` opens it\n" in said
    assert "nothing that starts" not in said + str(cards(upkeep_samples.locked()))


def test_what_is_locked_is_opened_first() -> None:
    for deed in (rolled_back, lambda each: once(each, "b")):
        with pytest.raises(Refused, match="in /dev/vda5, which is encrypted and locked"):
            deed(upkeep_samples.locked())
    with pytest.raises(Refused, match="encrypted and locked") as refusal:
        make_update_plan(
            upkeep_samples.wish(),
            upkeep_samples.locked(),
            samples.recovery_of(upkeep_samples.disk(LayoutKind.ENCRYPTED)),
            upkeep_samples.newer(),
        )
    assert len(refusal.value.problems) == 1
    assert once(upkeep_samples.locked(), RECOVERY).once == RECOVERY


def test_the_passphrase_is_the_first_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(path=tmp_path / "run")
    world.systems.now = upkeep_samples.locked()
    argv = ["--run-dir", str(world.path), "unlock"]
    monkeypatch.setattr("sys.stdin", io.StringIO("something else\n"))
    assert cli.main(argv, world) == ExitCode.REFUSED
    assert "does not open /dev/vda5" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO(upkeep_samples.PASSPHRASE.reveal() + "\n"))
    assert cli.main(argv, world) == ExitCode.DONE
    assert "Recovery (runs now)" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert cli.main(argv, world) == ExitCode.REFUSED
    assert "Nothing on" in capsys.readouterr().err


def test_why_a_start_failed_is_not_said_by_recovery_which_does_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """ "No start has failed" stood there, where none of both slots came up any more."""
    world = World(path=tmp_path / "run")
    world.systems.now = upkeep_samples.from_recovery(state=BootState(a=LOST, b=LOST))
    argv = ["--run-dir", str(world.path), "log", "--failed"]
    assert cli.main(argv, world) == ExitCode.REFUSED
    told = capsys.readouterr()
    assert (told.out, "told by the system itself" in told.err) == ("", True)
