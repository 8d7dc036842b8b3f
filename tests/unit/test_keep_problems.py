"""Reasons not to keep data, not to install from Recovery, not to encrypt: each in its words."""

import dataclasses
from collections.abc import Callable

import pytest

from installer.answers import Answers, DiskChoice, Keep, LayoutKind, User
from installer.contract import CommandLines
from installer.errors import Problem, Refused
from installer.hardware import Disk, Machine, Medium
from installer.installation import Installation
from installer.layout import smallest_luks
from installer.operations.volumes import MakeVolumes
from installer.quantity import GIB, MIB
from installer.question import QuestionId
from installer.release import Release
from installer.secret import Secret
from tests.unit import samples
from tests.unit.samples import (
    DISK,
    PASSPHRASE,
    STICK,
    answers,
    contract,
    encrypted,
    installation,
    installed,
    keeping,
    machine,
    release,
    stick_partition,
)

LOCKED = installed(LayoutKind.ENCRYPTED)
OPENED = installation(luks_uuid="77777777-7777-4777-8777-777777777777")


def problems(
    wanted: Answers,
    at: Machine | None = None,
    found: Installation | Refused | None = None,
    of: Release | None = None,
    *,
    unattended: bool = True,
) -> tuple[Problem, ...]:
    with pytest.raises(Refused) as refused:
        samples.plan(wanted=wanted, at=at, found=found, of=of, unattended=unattended)
    return refused.value.problems


def large(size: int) -> Release:
    return release(image=dataclasses.replace(release().image, size_bytes=size))


def from_recovery(disk: Disk, *, in_ram: bool = True) -> Machine:
    """A machine that was started from the recovery partition of `disk`."""
    part = next(each for each in disk.partitions if each.label == "atomos-recovery")
    medium = Medium(
        device=part.path, in_ram=in_ram, is_recovery=True, length_bytes=samples.LIVE.size_bytes
    )
    return machine(disks=(disk,), medium=medium)


KEPT = [
    pytest.param(
        keeping(), machine(DISK), None, None,
        "QEMU HARDDISK (/dev/vda) holds no AtomOS whose data could be kept.", "keep nothing",
        QuestionId.DISK, id="nothing to keep",
    ),
    pytest.param(
        keeping(disk=DiskChoice(only=True)), machine(DISK), None, None,
        "No disk fits. USB Stick (/dev/sda): the live system was started from it; QEMU HARDDISK"
        " (/dev/vda): it holds no AtomOS", "whose data are to be kept", QuestionId.DISK,
        id="no disk to keep",
    ),
    pytest.param(
        keeping(disk=DiskChoice(path="/dev/vdz"), passphrase=Secret(PASSPHRASE)), machine(LOCKED),
        None, None, "There is no disk /dev/vdz.", "Attached are", QuestionId.DISK,
        id="no such disk, so that nobody knows whether it is encrypted",
    ),
    pytest.param(
        keeping(), machine(dataclasses.replace(installed(), partitions=installed().partitions[1:])),
        None, None,
        "QEMU HARDDISK (/dev/vda) has another layout than AtomOS makes: atomos-bios is missing.",
        "Save your data by other means", QuestionId.KEEP, id="other layout",
    ),
    pytest.param(
        keeping(reinstall=False), machine(installed()), installation(), None,
        "QEMU HARDDISK (/dev/vda) already holds AtomOS.", "and keep your data", QuestionId.DISK,
        id="no consent to installing over",
    ),
    pytest.param(
        keeping(wipe=True), machine(installed()), installation(), None,
        "The answers say both that the disk is erased and that something on it is kept.",
        "Leave out `wipe` to keep it", None, id="wipe and keep",
    ),
    pytest.param(
        keeping(), machine(installed()), installation(), large(2 * GIB + 3 * MIB - 1),
        "The image is too big for its slot by 3 MiB: it has 2 GiB, the slot 2 GiB.",
        "without keeping anything", None, id="slots too small",
    ),
    pytest.param(
        keeping(passphrase=Secret(PASSPHRASE)), machine(LOCKED),
        dataclasses.replace(OPENED, slot_bytes=(2 * GIB, GIB)), large(GIB + 5 * MIB),
        "The image is too big for its slot by 5 MiB", "without keeping anything", None,
        id="one volume too small",
    ),
    pytest.param(
        keeping(), machine(installed()), installation(),
        release(contract=contract(minimum_slot_bytes=2 * GIB + 1)),
        "The slots have 2 GiB, and AtomOS Debian asks for at least 2 GiB: 1 MiB more.",
        "without keeping anything", None, id="slots below the contract's minimum",
    ),
    pytest.param(
        keeping(user=User(name="bob", password=Secret("x"))), machine(installed()), installation(),
        None, "The account bob is on the disk already, and is kept as it is.", "no `user`",
        QuestionId.USER, id="account kept",
    ),
    pytest.param(
        keeping(), machine(installed()), installation(accounts=()), None,
        "No account is on the disk that could be kept, and none is to be made.", "`user`",
        QuestionId.USER, id="nobody to log in",
    ),
    pytest.param(
        keeping(layout=LayoutKind.ENCRYPTED, passphrase=Secret(PASSPHRASE)), machine(installed()),
        installation(), None,
        "The answers ask for the encrypted layout. QEMU HARDDISK (/dev/vda) has the plain one,"
        " which stays, since data on it are kept.", "Choose the plain layout, or keep nothing.",
        QuestionId.PASSPHRASE, id="kept data are not encrypted afterwards",
    ),
    pytest.param(
        keeping(passphrase=Secret(PASSPHRASE)), machine(installed()), installation(), None,
        "QEMU HARDDISK (/dev/vda) is not encrypted and stays so, and there is a passphrase.",
        "Leave out what", QuestionId.PASSPHRASE, id="a passphrase for nothing",
    ),
    pytest.param(
        keeping(locale="xx_YY.UTF-8"), machine(installed()), installation(), None,
        "AtomOS Debian has no locale xx_YY.UTF-8.", "C.UTF-8, en_US.UTF-8", QuestionId.LANGUAGE,
        id="locale",
    ),
    pytest.param(
        keeping(passphrase=Secret("wrong")), machine(LOCKED),
        Refused.because("The passphrase does not open /dev/vda5.", "Again.", QuestionId.UNLOCK),
        None, "The passphrase does not open /dev/vda5.", "Again.", QuestionId.UNLOCK,
        id="what the look found",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "at", "found", "of", "what", "way_out", "question"), KEPT)
def test_one_thing_is_wrong_with_keeping(
    wanted: Answers,
    at: Machine,
    found: Installation | Refused | None,
    of: Release | None,
    what: str,
    way_out: str,
    question: QuestionId | None,
) -> None:
    (problem,) = problems(wanted, at, found, of)
    assert what in problem.what
    assert way_out in problem.way_out
    assert problem.question is question


def test_what_is_wrong_with_keeping_is_told_at_once() -> None:
    told = " ".join(
        each.what
        for each in problems(
            keeping(wipe=True, reinstall=False, user=User(name="ada", password=Secret("x"))),
            machine(dataclasses.replace(installed(), held=True)),
            installation(),
            large(3 * GIB),
        )
    )
    for words in ("held by", "already holds", "both that", "account ada", "too big for its slot"):
        assert words in told


RECOVERY = [
    pytest.param(
        lambda: (answers(reinstall=True), from_recovery(installed(), in_ram=False), None),
        "QEMU HARDDISK (/dev/vda) cannot be used: Recovery was started from it and does not fit"
        " into memory.", QuestionId.DISK, id="not from memory",
    ),
    pytest.param(
        lambda: (encrypted(reinstall=True), from_recovery(installed()), None),
        "The answers ask for the encrypted layout. QEMU HARDDISK (/dev/vda) has the plain one,"
        " which stays: this live system came from its Recovery.", QuestionId.PASSPHRASE,
        id="other layout wished",
    ),
    pytest.param(
        lambda: (answers(reinstall=True), from_recovery(LOCKED), None),
        "The answers ask for the plain layout. QEMU HARDDISK (/dev/vda) has the encrypted one,"
        " which stays", QuestionId.PASSPHRASE, id="encrypted stays",
    ),
    pytest.param(
        lambda: (
            answers(reinstall=True),
            from_recovery(
                dataclasses.replace(installed(), partitions=installed().partitions[1:])
            ),
            None,
        ),
        "has another layout than AtomOS makes: atomos-bios is missing.", QuestionId.DISK,
        id="unknown layout",
    ),
    pytest.param(
        lambda: (answers(reinstall=True), from_recovery(installed()), large(2 * GIB + 1)),
        "The image is too big for its slot by 1 MiB", None, id="slot too small",
    ),
    pytest.param(
        lambda: (
            answers(reinstall=True),
            from_recovery(dataclasses.replace(installed(), damaged=True)),
            None,
        ),
        "The start or the end of QEMU HARDDISK (/dev/vda) cannot be read.", QuestionId.DISK,
        id="damaged",
    ),
    pytest.param(
        lambda: (
            answers(reinstall=True),
            from_recovery(dataclasses.replace(installed(), read_only=True)),
            None,
        ),
        "QEMU HARDDISK (/dev/vda) is read-only.", QuestionId.DISK, id="read-only",
    ),
    pytest.param(
        lambda: (
            encrypted(reinstall=True, slot_size="6 GiB"),
            from_recovery(LOCKED),
            None,
        ),
        # 16 GiB without the other partitions, and two slots, data, LUKS and LVM in the rest.
        "atomos-luks on QEMU HARDDISK (/dev/vda) is too small by 1559 MiB for two slots and data.",
        QuestionId.DISK, id="container too small",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("case", "what", "question"), RECOVERY)
def test_one_thing_is_wrong_from_recovery(
    case: Callable[[], tuple[Answers, Machine, Release | None]],
    what: str,
    question: QuestionId | None,
) -> None:
    wanted, at, of = case()
    found = problems(wanted, at, None, of, unattended=False)
    (problem,) = (each for each in found if "account" not in each.what)
    assert what in problem.what
    assert problem.question is question
    assert problem.way_out


def test_recovery_never_acts_on_unattended_answers_even_when_data_are_kept() -> None:
    (problem,) = problems(keeping(), from_recovery(installed()), installation())
    assert "never acts on unattended answers" in problem.what


OTHER_STICK = dataclasses.replace(
    STICK, path="/dev/sdb", serial="S2", ids=(), partitions=(stick_partition("/dev/sdb1", "ntfs"),)
)


@pytest.mark.parametrize(
    ("wanted", "of", "what", "question"),
    [
        (
            encrypted(passphrase=None), None,
            "An encrypted disk needs a passphrase, and there is none.", QuestionId.PASSPHRASE,
        ),
        (
            encrypted(passphrase=Secret("")), None,
            "The passphrase cannot be taken: Type a passphrase.", QuestionId.PASSPHRASE,
        ),
        (
            encrypted(passphrase=Secret("a\nb")), None,
            "The passphrase cannot be taken: A passphrase is one line without control",
            QuestionId.PASSPHRASE,
        ),
        (
            encrypted(passphrase=Secret("x" * 512)), None,
            "A passphrase has at most 511 bytes, and this one has 512", QuestionId.PASSPHRASE,
        ),
        (
            answers(passphrase=Secret("x"), recovery_key=Secret("y"), header_backup="/dev/sdb1"),
            None,
            "The disk is not to be encrypted, and there is a passphrase and a recovery key and a"
            " place for the LUKS header's copy.", QuestionId.PASSPHRASE,
        ),
        (
            encrypted(header_backup="/dev/sdb1"), None,
            "/dev/sdb1 cannot get the copy of the LUKS header: it has ntfs.",
            QuestionId.RECOVERY_KEY,
        ),
        (
            encrypted(header_backup="/dev/sdc1"), None,
            "/dev/sdc1 cannot get the copy of the LUKS header: there is no such device.",
            QuestionId.RECOVERY_KEY,
        ),
        (
            encrypted(), release(contract=contract(command_lines=CommandLines(plain="root=x"))),
            "AtomOS Debian cannot be started from an encrypted disk.", QuestionId.WELCOME,
        ),
    ],
)  # fmt: skip
def test_one_thing_is_wrong_with_encrypting(
    wanted: Answers, of: Release | None, what: str, question: QuestionId
) -> None:
    (problem,) = problems(wanted, machine(DISK, OTHER_STICK), None, of)
    assert what in problem.what
    assert problem.question is question
    assert problem.way_out


def with_room_for(slot_bytes: int) -> Disk:
    """Encrypted, by somebody who had asked for slots of this size."""
    parts = tuple(
        dataclasses.replace(each, size_bytes=smallest_luks(slot_bytes))
        if each.label == "atomos-luks"
        else each
        for each in LOCKED.partitions
    )
    return dataclasses.replace(LOCKED, partitions=parts)


def test_new_slots_are_as_large_as_the_container_has_room_for() -> None:
    """A reset of such a disk was refused: it took the size that a new disk would have."""
    small = from_recovery(with_room_for(GIB))
    plan = samples.plan(wanted=encrypted(reinstall=True), at=small, unattended=False)
    made = next(each for each in plan.operations if isinstance(each, MakeVolumes))
    assert [each.size_bytes for each in made.volumes[:2]] == [GIB, GIB]
    image = large(GIB + MIB)
    (problem,) = problems(encrypted(reinstall=True), small, None, image, unattended=False)
    assert "The image is too big for its slot by 1 MiB" in problem.what
    assert "start the machine from a live medium" in problem.way_out


def test_no_problem_repeats_a_passphrase() -> None:
    wanted = encrypted(passphrase=Secret("swordfish\n"), header_backup="/dev/sdc1", wipe=False)
    assert "swordfish" not in repr(problems(wanted))


def test_an_encrypted_disk_needs_more_room() -> None:
    small = dataclasses.replace(DISK, size_bytes=9 * GIB + 514 * MIB)
    (problem,) = problems(encrypted(), machine(small))
    assert "is too small by 21 MiB" in problem.what
    enough = dataclasses.replace(DISK, size_bytes=9 * GIB + 535 * MIB)
    assert samples.plan(wanted=encrypted(), at=machine(enough)).operations


@pytest.mark.parametrize("keep", [Keep.DATA, Keep.DATA_AND_VAR])
def test_the_only_disk_that_fits_is_the_one_that_holds_an_atomos(keep: Keep) -> None:
    held = dataclasses.replace(installed(), path="/dev/vdb")
    at = machine(DISK, held)
    plan = samples.plan(
        wanted=keeping(keep=keep, disk=DiskChoice(only=True)), at=at, found=installation()
    )
    assert plan.disk == held
