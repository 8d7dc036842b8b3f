"""Plain mode from its first line to the restart, and what a person may say in between."""

from dataclasses import replace

import pytest

from installer.answers import Answers, User
from installer.errors import Refused, ToolFailed
from installer.hardware import Medium
from installer.secret import Secret
from screens.drawn_key import DrawnKey
from screens.leave import Leave
from screens.plain.start import app_on
from screens.plain.terminal import EndOfInput, HungUp, Interrupt
from tests.ui.atomos_disks import stick
from tests.ui.fake_session import (
    BLANK,
    IN_USE,
    OFFER,
    PROBLEMS,
    READ_ONLY,
    SIGNER,
    STICK,
    UNSIGNED,
    WINDOWS,
    FakeSession,
    machine,
    plan_for,
    refused,
)
from tests.ui.wanted import WANTED
from tests.unit.plain_terminal import (
    ADA,
    AGREED,
    BACK_TO_USER,
    BLANK_DISK,
    ENCRYPTED,
    GROUPS,
    KEY,
    NEW_PASSPHRASE,
    PASSPHRASE,
    PASSWORD,
    RECOVERY_KEY,
    RELEASE,
    RESTART,
    TO_PLAN,
    VERSION,
    WITH_KEY,
    ZONE,
    Scripted,
    draw_key,
    talk,
)


def test_from_the_first_line_to_the_restart() -> None:
    session = FakeSession()
    said, leave = talk(session, *TO_PLAN, *AGREED, *RESTART)
    assert leave is Leave.REBOOT
    assert [answers for answers, _ in session.started] == [WANTED]
    assert session.started[0][1] is session.plans[0], "what was shown is what is carried out"
    for words in (
        "Step 1 of 9: Release Install AtomOS on this machine AtomOS takes one whole disk.",
        "1. /dev/nvme0n1 953 GiB NVMe ACME SSD [fast] 1TB 2 partitions: vfat",
        "2. /dev/vda 16 GiB virtio QEMU HARDDISK empty",
        "Strength: very good",
        "WILL BE LOST, for good, on QEMU HARDDISK (/dev/vda), 16 GiB: - everything on QEMU",
        f"- {UNSIGNED}",
        "5 atomos-luks",
        "AtomOS Debian 0.1.0 for x86-64 will be installed",
        "2.2 GiB will be written, from http://10.0.2.2:8000/release",
        "Encrypted, with your passphrase and a recovery key",
        "User ada, host name engine Time zone UTC",
        "7 Write the system image into Root A on /dev/atomos/a",
        "To erase this disk and install AtomOS on it, type its name: vda",
        "Step 7 of 13: Write the system image into Root A on /dev/atomos/a done after 14.0 s",
        "QEMU HARDDISK (/dev/vda) was written and checked, in 1:35.",
        "The boot menu, 5 seconds long at each start - Root A, key A: starts by itself - Root B,",
        "- Recovery, key R: to repair from - Recovery with speech and braille (key S)",
        "The passphrase is asked for at every start. Then log in as ada.",
    ):
        assert words in said
    for secret in (PASSPHRASE, PASSWORD):
        assert secret not in said
    assert said.count(RECOVERY_KEY) == 1, "shown once"


def test_secrets_are_typed_without_echo_and_all_else_with_it() -> None:
    terminal = Scripted(script=list(TO_PLAN))
    assert app_on(terminal, FakeSession(), clock=lambda: 0.0, draw=draw_key).run() is Leave.HUNG_UP
    for secret in (PASSPHRASE, PASSWORD):
        assert secret not in terminal.shown
    for line in ("Ada Lovelace", GROUPS[2], "2"):
        assert line in terminal.shown
    assert terminal.forgotten == 1, "what was typed before the plan could be read is no consent"


def test_a_wrong_name_and_an_empty_line_confirm_nothing() -> None:
    session = FakeSession()
    talk(
        session,
        *TO_PLAN,
        ("Disk's name:", "vdb"),
        ("! That is not vda. Nothing has been written. Disk's name:", ""),
        ("! That is not vda. Nothing has been written. Disk's name:", "yes"),
        ("! That is not vda. Nothing has been written. Disk's name:", "/dev/vda"),
        *RESTART,
    )
    assert len(session.started) == 1


def test_back_goes_one_answer_back_and_keeps_what_was_entered() -> None:
    session = FakeSession()
    talk(
        session,
        *TO_PLAN,
        ("Disk's name:", "back"),
        ("Time zone [UTC]:", "back"),
        *BACK_TO_USER,
        ("Full name, optional [Ada Lovelace]:", ""),
        ("Login name, for example ada [ada]:", "back"),
        ("Full name, optional [Ada Lovelace]:", "BACK"),
        ("Step 5 of 9: Recovery key", "back"),
        ("Encrypt this disk (recommended), yes or no [yes]:", "back"),
        ("Number of the disk [2]:", "back"),
        ("2. 0.0.9 688 MiB Number [1]:", "back"),
        ("Release [http://10.0.2.2:8000/release]:", ""),
        ("UNSIGNED, yes or no [yes]:", ""),
        *VERSION,
        ("Number of the disk [2]:", ""),
        ("Recovery on this disk too, yes or no [yes]:", "no"),
        ("Encrypt this disk", ""),
        ("Passphrase [as typed before]:", ""),
        *WITH_KEY,
        ("Full name, optional [Ada Lovelace]:", " "),
        ("Login name, for example ada [ada]:", ""),
        ("Host name [engine]:", ""),
        ("Password [as typed before]:", ""),
        *ZONE,
        *AGREED,
        *RESTART,
    )
    assert WANTED.user is not None
    nameless = replace(WANTED.user, full_name="")
    assert session.started[0][0] == replace(WANTED, user=nameless, recovery=False)


def test_back_at_the_first_question_says_so() -> None:
    talk(
        FakeSession(),
        ("Release [", "back"),
        ("How does this machine reach the network?", "back"),
        ("Language and keyboard", "back"),
        ("There is nothing to go back to. Language and keyboard", ""),
    )


@pytest.mark.parametrize("word", ["help", "?", " Help "])
def test_help_is_that_of_f1_with_the_ways_of_this_mode(word: str) -> None:
    said, _ = talk(
        FakeSession(),
        ("Release [", word),
        ("unless you say yes to UNSIGNED; the next page says who signed.", ""),
        ("UNSIGNED", "yes"),
        *VERSION,
        ("Number of the disk", word),
        ('"look" looks again, for a disk plugged in just now.', "1"),
        ("Recovery", word),
        ("AtomOS takes a whole disk.", ""),
        ("Encrypt", "no"),
        ("Full name", word),
        ('it is not shown unless you type "show" first.', ""),
    )
    for key in ("F1", "F5", "Esc", "Space", "Page", "{"):
        assert key not in said


def test_again_repeats_the_question() -> None:
    talk(
        FakeSession(),
        *RELEASE,
        ("Number of the disk", "again"),
        ("Step 3 of 9: Disk Which disk shall AtomOS be on? 1. /dev/nvme0n1", "2"),
    )


def test_a_word_of_this_mode_can_be_an_answer() -> None:
    session = FakeSession()
    talk(
        session,
        *RELEASE,
        *BLANK_DISK,
        ("Encrypt this disk", ""),
        ("Passphrase:", "\\back"),
        ("Passphrase again:", "\\back"),
        ("Make a recovery key", "no"),
        ("Number [1]:", ""),
        ("Full name", "\\Back"),
        ("Login name", "back_"),
        ("Host name", "\\quit"),
        ("Password:", "\\?"),
        ("Password again:", "\\?"),
        *ZONE,
        ("Disk's name", "vda"),
    )
    (answers, _plan) = session.started[0]
    assert answers.user == User(name="back_", full_name="Back", password=Secret("?"))
    assert answers.hostname == "quit"
    assert answers.passphrase == Secret("back")
    assert answers.recovery_key is None


def test_a_passphrase_is_exactly_what_was_typed() -> None:
    session = FakeSession()
    odd = " Back  \\x "
    talk(
        session,
        *RELEASE,
        *BLANK_DISK,
        ("Encrypt this disk", ""),
        ("Passphrase:", odd),
        ("Passphrase again:", odd),
        *WITH_KEY,
        *ADA,
        ("Disk's name", "vda"),
    )
    assert session.started[0][0].passphrase == Secret(odd)


def test_passphrases_that_differ_none_at_all_and_a_weak_one() -> None:
    said, _ = talk(
        FakeSession(),
        *RELEASE,
        *BLANK_DISK,
        ("Encrypt this disk", ""),
        ("Passphrase:", ""),
        ("! Type a passphrase. Passphrase:", "pässwort"),
        ("Strength:", "pässwert"),
        ("! The two passphrases differ; type both again. Passphrase:", "password"),
        ("Strength: very weak: guessed at once", "back"),
        ("Passphrase:", "password"),
        ("Add another word or two.", "password"),
        ("Make a recovery key", ""),
    )
    assert "! The passphrase has characters outside ASCII." in said


def test_what_is_typed_secretly_may_be_shown() -> None:
    terminal = Scripted(
        script=[
            *RELEASE,
            *BLANK_DISK,
            ("Encrypt this disk", ""),
            ("Passphrase:", "show"),
            ("What you type is shown from now on", PASSPHRASE),
            ("Passphrase again:", PASSPHRASE),
        ]
    )
    app_on(terminal, FakeSession(), clock=lambda: 0.0, draw=draw_key).run()
    assert terminal.shown.count(PASSPHRASE) == 2


def test_each_wrong_name_is_told_at_its_line() -> None:
    talk(
        FakeSession(),
        *RELEASE,
        *BLANK_DISK,
        ("Encrypt this disk", "no"),
        ("Whoever holds the disk in hand can read", ""),
        ("Login name", "root"),
        ("! The system itself uses the name root; choose another. Login name", "ada"),
        ("Host name", "-"),
        ("! Use letters, digits and -, with no - at either end. Host name", "engine"),
        ("Password:", ""),
        ("! Type a password. Password:", "a"),
        ("Password again:", "b"),
        ("! The two passwords differ; type both again. Password:", "a"),
        ("Password again:", "a"),
        *ZONE,
        ("Disk's name", ""),
    )


def test_a_number_that_is_none_of_them_and_a_disk_that_cannot_be_chosen() -> None:
    session = FakeSession(machine_now=machine(BLANK, IN_USE, READ_ONLY))
    said, _ = talk(
        session,
        *RELEASE,
        ("Number of the disk [1]:", "3"),
        ("! Type a number from 1 to 2.", "0"),
        ("! Type a number from 1 to 2.", "vda"),
        ("! Type a number from 1 to 2.", "²"),
        ("! Type a number from 1 to 2.", ""),
    )
    assert "- /dev/mmcblk0boot0 4 MiB MMC eMMC empty cannot be used: it is read-only" in said
    assert "1. /dev/sdb 3.9 TiB ATA Backup Drive" in said
    assert "in use: /dev/sdb1 mounted on /mnt" in said
    assert "USB Stick" not in said, "the medium is not offered"


def test_a_machine_without_a_disk_says_so_and_looks_again() -> None:
    session = FakeSession(machine_now=machine())

    def plug_in() -> None:
        session.machine_now = machine(BLANK)

    talk(
        session,
        *RELEASE,
        ("There is no disk in this machine. ! No disk can be used. Plug one in", "1"),
        ("! There is nothing to choose from.", plug_in),
        ("", "look"),
        ("1. /dev/vda", "1"),
        ("Recovery on this disk too", ""),
    )


def test_without_a_source_one_is_typed() -> None:
    talk(
        FakeSession(source=None),
        ("Release:", "ftp://x"),
        ("! Begin with https://, http://, file://, medium: or volume:. Release:", "file:///mnt"),
        ("UNSIGNED", "maybe"),
        ('! Type "yes" or "no".', ""),
        *VERSION,
        ("Which disk", "1"),
    )


def test_little_memory_is_told() -> None:
    medium = Medium(device=STICK.path, in_ram=False, is_recovery=False, length_bytes=None)
    session = FakeSession(machine_now=replace(machine(BLANK), medium=medium))
    talk(session, ("leave the medium in until the end.", ""))


def test_who_signed_is_told_and_nothing_of_unsigned() -> None:
    session = FakeSession(
        plans=[replace(plan_for(BLANK), signed_by=SIGNER)],
        offers=[replace(OFFER, signed_by=SIGNER)],
    )
    said, _ = talk(session, *TO_PLAN, ("Disk's name", ""))
    assert f"Signed by {SIGNER}" in said
    assert "UNSIGNED: nobody" not in said


def test_the_recovery_key_is_asked_back_and_a_key_left_is_never_shown_again() -> None:
    keys = iter(["-".join([letter * 8] * 4) for letter in "cbd"])
    said, _ = talk(
        FakeSession(),
        *RELEASE,
        *BLANK_DISK,
        *ENCRYPTED,
        ("Make a recovery key, yes or no [yes]:", ""),
        ("cccccccc-cccccccc-cccccccc-cccccccc It is written down", ""),
        ("! Write the key down first.", "y"),
        ("Type group 1 of 4:", "bbbbbbbb"),
        ("! That is not group 1 of the key. Type group 1", "CCCCCCCC"),
        ("none: no stick is plugged in 1. no copy", "1"),
        ("Full name", "back"),
        ("Make a recovery key, yes or no [yes]:", ""),
        ("bbbbbbbb-bbbbbbbb-bbbbbbbb-bbbbbbbb", "back"),
        ("Make a recovery key", "back"),
        ("Encrypt this disk", ""),
        ("Passphrase [as typed before]:", ""),
        ("Make a recovery key", ""),
        ("dddddddd-dddddddd-dddddddd-dddddddd", "yes"),
        draw=lambda: DrawnKey(key=Secret(next(keys)), group=0),
    )
    assert "Without one, all is lost when the passphrase is forgotten." in said


def test_a_copy_of_the_header_goes_to_a_stick_plugged_in_late() -> None:
    session = FakeSession()

    def plug_in() -> None:
        session.machine_now = machine(BLANK, WINDOWS, stick("c", "KEYS"), stick("d", "X", "hfs"))

    said, _ = talk(
        session,
        *RELEASE,
        *BLANK_DISK,
        *ENCRYPTED,
        ("Make a recovery key", ""),
        *KEY,
        ("none: no stick is plugged in", plug_in),
        ("", "look"),
        ('1. no copy 2. /dev/sdc1 16 GiB "KEYS"', "2"),
        ("That copy and a passphrase of today will open this disk for ever.", "Ada"),
        *ADA[1:],
        ("a copy of its header on /dev/sdc1", "vda"),
    )
    assert session.planned[0].header_backup == "/dev/sdc1"
    assert "/dev/sdd1" not in said


def test_a_refused_plan_tells_all_problems_and_leads_back() -> None:
    session = FakeSession(plans=[refused(), plan_for(BLANK)])
    said, _ = talk(
        session,
        *TO_PLAN,
        ("1. Change: Release 2. Change: Disk 3. Change another answer", "3"),
        ("6. Change: Recovery key", "back"),
        ("2. Change: Disk", "3"),
        ("6. Change: Recovery key", "4"),
        ("Which disk shall AtomOS be on?", ""),
        ("Recovery on this disk too", ""),
        ("Encrypt this disk", ""),
        ("Passphrase [as typed before]:", ""),
        *WITH_KEY,
        ("[Ada Lovelace]", ""),
        ("[ada]", ""),
        ("[engine]", ""),
        ("[as typed before]", ""),
        *ZONE,
        ("Disk's name", ""),
    )
    assert "There are 2 reasons. Nothing has been written." in said
    for problem in PROBLEMS:
        assert f"! {problem.what} {problem.way_out}" in said
    assert "4. Try again with the same answers" in said
    assert "Number [2]:" in said, "what the first reason is about"


def test_a_plan_that_fails_tells_the_tool_s_words_and_is_tried_again() -> None:
    error = ToolFailed(("lsblk", "-J"), "is missing", "no such file", device="/dev/vda")
    session = FakeSession(plans=[error, plan_for(BLANK)])
    said, _ = talk(session, *TO_PLAN, ("1. Try again", ""), ("Disk's name", ""))
    assert "lsblk is missing On device: /dev/vda The tool's own words: no such file" in said
    assert "Nothing has been written. 1. Try again 2. Leave to a shell" in said


def test_another_installation_that_is_running_is_told() -> None:
    another = Refused.because("Another installation is running.", "Wait for it.")
    session = FakeSession(start_error=another)
    talk(session, *TO_PLAN, *AGREED, ("! Another installation is running. Wait for it.", "back"))


@pytest.mark.parametrize("leave", ["quit", Interrupt(), EndOfInput()])
def test_leaving_is_asked_and_staying_loses_nothing(leave: str | Exception) -> None:
    _, left = talk(
        FakeSession(),
        ("Release [", "file:///mnt"),
        ("UNSIGNED", leave),
        ('Leave to a shell? Type "exit" there to come back. yes to leave', ""),
        ("UNSIGNED", "back"),
        ("Release [file:///mnt]:", leave),
        ("Leave to a shell?", "yes"),
    )
    assert left is Leave.SHELL


@pytest.mark.parametrize("first", [Interrupt(), EndOfInput()])
@pytest.mark.parametrize("second", [Interrupt(), EndOfInput()])
def test_twice_leaves_without_another_question(first: Exception, second: Exception) -> None:
    _, left = talk(FakeSession(), ("Release [", first), ("Leave to a shell?", second))
    assert left is Leave.SHELL


def test_a_line_that_is_gone_ends_it() -> None:
    _, left = talk(FakeSession(), ("Release [", HungUp()))
    assert left is Leave.HUNG_UP


def test_leaving_while_something_secret_is_asked_shows_nothing_of_it() -> None:
    terminal_says, left = talk(
        FakeSession(),
        *RELEASE,
        *BLANK_DISK,
        ("Encrypt this disk", ""),
        ("Passphrase:", Interrupt()),
        ("Leave to a shell?", "no"),
        *NEW_PASSPHRASE,
        ("Make a recovery key", "quit"),
        ("Leave to a shell?", "y"),
    )
    assert left is Leave.SHELL
    assert PASSPHRASE not in terminal_says


def test_what_is_typed_while_the_plan_is_made_answers_nothing() -> None:
    session = FakeSession()
    session.may_plan.clear()
    talk(
        session,
        *TO_PLAN,
        ("Looking at the disk and at the release.", "vda"),
        ("Not taken: wait for the next question.", session.may_plan.set),
        ("Disk's name:", "back"),
    )
    assert session.started == []


def test_a_slow_plan_says_that_it_is_not_done_and_can_be_given_up() -> None:
    session = FakeSession()
    session.may_plan.clear()
    now = iter(range(0, 100_000, 10))
    said, _ = talk(
        session,
        *TO_PLAN,
        ("Still at it, for", "back"),
        ("Which time zone is this machine in?", ""),
        clock=lambda: next(now),
    )
    session.may_plan.set()
    assert session.started == []
    assert "Disk's name" not in said


def test_no_line_is_wider_than_the_terminal() -> None:
    terminal = Scripted(script=[*TO_PLAN, *AGREED, *RESTART], width=79)
    app_on(terminal, FakeSession(), clock=lambda: 0.0, draw=draw_key).run()
    assert max(map(len, terminal.said.splitlines())) <= 80


def test_a_crash_shows_no_secret_and_is_raised() -> None:
    class Broken(FakeSession):
        def start(self, answers: Answers, plan: object) -> None:
            raise RuntimeError("not expected by anybody")

    with pytest.raises(RuntimeError, match="not expected by anybody"):
        talk(Broken(), *TO_PLAN, *AGREED)
