"""Plain mode on a disk with an AtomOS: kept or erased, unlocked or not; and on real recordings."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from backends.hardware_recorded import RecordedHardware
from installer.answers import SLOT, Answers, DiskChoice, Keep, LayoutKind, Source
from installer.disk_offer import offered
from installer.errors import Problem, Refused, ToolFailed
from installer.hardware import Disk
from installer.question import QuestionId
from installer.secret import Secret
from installer.session import Plan
from tests.ui.atomos_disks import ENCRYPTED, PLAIN, in_recovery, keeping_plan
from tests.ui.fake_session import FakeSession, machine, plan_for, wrong_passphrase
from tests.ui.wanted import KEPT
from tests.unit import samples
from tests.unit.plain_terminal import (
    ADA,
    NEW_PASSPHRASE,
    PASSPHRASE,
    RELEASE,
    WITH_KEY,
    ZONE,
    Script,
    talk,
)
from tests.unit.plain_terminal import ENCRYPTED as ENCRYPT

MACHINES = Path(__file__).parent.parent / "machines"
DAMAGED = Refused.because("The file system on /dev/vda7 has errors.", "Erase the disk instead.")
TO_KEEP: Script = (*RELEASE, ("Number of the disk [1]:", ""), ("Recovery on this disk", ""))


def session_with(disk: Disk, *looks: Refused | ToolFailed | None) -> FakeSession:
    """A machine with this disk only."""
    return FakeSession(
        machine_now=machine(disk), looks=list(looks or (None,)), plans=[keeping_plan(disk)]
    )


def test_keeping_an_encrypted_disk_asks_for_its_passphrase_and_for_no_user() -> None:
    session = session_with(ENCRYPTED)
    said, _ = talk(
        session,
        *TO_KEEP,
        ("Number [1]:", ""),
        ("Step 5 of 6: Unlock", PASSPHRASE),
        ("and keep what stays, type its name: vda", "vda"),
    )
    for words in (
        "Step 4 of 6: Your data",
        "QEMU HARDDISK (/dev/vda) holds an AtomOS, encrypted.",
        "1. Keep home directories, Nix and snapshots /home, /nix and the snapshots stay.",
        "2. Keep /var as well",
        "3. Erase everything",
        "Will be ended first - /dev/vda4 mounted on /mnt",
        "Stays - @home, @nix, @snapshots on /dev/atomos/data, as they are",
        "Then log in as before.",
    ):
        assert words in said
    assert "it goes too" not in said
    assert PASSPHRASE not in said
    assert session.looked == [KEPT]
    assert session.planned == [KEPT]


def test_three_wrong_passphrases_lead_back_to_the_disks() -> None:
    session = session_with(ENCRYPTED, wrong_passphrase())
    talk(
        session,
        *TO_KEEP,
        ("Number [1]:", "2"),
        ("Passphrase:", ""),
        ("! Type the passphrase of this disk.", "wrong"),
        ("! That does not open it. 2 tries are left. Passphrase:", "wrong"),
        ("! That does not open it. 1 try is left. Passphrase:", "wrong"),
        ("! Three wrong passphrases for QEMU HARDDISK (/dev/vda)", "1"),
        ("Recovery on this disk", ""),
        ("Number [2]:", "3"),
        ("Step 5 of 10: Encryption", ""),
    )
    assert len(session.looked) == 3


def test_a_wrong_passphrase_and_then_the_right_one() -> None:
    session = session_with(ENCRYPTED, wrong_passphrase(), None)
    talk(
        session,
        *TO_KEEP,
        ("Number [1]:", ""),
        ("Passphrase:", "wrong"),
        ("2 tries are left.", PASSPHRASE),
        ("Disk's name:", "back"),
        ("Passphrase [as typed before]:", ""),
        ("Disk's name:", ""),
    )
    given = [each.passphrase for each in session.looked]
    assert given == [Secret("wrong"), Secret(PASSPHRASE), Secret(PASSPHRASE)]


def test_data_that_cannot_be_kept() -> None:
    session = session_with(PLAIN, DAMAGED, None)
    said, _ = talk(
        session,
        *TO_KEEP,
        ("Number [1]:", ""),
        ("! The file system on /dev/vda7 has errors. Erase the disk instead.", ""),
        ("Step 4 of 5: Your data", "2"),
        ("Accounts and host name as they were", "back"),
        ("Number [2]:", ""),
        ("Disk's name:", ""),
    )
    assert "Change: User" not in said, "that was not asked"
    assert "Try again with the same answers" not in said, "nor was a plan"
    keep = [each.keep for each in session.looked]
    assert keep == [Keep.DATA, Keep.DATA_AND_VAR, Keep.DATA_AND_VAR]


def test_a_look_whose_tool_fails_is_told_and_tried_again() -> None:
    failed = ToolFailed(("losetup", "--find"), "ended with 1", "no loop device", device="/dev/vda7")
    session = session_with(PLAIN, failed, None)
    talk(
        session,
        *TO_KEEP,
        ("Number [1]:", ""),
        ("no loop device Nothing has been written.", "1"),
        ("What shall stay of the AtomOS", ""),
        ("Disk's name:", ""),
    )


def test_erasing_an_atomos_is_a_new_installation_and_the_summary_says_so() -> None:
    session = FakeSession(
        machine_now=machine(PLAIN), plans=[plan_for(PLAIN, layout=LayoutKind.PLAIN)]
    )
    talk(
        session,
        *TO_KEEP,
        ("Number [1]:", "3"),
        ("Encrypt this disk", "no"),
        *ADA,
        ("This disk holds an AtomOS already, with its users and files: it goes too.", ""),
    )
    (answers,) = session.planned
    assert (answers.reinstall, answers.wipe, answers.keep) == (True, True, Keep.NOTHING)
    assert session.looked == []


@pytest.mark.parametrize("disk", [PLAIN, ENCRYPTED], ids=["plain", "encrypted"])
def test_recovery_erases_its_own_disk_within_the_partitions_there_are(disk: Disk) -> None:
    session = FakeSession(machine_now=in_recovery(disk), plans=[plan_for(disk)])
    asked = "Who will use this machine?"
    if disk is ENCRYPTED:
        asked = "This disk stays encrypted, since its partitions stay as they are."
    said, _ = talk(
        session, *TO_KEEP, ("partitions and Recovery stay as they are.", "3"), (asked, "")
    )
    assert "Encrypt this disk" not in said


def test_a_refusal_of_the_plan_leads_to_what_was_asked_only() -> None:
    problem = Problem(what="Too small.", way_out="Erase.", question=QuestionId.KEEP)
    session = session_with(PLAIN)
    session.plans = [Refused((problem,))]
    said, _ = talk(session, *TO_KEEP, ("Number [1]:", ""), ("! Too small. Erase.", "3"))
    assert (
        "1. Change: Your data 2. Change another answer 3. Try again with the same answers" in said
    )
    assert "Number [1]:" in said
    assert len(session.planned) == 2


@dataclass(kw_only=True)
class Planning(FakeSession):
    """Its plans are real ones, for the machine there is."""

    made: list[Plan | Refused] = None  # type: ignore[assignment]  # set below

    def __post_init__(self) -> None:
        super().__post_init__()
        self.made = []

    def plan(self, answers: Answers, *, start_over: bool = False) -> Plan:
        self.planned.append(answers)
        try:
            plan = samples.plan(wanted=answers, at=self.machine_now, unattended=False)
        except Refused as refusal:
            self.made.append(refusal)
            raise
        self.made.append(plan)
        return plan


@pytest.mark.parametrize("name", sorted(path.stem for path in MACHINES.glob("*.json")))
def test_every_recorded_machine_is_walked_to_its_plan(name: str) -> None:
    at = RecordedHardware(MACHINES / f"{name}.json").machine()
    session = Planning(machine_now=at)
    usable = [each.disk for each in offered(at) if each.usable]
    if not usable:
        said, _ = talk(session, *RELEASE, ("No disk can be used.", ""))
        return
    keep: Script = ()
    if "AtomOS," in "".join(each.contents for each in offered(at) if each.usable):
        keep = (("Number [1]:", "3"),)
    said, _ = talk(
        session,
        *RELEASE,
        ("Number of the disk [1]:", "1"),
        ("Recovery on this disk", ""),
        *keep,
        *ENCRYPT,
        *WITH_KEY,
        *ADA,
        ("", ""),
    )
    (made,) = session.made
    if isinstance(made, Refused):
        for problem in made.problems:
            assert " ".join(f"! {problem.what} {problem.way_out}".split()) in said
    else:
        assert made.disk == usable[0]
        for lost in made.destroys:
            assert " ".join(f"- {lost}".split()) in said
        for operation in made.operations:
            assert " ".join(operation.sentence().split()) in said


def test_the_system_on_the_disk_is_unlocked_before_a_new_passphrase_is_chosen() -> None:
    session = FakeSession(
        machine_now=in_recovery(ENCRYPTED),
        plans=[plan_for(ENCRYPTED)],
        looks=[wrong_passphrase(), None],
    )
    said, _ = talk(
        session,
        ("The system on this disk is encrypted:", "wrong"),
        ("2 tries are left. Passphrase:", "of the old owner"),
        *NEW_PASSPHRASE,
        *WITH_KEY,
        *ADA[: -len(ZONE)],
        ("type its name: vda Disk's name:", "vda"),
        read=_asked_reset,
    )
    assert "Unlock the system on this disk" in said
    assert "of the old owner" not in said
    answers = session.planned[-1]
    assert answers.source.url == SLOT
    assert answers.disk_passphrase == Secret("of the old owner")
    assert answers.passphrase == Secret(PASSPHRASE)


def test_whoever_cannot_unlock_it_names_a_release() -> None:
    session = FakeSession(machine_now=in_recovery(ENCRYPTED), looks=[wrong_passphrase()])
    said, _ = talk(
        session,
        *(("Passphrase:", "wrong"),) * 3,
        ("Release [slot:", "https://example.org/r"),
        ("UNSIGNED, yes or no [no]:", ""),
        ("Number [1]:", ""),
        read=_asked_reset,
    )
    assert "Three wrong passphrases" in said
    assert session.asked_for[-1].url == "https://example.org/r"


def _asked_reset() -> Answers:
    """As live/medium/usr/lib/atomos/live/asked-reset leaves them."""
    return Answers(
        version=1,
        disk=DiskChoice(path="/dev/vda"),
        wipe=True,
        reinstall=True,
        layout=LayoutKind.ENCRYPTED,
        source=Source(url=SLOT),
    )
