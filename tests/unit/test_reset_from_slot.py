"""A reset of everything whose image is that of the system on the disk (docs/reset.md)."""

import dataclasses
import hashlib
from pathlib import Path

import pytest

from installer.answers import SLOT, Answers, Keep, LayoutKind, Source
from installer.boot_state import BootState, SlotState, merged
from installer.contract_file import load_contract
from installer.errors import ExitCode, InstallError, Problem, Refused
from installer.grub_menu import RecoveryEntry, menu
from installer.hardware import Machine
from installer.install_journal import read_journal
from installer.operations.reset import FETCHED, FetchSlot
from installer.operations.slots import WriteSlots
from installer.planning import make_plan
from installer.quantity import MIB
from installer.question import QuestionId
from installer.recovery_entry import recovery_entry, starts_by_itself
from installer.release import Release, SlotPlace, Verity
from installer.secret import Secret
from installer.session import Plan
from installer.slot_records import ImageRecord, SlotRecord, records_in, with_records
from installer.slot_source import ROOM_FOR_KERNELS, slot_release
from installer.traces import Trace
from tests.unit import samples
from tests.unit.fake_world import FakeSlots
from tests.unit.running import Run
from tests.unit.test_reset_everything import (
    ASKED,
    BOOT,
    GOOD,
    OLD,
    PowerCut,
    cut,
    disk,
    ids,
    machine,
    wanted,
)

ROOT_HASH = "d" * 64
CONTRACT = """\
contract: 1
kind: system
name: AtomOS Debian
version: "0.1.0"
architecture: x86-64
kernel: /boot/vmlinuz
initrd: /boot/initrd
command_lines:
  plain: root={slot.device} roothash={verity.root_hash}
  encrypted: root={slot.device} rd.luks.name={luks.uuid}=atomos roothash={verity.root_hash}
minimum_slot: 1 GiB
secure_boot: true
"""
ENTRY = RecoveryEntry(
    partition_number=6,
    kernel="/live/vmlinuz",
    initrd="/live/initrd",
    command_line="atomos.live=PARTUUID=1234 console=tty0 console=ttyS0",
)
RECORD_BYTES = 690 * MIB
RECORD = SlotRecord(
    version="0.1.0",
    signed_by="Releases (ABC)",
    image=ImageRecord(
        size_bytes=RECORD_BYTES,
        sha256="e" * 64,
        verity=Verity(root_hash=ROOT_HASH, hash_offset_bytes=680 * MIB),
    ),
)
LUKS, SLOT_B = "/dev/vda5", "/dev/vda5"
"""Of the encrypted disk, and of the plain one."""


def start_menu(**records: SlotRecord) -> str:
    text = menu(a="root=a", b="root=b", recovery=ENTRY, serial_console=None)
    return with_records(text, records or {"a": RECORD, "b": RECORD})


def trace(**changes: object) -> Trace:
    made = dataclasses.replace(ASKED, menu=start_menu(), state=GOOD)
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def from_slot(layout: LayoutKind = LayoutKind.ENCRYPTED, **changes: object) -> Answers:
    passphrase = OLD if layout is LayoutKind.ENCRYPTED else None
    source = Source(url=SLOT)
    return dataclasses.replace(
        wanted(layout),
        **{"source": source, "disk_passphrase": passphrase, **changes},  # type: ignore[arg-type]
    )


def found(
    layout: LayoutKind = LayoutKind.ENCRYPTED,
    *,
    left: Trace | None = None,
    slots: FakeSlots | None = None,
    answers: Answers | None = None,
) -> Release:
    return slot_release(
        answers or from_slot(layout),
        samples.recovery_of(disk(layout)),
        (left or trace(),),
        slots or FakeSlots(found=CONTRACT.encode()),
    )


def plan(
    layout: LayoutKind = LayoutKind.ENCRYPTED,
    *,
    left: Trace | None = None,
    slots: FakeSlots | None = None,
    answers: Answers | None = None,
    at: Machine | None = None,
) -> Plan:
    wishes = answers or from_slot(layout)
    return make_plan(
        wishes,
        at or samples.recovery_of(disk(layout)),
        found(layout, left=left, slots=slots, answers=wishes),
        samples.IDENTIFIERS,
        unattended=False,
        traces=(left or trace(),),
    )


def refusal(**changes: object) -> Problem:
    with pytest.raises(Refused) as caught:
        found(**changes)  # type: ignore[arg-type]
    (problem,) = caught.value.problems
    return problem


def test_what_is_on_the_disk_is_a_release() -> None:
    slots = FakeSlots(found=CONTRACT.encode())
    release = found(slots=slots)
    # b comes first in this boot state.
    assert slots.asked == [(SlotPlace(slot="b", partition=LUKS, encrypted=True), OLD)]
    assert release.image.sha256 == "e" * 64
    assert release.image.size_bytes == 690 * MIB
    assert release.verity == Verity(root_hash=ROOT_HASH, hash_offset_bytes=680 * MIB)
    assert release.contract == load_contract(CONTRACT, "image.yaml")
    assert release.contract_sha256 == hashlib.sha256(CONTRACT.encode()).hexdigest()
    assert release.signed_by == "Releases (ABC)"


def test_a_plain_disk_needs_no_passphrase() -> None:
    slots = FakeSlots(found=CONTRACT.encode())
    found(LayoutKind.PLAIN, slots=slots)
    assert slots.asked == [(SlotPlace(slot="b", partition=SLOT_B, encrypted=False), None)]


@pytest.mark.parametrize(
    ("a", "b", "slot"),
    [
        (SlotState(good=True), SlotState(good=True), "b"),
        (SlotState(good=True), SlotState(), "a"),
        # It was good once, and failed three times since.
        (SlotState(good=True), SlotState(good=True, tries=0), "a"),
        (SlotState(tries=0), SlotState(good=True, tries=1), "b"),
    ],
)
def test_the_first_that_is_good_is_taken(a: SlotState, b: SlotState, slot: str) -> None:
    release = found(left=trace(state=BootState(order=("b", "a"), a=a, b=b)))
    assert release.slot is not None
    assert release.slot.place.slot == slot


def test_none_that_is_good_is_refused() -> None:
    problem = refusal(left=trace(state=BootState(a=SlotState(tries=0))))
    assert "no system that is known good" in problem.what
    assert "Name a release" in problem.way_out
    assert problem.question is QuestionId.WELCOME


@pytest.mark.parametrize(
    "records",
    [
        {"a": RECORD},
        {"a": RECORD, "b": dataclasses.replace(RECORD, image=None)},
        {"b": dataclasses.replace(RECORD, version="0.0.9")},
    ],
)
def test_what_nobody_left_word_of_is_refused(records: dict[str, SlotRecord]) -> None:
    problem = refusal(left=trace(menu=start_menu(**records)))
    assert "What was written to Root B is not known" in problem.what
    assert problem.question is QuestionId.WELCOME


def test_a_menu_that_starts_no_recovery_is_refused() -> None:
    text = with_records(
        menu(a="root=a", b="root=b", recovery=None, serial_console=None), {"b": RECORD}
    )
    assert "how Recovery is started" in refusal(left=trace(menu=text)).what


@pytest.mark.parametrize(
    "changes",
    [
        {"left": trace(resets_everything=False)},
        {"left": trace(disk="/dev/sdz")},
        {"answers": from_slot(keep=Keep.DATA)},
    ],
)
def test_it_is_for_a_reset_of_everything_alone(changes: dict[str, object]) -> None:
    assert "only where everything on it is reset" in refusal(**changes).what


def test_a_slot_that_cannot_be_read_is_refused_in_its_words() -> None:
    broken = FakeSlots(found=InstallError("there is no image in Root B", way_out="Do this."))
    problem = refusal(slots=broken)
    assert (problem.what, problem.way_out) == ("there is no image in Root B", "Do this.")


def test_the_plan_reads_it_before_any_key_dies() -> None:
    made = plan()
    fetch = next(each for each in made.operations if isinstance(each, FetchSlot))
    assert fetch.place == SlotPlace(slot="b", partition=LUKS, encrypted=True)
    assert fetch.passphrase == OLD
    assert ids(made).index(fetch.id) < ids(made).index("luks")
    slots = next(each for each in made.operations if isinstance(each, WriteSlots))
    assert (slots.image.url, slots.image.sha256) == (FETCHED.as_uri(), "e" * 64)
    text = " ".join(made.notices)
    assert "was signed by Releases (ABC) when it was written" in text
    assert "a release has to be named to go on" in text
    # Nobody looks at a signature.
    assert made.signed_by is None


def test_recovery_is_started_as_before_and_the_word_of_the_image_goes_on() -> None:
    for layout in LayoutKind:
        new = next(each for each in plan(layout).operations if each.id == "boot-menu")
        text = getattr(new, "menu")  # noqa: B009
        assert recovery_entry(text) == ENTRY
        assert starts_by_itself(text)
        assert f"roothash={ROOT_HASH}" in text
        assert records_in(text) == {"a": RECORD, "b": RECORD}


def test_an_unsigned_one_has_to_be_agreed_to() -> None:
    left = trace(menu=start_menu(b=dataclasses.replace(RECORD, signed_by=None)))
    with pytest.raises(Refused) as caught:
        plan(left=left)
    (problem,) = caught.value.problems
    assert "was unsigned when it was written" in problem.what
    agreed = from_slot(source=Source(url=SLOT, allow_unsigned=True))
    assert any("UNSIGNED" in each for each in plan(left=left, answers=agreed).notices)


def test_an_older_one_in_the_slot_that_is_good_is_no_step_back() -> None:
    assert ids(plan(left=trace(version="0.9.0")))


@pytest.mark.parametrize(("memory", "fits"), [(1380 * MIB, True), (1378 * MIB, False)])
def test_an_image_that_half_of_the_memory_does_not_hold_is_refused(memory: int, fits: bool) -> None:
    at = dataclasses.replace(samples.recovery_of(disk()), memory_bytes=memory)
    if fits:
        assert ids(plan(at=at))
        return
    with pytest.raises(Refused, match="has to be in memory before anything is lost"):
        plan(at=at)


def run(folder: Path, made: Plan) -> Run:
    return Run(
        crash_log=folder / "crash.log", answers=from_slot(), plan=made, machine=machine(made)
    )


def test_it_is_done_to_its_end(tmp_path: Path) -> None:
    made = run(tmp_path, plan())
    assert made.go() is ExitCode.DONE
    names = [name for name, _device in made.machine.calls]
    assert names.index("fetch_slot") < names.index("verify_fetched") < names.index("luks_destroy")
    assert made.machine.container.keys == [Secret(samples.PASSPHRASE)]
    assert OLD.reveal() not in made.journal()


def test_one_that_is_not_what_was_written_costs_nothing(tmp_path: Path) -> None:
    made = run(tmp_path, plan())
    made.machine.fails = ("fetch_slot", LUKS)
    failed = made.failure()
    assert "name a release instead" in failed.way_out
    assert (made.machine.container.keys, made.machine.state) == ([OLD], GOOD)


def left_by(made: Run, **changes: object) -> Trace:
    """What the boot partition says after it."""
    state, text = made.machine.state, made.machine.journals.get(BOOT)
    assert state is not None
    journal = read_journal(text.encode()) if text is not None else None
    return trace(**{"was_started": False, "journal": journal, "state": state, **changes})


@pytest.mark.parametrize("stop", ["boot-filesystem", "image-on-boot"])
def test_cut_off_while_the_keys_live_it_goes_on_from_the_same_slot(
    tmp_path: Path, stop: str
) -> None:
    made = run(tmp_path, plan(left=roomy()))
    with pytest.raises(PowerCut):
        cut(made, stop)
    again = plan(left=left_by(made, free_bytes=roomy().free_bytes))
    # The journal is there from the end of the first of them on.
    assert (again.resumes is not None) is (stop == "image-on-boot")
    assert "image-on-boot" in ids(again)
    fetch = next(each for each in again.operations if isinstance(each, FetchSlot))
    assert fetch.place.slot == "b"


@pytest.mark.parametrize("good", ["a", "b"])
@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_whichever_was_good_is_found_again_when_all_are_closed(
    good: str, order: tuple[str, str]
) -> None:
    """Whatever the reset took its image from: one by a release closed both, and B was taken."""
    other = "b" if good == "a" else "a"
    states = {good: SlotState(good=True), other: SlotState(tries=2)}
    state = BootState(order=order, started=other, **states)  # type: ignore[arg-type]
    closed = state.all_closed()
    assert closed.is_closed
    # The power may go between the two blocks of the state, and then all of it is done again.
    for left in (closed, merged(closed, state), closed.all_closed()):
        release = found(left=trace(state=left))
        assert release.slot is not None
        assert release.slot.place.slot == good, left


@pytest.mark.parametrize("stop", ["luks", "volumes", "slots", "settings"])
def test_cut_off_later_a_release_takes_its_place(tmp_path: Path, stop: str) -> None:
    made = run(tmp_path, plan())
    with pytest.raises(PowerCut):
        cut(made, stop)
    left = left_by(made)
    problem = refusal(left=left)
    assert "is gone" in problem.what
    assert problem.question is QuestionId.WELCOME
    instead = from_slot(source=samples.answers().source, disk_passphrase=None)
    again = make_plan(
        instead,
        samples.recovery_of(disk()),
        samples.release(),
        samples.IDENTIFIERS,
        unattended=False,
        traces=(left,),
    )
    assert again.resumes is not None
    made.memory.unlink(missing_ok=True)
    second = Run(crash_log=made.crash_log, answers=instead, plan=again, machine=made.machine)
    made.machine.container.opened = False
    assert second.go() is ExitCode.DONE
    assert second.machine.container.keys == [Secret(samples.PASSPHRASE)]
    assert second.machine.state == BootState()


def roomy(**changes: object) -> Trace:
    """With room for the image on the boot partition."""
    return trace(free_bytes=RECORD_BYTES + ROOM_FOR_KERNELS, **changes)


def test_where_there_is_room_the_image_is_kept_on_the_boot_partition() -> None:
    made = plan(left=roomy())
    order = ["image-in-memory", "boot-filesystem", "image-on-boot", "luks"]
    assert [each for each in ids(made) if each in order] == order
    assert not any("a release has to be named" in each for each in made.notices)
    without = (
        trace(free_bytes=RECORD_BYTES + ROOM_FOR_KERNELS - 1),
        # What nobody has published is not shown to whoever holds the disk in hand.
        roomy(menu=start_menu(b=dataclasses.replace(RECORD, signed_by=None))),
    )
    agreed = from_slot(source=Source(url=SLOT, allow_unsigned=True))
    for left in without:
        assert "image-on-boot" not in ids(plan(left=left, answers=agreed))
    plain = dataclasses.replace(agreed, layout=LayoutKind.PLAIN, passphrase=None)
    assert "image-on-boot" in ids(plan(LayoutKind.PLAIN, left=without[1], answers=plain))


def test_cut_off_anywhere_it_goes_on_from_there(tmp_path: Path) -> None:
    first = plan(left=roomy())
    steps = ids(first)
    for stop in steps[steps.index("luks") : steps.index("boot-state")]:
        made = run(tmp_path, first)
        with pytest.raises(PowerCut):
            cut(made, stop)
        made.memory.unlink(missing_ok=True)
        made.machine.files.discard(str(FETCHED))
        slots = FakeSlots(found=CONTRACT.encode(), in_memory=True)
        # The file has taken the room.
        left = left_by(made, free_bytes=0)
        again = plan(left=left, slots=slots, answers=from_slot(disk_passphrase=None))
        assert again.resumes is not None
        assert not again.resumes.lacks_source
        assert ids(again) == steps
        assert slots.asked == []
        second = Run(
            crash_log=made.crash_log, answers=from_slot(), plan=again, machine=made.machine
        )
        made.machine.container.opened = False
        assert second.go() is ExitCode.DONE, stop
        assert second.machine.container.keys == [Secret(samples.PASSPHRASE)]


def test_without_it_a_release_is_lacked(tmp_path: Path) -> None:
    for stop, lacks in (("boot-menu", True), ("boot-filesystem", False)):
        made = run(tmp_path, plan())
        with pytest.raises(PowerCut):
            cut(made, stop)
        journal = left_by(made).journal
        if journal is not None:
            assert journal.unfinished(disk(), BOOT).lacks_source is lacks
        assert (journal is not None) is lacks


def test_a_run_that_failed_goes_on_from_memory(tmp_path: Path) -> None:
    """The machine was not started anew, and the image is there."""
    made = run(tmp_path, plan())
    with pytest.raises(PowerCut):
        cut(made, "volumes")
    slots = FakeSlots(found=CONTRACT.encode(), in_memory=True)
    again = plan(left=left_by(made), slots=slots, answers=from_slot(disk_passphrase=None))
    assert again.resumes is not None
    assert slots.asked == []
    second = Run(crash_log=made.crash_log, answers=from_slot(), plan=again, machine=made.machine)
    made.machine.container.opened = False
    assert second.go() is ExitCode.DONE


def test_on_a_plain_disk_the_slot_is_there_until_it_is_written_over(tmp_path: Path) -> None:
    for stop, gone in (("data-filesystem", False), ("slots", True)):
        made = Run(
            crash_log=tmp_path / "crash.log",
            answers=from_slot(LayoutKind.PLAIN),
            plan=plan(LayoutKind.PLAIN),
            machine=machine(plan(LayoutKind.PLAIN)),
        )
        with pytest.raises(PowerCut):
            cut(made, stop)
        made.memory.unlink(missing_ok=True)
        if gone:
            assert "is gone" in refusal(layout=LayoutKind.PLAIN, left=left_by(made)).what
        else:
            assert plan(LayoutKind.PLAIN, left=left_by(made)).resumes is not None
