"""The flow of questions, walked without any screen."""

import dataclasses

import pytest

from installer.answers import Keep, LayoutKind
from installer.draft import Draft
from installer.flow import FLOW, Entry, after, asked, before, problems, question
from installer.hardware import Disk, Firmware, Machine, Medium, Partition
from installer.layout import Role
from installer.quantity import GIB, MIB
from installer.question import QuestionId
from installer.secret import Secret

KEY = "cccccccc-bbbbbbbb-dddddddd-eeeeeeee"
FILLED = Draft(
    source_url="https://example.org/atomos",
    allow_unsigned=True,
    disk_path="/dev/vda",
    passphrase=Secret("violin kettle moss"),
    passphrase_again=Secret("violin kettle moss"),
    recovery_key=Secret(KEY),
    recovery_key_group=1,
    recovery_key_written=True,
    recovery_key_typed=Secret("bbbbbbbb"),
    full_name="Ada Lovelace",
    user_name="ada",
    host_name="engine",
    password=Secret("correct horse"),
    password_again=Secret("correct horse"),
)


FRESH = [
    QuestionId.WELCOME,
    QuestionId.DISK,
    QuestionId.PASSPHRASE,
    QuestionId.RECOVERY_KEY,
    QuestionId.USER,
    QuestionId.SUMMARY,
]


def disk_with(*roles: Role, path: str = "/dev/vda") -> Disk:
    """A disk with partitions of these labels."""
    parts = tuple(
        Partition(
            path=f"{path}{number}", number=number, start_bytes=MIB, size_bytes=GIB, label=role
        )
        for number, role in enumerate(roles, start=1)
    )
    return Disk(path=path, size_bytes=16 * GIB, partitions=parts)


def machine_with(*disks: Disk, recovery: str | None = None) -> Machine:
    """A machine, started from that recovery partition or from nothing known."""
    medium = None
    if recovery is not None:
        medium = Medium(device=recovery, in_ram=True, is_recovery=True, length_bytes=None)
    return Machine(
        architecture="x86-64",
        firmware=Firmware.UEFI,
        secure_boot=False,
        memory_bytes=GIB,
        disks=disks,
        medium=medium,
    )


PLAIN = disk_with(Role.RECOVERY, Role.SLOT_A, Role.SLOT_B, Role.DATA)
ENCRYPTED = disk_with(Role.RECOVERY, Role.LUKS)
BLANK = disk_with(path="/dev/vdb")


@pytest.mark.parametrize(
    ("draft", "wanted"),
    [
        (Draft(), FRESH),
        (
            Draft(encrypt=False),
            [each for each in FRESH if each is not QuestionId.RECOVERY_KEY],
        ),
        (
            Draft(reinstall=True),
            [QuestionId.WELCOME, QuestionId.DISK, QuestionId.KEEP, QuestionId.SUMMARY],
        ),
        (
            Draft(reinstall=True, encrypted_already=True, keep=Keep.DATA_AND_VAR),
            [*FRESH[:2], QuestionId.KEEP, QuestionId.UNLOCK, QuestionId.SUMMARY],
        ),
        (
            Draft(reinstall=True, encrypted_already=True, keep=Keep.NOTHING),
            [*FRESH[:2], QuestionId.KEEP, *FRESH[2:]],
        ),
        (
            Draft(reinstall=True, table_stays=True, keep=Keep.NOTHING),
            [*FRESH[:2], QuestionId.KEEP, QuestionId.USER, QuestionId.SUMMARY],
        ),
        (
            Draft(
                reinstall=True,
                table_stays=True,
                encrypted_already=True,
                keep=Keep.NOTHING,
                encrypt=False,
            ),
            [*FRESH[:2], QuestionId.KEEP, *FRESH[2:]],
        ),
    ],
)
def test_the_questions_follow_each_other_both_ways(draft: Draft, wanted: list[QuestionId]) -> None:
    walked = [QuestionId.WELCOME]
    while (following := after(walked[-1], draft)) is not None:
        assert before(following, draft) is walked[-1]
        walked.append(following)
    assert walked == wanted
    assert [each.id for each in asked(draft)] == wanted
    assert before(QuestionId.WELCOME, draft) is None


def test_every_question_has_a_place_and_a_title_of_its_own() -> None:
    assert [each.id for each in FLOW] == list(QuestionId)
    assert len({question(id).title for id in QuestionId}) == len(QuestionId)


def test_every_entry_is_a_field_of_the_draft_and_is_asked_once() -> None:
    entries = [entry for question in FLOW for entry in question.entries]
    assert sorted(entries) == sorted(Entry)
    assert set(entries) <= {each.name for each in dataclasses.fields(Draft)}


def test_an_empty_draft_lacks_what_has_no_default() -> None:
    lacking = [problem.entry for each in QuestionId for problem in problems(each, Draft())]
    assert lacking == [
        Entry.SOURCE_URL,
        Entry.ALLOW_UNSIGNED,
        Entry.DISK_PATH,
        Entry.DISK_PASSPHRASE,
        Entry.PASSPHRASE,
        Entry.RECOVERY_KEY_WRITTEN,
        Entry.RECOVERY_KEY_TYPED,
        Entry.USER_NAME,
        Entry.PASSWORD,
    ]


def test_a_filled_draft_has_no_problem_and_becomes_answers() -> None:
    assert [problem for each in asked(FILLED) for problem in problems(each.id, FILLED)] == []
    answers = FILLED.answers()
    assert answers.layout is LayoutKind.ENCRYPTED
    assert answers.passphrase == Secret("violin kettle moss")
    assert answers.recovery_key == Secret(KEY)
    assert answers.header_backup is None
    assert answers.keep is Keep.NOTHING
    assert answers.user is not None
    assert answers.disk.path == "/dev/vda"
    assert answers.wipe
    assert not answers.reinstall
    assert answers.source.allow_unsigned
    assert answers.user.password == Secret("correct horse")
    assert answers.hostname == "engine"


def test_passwords_that_differ_are_told_at_the_second() -> None:
    draft = dataclasses.replace(FILLED, password_again=Secret("correct house"))
    (problem,) = problems(QuestionId.USER, draft)
    assert problem.entry is Entry.PASSWORD_AGAIN
    assert "differ" in problem.what


def test_a_place_without_a_scheme_or_a_scheme_without_a_place() -> None:
    for url in ("example.org", "ftp://example.org", "https://", "file://"):
        draft = dataclasses.replace(FILLED, source_url=url)
        (problem,) = problems(QuestionId.WELCOME, draft)
        assert "Begin with https://" in problem.what, url


def test_an_address_with_a_login_in_it_is_refused_as_in_an_answers_file() -> None:
    """It would stand in events, in the record on the disk and on the screen."""
    for url in ("https://ada:geheim@example.org/atomos", "http://a b", "file://host/atomos"):
        draft = dataclasses.replace(FILLED, source_url=url)
        (problem,) = problems(QuestionId.WELCOME, draft)
        assert "user name and password" in problem.what, url
        assert "geheim" not in problem.what


@pytest.mark.parametrize(
    "url", ["http://10.0.2.2:8000/release", "https://example.org", "file:///run/atomos/iso/release"]
)
def test_usual_addresses(url: str) -> None:
    assert problems(QuestionId.WELCOME, dataclasses.replace(FILLED, source_url=url)) == ()


def test_a_draft_prints_no_secret() -> None:
    for secret in ("correct horse", "violin", KEY, "bbbbbbbb"):
        assert secret not in repr(FILLED)


def test_a_draft_without_secrets_has_none_left() -> None:
    bare = dataclasses.replace(FILLED, disk_passphrase=Secret("old")).without_secrets()
    values = [getattr(bare, each.name) for each in dataclasses.fields(bare)]
    secrets = [value for value in values if isinstance(value, Secret)]
    assert len(secrets) == 7
    assert {value.reveal() for value in secrets} == {""}
    assert bare.user_name == "ada"


@pytest.mark.parametrize(
    ("passphrase", "words"),
    [("", "Type a passphrase"), ("one\ntwo", "one line"), ("ü" * 256, "at most 511 bytes")],
)
def test_passphrases_that_no_prompt_takes(passphrase: str, words: str) -> None:
    secret = Secret(passphrase)
    draft = dataclasses.replace(FILLED, passphrase=secret, passphrase_again=secret)
    (problem,) = problems(QuestionId.PASSPHRASE, draft)
    assert problem.entry is Entry.PASSPHRASE
    assert words in problem.what
    plain = dataclasses.replace(draft, encrypt=False)
    assert problems(QuestionId.PASSPHRASE, plain) == ()


def test_a_passphrase_of_512_letters_is_one_too_many_and_511_are_not() -> None:
    for length, count in ((511, 0), (512, 1)):
        secret = Secret("x" * length)
        draft = dataclasses.replace(FILLED, passphrase=secret, passphrase_again=secret)
        assert len(problems(QuestionId.PASSPHRASE, draft)) == count


def test_passphrases_that_differ_are_told_at_the_second() -> None:
    draft = dataclasses.replace(FILLED, passphrase_again=Secret("violin kettle"))
    (problem,) = problems(QuestionId.PASSPHRASE, draft)
    assert problem.entry is Entry.PASSPHRASE_AGAIN
    assert "differ" in problem.what


def test_an_old_passphrase_need_not_keep_the_rules_for_new_ones() -> None:
    draft = dataclasses.replace(FILLED, disk_passphrase=Secret("x" * 600))
    assert problems(QuestionId.UNLOCK, draft) == ()


def test_the_group_that_was_asked_for_is_typed_back() -> None:
    for typed, wrong in (("cccccccc", True), (" BBBBBBBB ", False), ("", True)):
        draft = dataclasses.replace(FILLED, recovery_key_typed=Secret(typed))
        found = problems(QuestionId.RECOVERY_KEY, draft)
        assert [each.entry for each in found] == [Entry.RECOVERY_KEY_TYPED] * wrong, typed
    declined = dataclasses.replace(FILLED, wants_recovery_key=False, recovery_key=Secret(""))
    assert problems(QuestionId.RECOVERY_KEY, declined) == ()
    assert declined.answers().recovery_key is None


def test_data_that_are_kept_bring_their_people_name_and_passphrase() -> None:
    draft = dataclasses.replace(
        FILLED, keep=Keep.DATA_AND_VAR, disk_passphrase=Secret("old one"), header_backup="/dev/sdc1"
    ).on(ENCRYPTED, machine_with(ENCRYPTED))
    draft = dataclasses.replace(draft, disk_passphrase=Secret("old one"))
    answers = draft.answers()
    assert (answers.keep, answers.wipe, answers.reinstall) == (Keep.DATA_AND_VAR, False, True)
    assert answers.layout is LayoutKind.ENCRYPTED
    assert answers.passphrase == Secret("old one")
    assert (answers.user, answers.hostname) == (None, None)
    assert (answers.recovery_key, answers.header_backup) == (None, None)


def test_a_plain_disk_that_is_kept_gets_no_passphrase() -> None:
    answers = FILLED.on(PLAIN, machine_with(PLAIN)).answers()
    assert answers.keep is Keep.DATA
    assert answers.layout is LayoutKind.PLAIN
    assert answers.passphrase is None


def test_what_was_said_of_one_disk_does_not_hold_for_another() -> None:
    machine = machine_with(ENCRYPTED, BLANK, recovery="/dev/vda1")
    said = dataclasses.replace(
        Draft().on(ENCRYPTED, machine),
        keep=Keep.NOTHING,
        disk_passphrase=Secret("old one"),
    )
    assert said.table_stays
    assert said.on(ENCRYPTED, machine) == said
    other = said.on(BLANK, machine)
    assert (other.reinstall, other.encrypted_already, other.table_stays) == (False,) * 3
    assert other.keep is Keep.DATA
    assert other.disk_passphrase == Secret("")
    assert not other.keeps
    assert other.answers().keep is Keep.NOTHING
