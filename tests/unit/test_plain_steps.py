"""Back to a finished step, line by line."""

from tests.ui.fake_session import BLANK, WINDOWS, FakeSession, machine
from tests.unit.plain_terminal import (
    ADA,
    AGREED,
    BLANK_DISK,
    ENCRYPTED,
    PASSPHRASE,
    RELEASE,
    RESTART,
    TO_PLAN,
    WITH_KEY,
    talk,
)

STAY = "Number, or Enter to stay here:"


def test_from_the_middle_of_a_question_to_a_finished_one_and_on_where_one_was() -> None:
    session = FakeSession()
    said, _ = talk(
        session,
        *RELEASE,
        *BLANK_DISK,
        *ENCRYPTED,
        *WITH_KEY,
        *ADA[:2],
        ("Host name [atomos]:", "steps"),
        (
            "1. Language 2. Network 3. Release 4. Version 5. Disk 6. Encryption 7. Recovery key "
            + STAY,
            "5",
        ),
        ("Step 3 of 9: Disk", ""),
        ("Recovery on this disk too, yes or no [yes]:", "no"),
        # What was entered before the jump stands in brackets.
        ("Step 6 of 9: User", ""),
        ("Login name, for example ada [ada]:", ""),
        *ADA[2:],
        *AGREED,
        *RESTART,
    )
    ((answers, _plan),) = session.started
    assert answers.recovery is False
    assert answers.recovery_key is not None
    assert answers.passphrase is not None
    assert answers.passphrase.reveal() == PASSPHRASE
    assert said.count("Step 4 of 9: Encryption") == 1


def test_another_disk_asks_nothing_that_is_not_about_the_disk() -> None:
    session = FakeSession(machine_now=machine(WINDOWS, BLANK))
    talk(
        session,
        *TO_PLAN,
        ("type its name: vda Disk's name:", "steps"),
        (STAY, "5"),
        ("Number of the disk [2]:", "1"),
        ("Recovery on this disk too", ""),
        ("Disk's name:", "back"),
    )
    first, second = session.planned[:2]
    assert (first.disk.path, second.disk.path) == ("/dev/vda", "/dev/nvme0n1")
    assert first.user == second.user


def test_staying_and_numbers_that_there_are_not() -> None:
    said, _ = talk(
        FakeSession(),
        *RELEASE,
        ("Number of the disk [1]:", "steps"),
        ("1. Language 2. Network 3. Release 4. Version " + STAY, "5"),
        ("! Type a number from 1 to 4. " + STAY, "x"),
        ("! Type a number from 1 to 4. " + STAY, ""),
        ("Number of the disk [1]:", "2"),
    )
    assert said.count("Back to which step?") == 1


def test_at_a_passphrase_the_number_is_shown_and_what_follows_is_not() -> None:
    """`talk` holds that the echo is off where a secret is asked for and on at the end."""
    said, _ = talk(
        FakeSession(),
        *RELEASE,
        *BLANK_DISK,
        ("Encrypt this disk (recommended), yes or no [yes]:", ""),
        ("Passphrase:", PASSPHRASE),
        ("Passphrase again:", "steps"),
        (STAY, "3"),
        ("Step 1 of 9: Release", ""),
        ("UNSIGNED, yes or no [yes]:", ""),
        ("Step 4 of 9: Encryption", ""),
    )
    assert f"{STAY} 3" in said, "the number is echoed"
    assert PASSPHRASE not in said


def test_a_name_that_is_the_word() -> None:
    session = FakeSession()
    names = (("Full name, optional:", "\\steps"), *ADA[1:])
    talk(session, *RELEASE, *BLANK_DISK, *ENCRYPTED, *WITH_KEY, *names, *AGREED, *RESTART)
    ((answers, _plan),) = session.started
    assert answers.user is not None
    assert answers.user.full_name == "steps"


def test_where_nothing_is_asked_there_is_nothing_to_go_back_to() -> None:
    said, _ = talk(
        FakeSession(), *TO_PLAN, *AGREED, ("1. Restart the machine", "steps"), ("Number", "1")
    )
    assert "There is nothing to go back to." in said
