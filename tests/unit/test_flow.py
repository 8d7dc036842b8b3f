"""The flow of questions, walked without any screen."""

import dataclasses

import pytest

from installer.answers import Answers, DiskChoice, Keep, LayoutKind, Source, User
from installer.answers_connection import Network
from installer.answers_software import HomeManager, Software
from installer.draft import Draft
from installer.events import Step
from installer.flow import (
    FLOW,
    Entry,
    after,
    asked,
    before,
    lacking,
    problems,
    question,
    question_of_step,
)
from installer.hardware import Disk, Firmware, Machine, Medium, Partition
from installer.identifiers import Identifiers
from installer.languages import Speech
from installer.layout import Role, new_table
from installer.operation import Context, Operation
from installer.prefilled import Prefilled
from installer.quantity import GIB, MIB
from installer.question import QuestionId
from installer.secret import Secret
from installer.session import Plan
from installer.unfinished import Done, Unfinished, without_secrets
from installer.unfinished_words import Way
from installer.walk import Walk

KEY = "cccccccc-bbbbbbbb-dddddddd-eeeeeeee"
FILLED = Draft(
    source_url="https://example.org/atomos",
    version_of="https://example.org/atomos",
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


BEFORE = [QuestionId.LANGUAGE, QuestionId.NETWORK]
"""What is asked first, and is no step."""
FRESH = [
    QuestionId.WELCOME,
    QuestionId.RELEASE,
    QuestionId.DISK,
    QuestionId.PASSPHRASE,
    QuestionId.RECOVERY_KEY,
    QuestionId.USER,
    QuestionId.SOFTWARE,
    QuestionId.TIMEZONE,
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
            [*FRESH[:3], QuestionId.KEEP, QuestionId.SUMMARY],
        ),
        (
            Draft(reinstall=True, encrypted_already=True, keep=Keep.DATA_AND_VAR),
            [*FRESH[:3], QuestionId.KEEP, QuestionId.UNLOCK, QuestionId.SUMMARY],
        ),
        (
            Draft(reinstall=True, encrypted_already=True, keep=Keep.NOTHING),
            [*FRESH[:3], QuestionId.KEEP, *FRESH[3:]],
        ),
        (
            Draft(reinstall=True, table_stays=True, keep=Keep.NOTHING),
            [*FRESH[:3], QuestionId.KEEP, *FRESH[-4:]],
        ),
        (
            Draft(
                reinstall=True,
                table_stays=True,
                encrypted_already=True,
                keep=Keep.NOTHING,
                encrypt=False,
            ),
            [*FRESH[:3], QuestionId.KEEP, *FRESH[3:]],
        ),
    ],
)
def test_the_questions_follow_each_other_both_ways(draft: Draft, wanted: list[QuestionId]) -> None:
    walked = [QuestionId.WELCOME]
    assert after(QuestionId.UNFINISHED, draft) is QuestionId.NETWORK
    assert after(QuestionId.NETWORK, draft) is QuestionId.WELCOME
    while (following := after(walked[-1], draft)) is not None:
        assert before(following, draft) is walked[-1]
        walked.append(following)
    assert walked == wanted
    assert [each.id for each in asked(draft)] == [*BEFORE, *wanted]
    assert before(QuestionId.WELCOME, draft) is QuestionId.NETWORK
    assert before(QuestionId.NETWORK, draft) is QuestionId.LANGUAGE
    assert before(QuestionId.LANGUAGE, draft) is None


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


def test_a_copy_of_the_header_that_a_file_asks_for_is_made_where_data_are_kept() -> None:
    """No screen asks for it then; `run` made it by the same file."""
    given = dataclasses.replace(FILLED.answers(), keep=Keep.DATA, header_backup="/dev/sdc1")
    draft = dataclasses.replace(FILLED, given=given, keep=Keep.DATA)
    kept = draft.on(ENCRYPTED, machine_with(ENCRYPTED))
    assert kept.answers().header_backup == "/dev/sdc1"
    assert draft.on(PLAIN, machine_with(PLAIN)).answers().header_backup is None


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


THEN = Answers(
    version=1,
    disk=DiskChoice(serial="S1234"),
    wipe=True,
    layout=LayoutKind.ENCRYPTED,
    passphrase=Secret(""),
    recovery_key=Secret(""),
    recovery=False,
    source=Source(url="https://example.org/atomos", version="1.2", allow_unsigned=True),
    user=User(name="ada", full_name="Ada Lovelace", password=Secret(""), groups=("video",)),
    hostname="engine",
    keymap="de",
    slot_size="3 GiB",
)
NOT_PLAIN = dataclasses.replace(THEN, layout=LayoutKind.PLAIN, passphrase=None, recovery_key=None)
KEEPING = dataclasses.replace(
    THEN, wipe=False, reinstall=True, keep=Keep.DATA, user=None, hostname=None, recovery_key=None
)
STEPS = ("partition-table", "luks", "recovery-key", "slots", "account")
LASTING = STEPS[:-1]


class _Step(Operation):
    """One of STEPS, in no more than its name."""

    def sentence(self) -> str:
        return self.id

    @property
    def device(self) -> str:
        return "/dev/vda"

    def way_out(self) -> str:
        return ""

    def apply(self, context: Context) -> None:
        raise NotImplementedError

    def verify(self, context: Context) -> None:
        raise NotImplementedError


def step(name: str) -> Operation:
    class Kind(_Step):
        id = name
        lasting = name in LASTING

    return Kind()


def unfinished(answers: Answers = THEN, *done: str) -> Unfinished:
    """One onto /dev/vda of which these steps are done."""
    return Unfinished(
        disk="/dev/vda",
        disk_name="ACME (/dev/vda)",
        began=0.0,
        system="AtomOS",
        answers=answers,
        identifiers=Identifiers.draw(),
        steps=tuple(Step(id=id, sentence=id, writes_bytes=0) for id in STEPS),
        done=tuple(Done(id=id, deed=step(id).deed(), at=0.0) for id in done),
        touched=done,
        place="/dev/vda3",
    )


def plan(resumes: Unfinished | None) -> Plan:
    return Plan(
        system="AtomOS",
        disk=PLAIN,
        table=new_table(
            PLAIN,
            LayoutKind.PLAIN,
            slot_bytes=2 * GIB,
            recovery_bytes=0,
            disk_guid="d",
            guids={role: role.value for role in Role},
        ),
        operations=tuple(step(id) for id in STEPS),
        notices=(),
        digest="",
        resumes=resumes,
    )


@pytest.mark.parametrize(
    ("end", "wanted"),
    [
        (unfinished(THEN), [QuestionId.PASSPHRASE, QuestionId.RECOVERY_KEY, QuestionId.USER]),
        (
            unfinished(THEN, *STEPS[:2]),
            [QuestionId.UNLOCK, QuestionId.RECOVERY_KEY, QuestionId.USER],
        ),
        (unfinished(THEN, *STEPS[:3]), [QuestionId.UNLOCK, QuestionId.USER]),
        (unfinished(NOT_PLAIN), [QuestionId.USER]),
        (unfinished(KEEPING), [QuestionId.UNLOCK]),
        (unfinished(dataclasses.replace(KEEPING, passphrase=None)), []),
    ],
)
def test_going_on_asks_for_secrets_only(end: Unfinished, wanted: list[QuestionId]) -> None:
    draft = Draft(found=(end,)).resuming(end)
    assert [each.id for each in asked(draft)] == [
        QuestionId.UNFINISHED,
        QuestionId.NETWORK,
        *wanted,
        QuestionId.SUMMARY,
    ]
    first = wanted[0] if wanted else QuestionId.SUMMARY
    assert after(QuestionId.NETWORK, draft) is first
    assert before(first, draft) is QuestionId.NETWORK
    assert lacking(draft) == (wanted[0] if wanted else None)


def test_going_on_has_the_answers_of_then_with_the_secrets_of_now() -> None:
    draft = dataclasses.replace(
        Draft().resuming(unfinished(THEN, *STEPS[:3])),
        disk_passphrase=Secret("old one"),
        password=Secret("correct horse"),
        password_again=Secret("correct horse"),
    )
    assert lacking(draft) is None
    user = dataclasses.replace(THEN.user or User(name=""), password=Secret("correct horse"))
    assert draft.answers() == dataclasses.replace(
        THEN, disk=DiskChoice(path="/dev/vda"), passphrase=Secret("old one"), user=user
    )


def test_starting_over_begins_with_all_answers_and_keeps_those_no_screen_asks_for() -> None:
    draft = Draft().starting_over(unfinished(THEN, *STEPS[:3]))
    assert [each.id for each in asked(draft)] == [*BEFORE, *FRESH]
    assert (draft.user_name, draft.host_name, draft.recovery) == ("ada", "engine", False)
    assert draft.keep is Keep.DATA, "erasing is said anew"
    secrets = {"passphrase": Secret("new one"), "recovery_key": Secret(KEY)}
    answers = dataclasses.replace(draft, password=Secret("horse"), **secrets).answers()  # type: ignore[arg-type]
    user = dataclasses.replace(THEN.user or User(name=""), password=Secret("horse"))
    assert answers == dataclasses.replace(
        THEN,
        disk=DiskChoice(path="/dev/vda"),
        user=user,
        passphrase=Secret("new one"),
        recovery_key=Secret(KEY),
    )
    elsewhere = dataclasses.replace(draft, source_url="https://example.org/other")
    assert elsewhere.answers().source.version is None, "that version is of another place"


LOCAL = dataclasses.replace(THEN, source=Source(url="medium:/release"))
HOME = Network(ssid="Home", passphrase=Secret("swordfish"))


@pytest.mark.parametrize(
    ("then", "is_asked"),
    [(THEN, True), (LOCAL, False), (dataclasses.replace(LOCAL, network=HOME), True)],
)
def test_going_on_asks_for_the_network_where_that_is_of_use(then: Answers, is_asked: bool) -> None:
    end = unfinished(then, *STEPS[:1])
    draft = Draft(found=(end,)).resuming(end)
    assert (QuestionId.NETWORK in [each.id for each in asked(draft)]) == is_asked


def test_a_network_whose_passphrase_no_journal_has_is_chosen_again() -> None:
    end = unfinished(without_secrets(dataclasses.replace(THEN, network=HOME)))
    draft = Draft(settled=frozenset({QuestionId.NETWORK})).resuming(end)
    assert draft.network == dataclasses.replace(HOME, passphrase=Secret(""))
    (problem,) = problems(QuestionId.NETWORK, draft)
    assert "The passphrase of Home is missing" in problem.what
    assert after(QuestionId.UNFINISHED, draft) is QuestionId.NETWORK
    now = Draft(network=dataclasses.replace(HOME, ssid="Cafe")).resuming(end)
    assert now.network.ssid == "Cafe", "the machine may be elsewhere by now"
    assert now.answers().network == now.network


def test_whoever_has_chosen_a_network_is_not_asked_again_on_this_machine() -> None:
    walk = Walk(network=HOME).beginning("https://example.org/a")
    assert walk.draft.network == HOME
    assert after(QuestionId.UNFINISHED, walk.draft) is not QuestionId.NETWORK
    assert before(QuestionId.WELCOME, walk.draft) is QuestionId.NETWORK
    other = Prefilled(draft=Draft(network=dataclasses.replace(HOME, ssid="Cafe")))
    by_a_file = dataclasses.replace(walk, prefilled=other).beginning("")
    assert by_a_file.draft.network.ssid == "Cafe"
    assert after(QuestionId.UNFINISHED, by_a_file.draft) is QuestionId.NETWORK
    plain = dataclasses.replace(walk, prefilled=Prefilled(draft=Draft())).beginning("")
    assert plain.draft.network == HOME


def test_starting_over_where_data_are_kept_asks_what_of_them() -> None:
    draft = Draft().starting_over(unfinished(KEEPING))
    assert [each.id for each in asked(draft)][:7] == [
        *BEFORE,
        *FRESH[:3],
        QuestionId.KEEP,
        QuestionId.UNLOCK,
    ]
    assert draft.keep is Keep.DATA


def test_starting_over_without_anything_to_go_on_with_changes_nothing() -> None:
    assert FILLED.starting_over() == FILLED


def test_what_an_unfinished_installation_left_is_no_atomos_unless_somebody_may_have_used_it() -> (
    None
):
    machine = machine_with(ENCRYPTED)
    for end, is_one in (
        (unfinished(THEN, *STEPS[:2]), False),
        (unfinished(KEEPING), True),
        (dataclasses.replace(unfinished(THEN), touched=("boot-loader",)), True),
        (dataclasses.replace(unfinished(THEN), disk="/dev/vdb"), True),
    ):
        assert Draft().on(ENCRYPTED, machine, (end,)).reinstall is is_one


def test_after_a_failed_run_what_was_typed_is_what_goes_on() -> None:
    end = unfinished(THEN, *STEPS[:2])
    draft = FILLED.as_planned(plan(end))
    assert draft.found == (end,)
    assert draft.disk_passphrase == FILLED.passphrase
    assert lacking(draft) is None
    answers = draft.answers()
    assert (answers.passphrase, answers.recovery_key) == (FILLED.passphrase, Secret(KEY))
    assert answers.user is not None
    assert answers.user.password == FILLED.password


def test_a_plan_with_less_to_go_on_with_lacks_a_passphrase_typed_twice() -> None:
    typed = dataclasses.replace(
        Draft().resuming(unfinished(NOT_PLAIN)), password=Secret("x"), password_again=Secret("x")
    )
    assert lacking(typed) is None
    end = unfinished(dataclasses.replace(THEN, recovery_key=None), *STEPS[:2])
    once = dataclasses.replace(
        Draft().resuming(end),
        disk_passphrase=Secret("old one"),
        password=Secret("x"),
        password_again=Secret("x"),
    )
    assert lacking(once) is None
    less = once.as_planned(plan(dataclasses.replace(end, done=end.done[:1])))
    assert lacking(less) is QuestionId.PASSPHRASE
    assert less.disk_passphrase == Secret(""), "it opens what is no longer there"
    nothing = once.as_planned(plan(None))
    assert nothing.going_on is None
    assert lacking(nothing) is QuestionId.PASSPHRASE
    assert nothing.password == Secret("x")


def test_secrets_typed_for_one_disk_are_not_used_for_another() -> None:
    other = dataclasses.replace(unfinished(THEN, *STEPS[:3]), disk="/dev/vdb")
    draft = FILLED.resuming(other)
    assert draft.password == Secret("")
    assert draft.passphrase == Secret("")
    assert FILLED.resuming(unfinished(THEN)).password == FILLED.password


def test_a_container_that_does_not_open_is_about_its_passphrase() -> None:
    opening = Draft().resuming(unfinished(THEN, *STEPS[:2]))
    making = Draft().resuming(unfinished(THEN, *STEPS[:1]))
    assert question_of_step("luks", opening) is QuestionId.UNLOCK
    assert question_of_step("slots", opening) is None
    assert question_of_step("luks", making) is None
    assert question_of_step("luks", Draft()) is None


def test_a_draft_that_goes_on_prints_no_secret() -> None:
    draft = dataclasses.replace(
        Draft().resuming(unfinished(THEN, *STEPS[:2])), disk_passphrase=Secret("violin")
    )
    assert "violin" not in repr(draft)


@pytest.mark.parametrize("flake", ["", "github:ada/home", "git+https://example.org/home?ref=main"])
def test_a_flake_that_will_do(flake: str) -> None:
    assert problems(QuestionId.SOFTWARE, dataclasses.replace(FILLED, home_flake=flake)) == ()


@pytest.mark.parametrize("flake", ["ada", "github:ada home", "https://ada:secret@example.org/home"])
def test_a_flake_that_is_none_is_told_unless_there_is_to_be_no_home(flake: str) -> None:
    draft = dataclasses.replace(FILLED, home_flake=flake)
    (problem,) = problems(QuestionId.SOFTWARE, draft)
    assert "github:ada/home" in problem.what
    assert "secret" not in problem.what
    without = dataclasses.replace(draft, home_manager=False)
    assert problems(QuestionId.SOFTWARE, without) == ()
    assert without.answers().software == Software(home_manager=HomeManager.OFF)


def test_applications_are_names_with_blanks_or_commas_between() -> None:
    draft = dataclasses.replace(
        FILLED, flatpaks=" org.example.One, org.example.Two org.example.One"
    )
    assert problems(QuestionId.SOFTWARE, draft) == ()
    assert draft.answers().software.flatpaks == ("org.example.One", "org.example.Two")
    (problem,) = problems(QuestionId.SOFTWARE, dataclasses.replace(draft, flatpaks="firefox"))
    assert problem.what.startswith("firefox is no application")


@pytest.mark.parametrize(
    ("wish", "later", "becomes"),
    [
        (HomeManager.AUTO, False, HomeManager.AUTO),
        (HomeManager.NOW, False, HomeManager.NOW),
        (HomeManager.DEFERRED, False, HomeManager.AUTO),
        (HomeManager.OFF, False, HomeManager.AUTO),
        (HomeManager.AUTO, True, HomeManager.DEFERRED),
        (HomeManager.NOW, True, HomeManager.DEFERRED),
    ],
)
def test_now_or_later_is_as_it_is_ticked_and_a_file_may_insist(
    wish: HomeManager, later: bool, becomes: HomeManager
) -> None:
    given = dataclasses.replace(FILLED.answers(), software=Software(home_manager=wish))
    draft = dataclasses.replace(FILLED, given=given, home_manager=True, home_later=later)
    assert draft.answers().software.home_manager is becomes


def test_to_start_over_keeps_the_language_of_now_and_what_was_typed_since() -> None:
    """The console typed German, and the passphrase's prompt got the keyboard of then, or none."""
    then = dataclasses.replace(THEN, keymap="gb", locale="en_GB.UTF-8")
    walk = Walk(speech=Speech(language="de", keymap="de", chosen=True)).found((unfinished(then),))
    over = walk.by(Way.START_OVER, unfinished(then), "")
    assert (over.draft.keymap, over.draft.locale) == ("de", "de_DE.UTF-8")
    typed = over.took(dataclasses.replace(over.draft, full_name="Grace Hopper"))
    again = typed.by(Way.START_OVER, unfinished(then), "")
    assert again.draft.full_name == "Grace Hopper"
    nobody = Walk().found((unfinished(then),)).by(Way.START_OVER, unfinished(then), "")
    assert (nobody.draft.keymap, nobody.draft.locale) == ("gb", "en_GB.UTF-8")
