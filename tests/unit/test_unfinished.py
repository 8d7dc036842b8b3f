"""The answers to go on with, and what is said of an installation that came to no end."""

import dataclasses
from typing import Any

import pytest

from installer.answers import DiskChoice, Keep
from installer.describe import WIDTH, describe_unfinished
from installer.events import Step
from installer.secret import Secret
from installer.unfinished import (
    Done,
    Unfinished,
    answers_sha256,
    began_words,
    with_secrets,
    without_secrets,
)
from tests.unit import samples

KEY = Secret("cccc-bbbb")
FULL = samples.encrypted(recovery_key=KEY)
GIVEN: dict[str, Any] = {
    "passphrase": Secret("p"),
    "password": Secret("w"),
    "recovery_key": Secret("k"),
}


def unfinished(**changes: Any) -> Unfinished:
    base = Unfinished(
        disk="/dev/vdb",
        disk_name="QEMU HARDDISK (/dev/vdb)",
        began=1_785_500_000.0,
        system="AtomOS Debian 0.1.0 for x86-64",
        answers=without_secrets(FULL),
        identifiers=samples.IDENTIFIERS,
        steps=tuple(
            Step(id=id, sentence=f"Do {id}", writes_bytes=0)
            for id in ("partition-table", "luks", "recovery-key", "slots")
        ),
        done=(Done(id="partition-table", deed="t", at=1.0),),
        begun="luks",
        touched=("partition-table", "luks"),
    )
    return dataclasses.replace(base, **changes)


def test_answers_are_made_whole_for_the_disk_as_it_is_called_now() -> None:
    answers = with_secrets(unfinished(), **GIVEN)
    assert answers.disk == DiskChoice(path="/dev/vdb")
    assert answers.passphrase == Secret("p")
    assert answers.recovery_key == Secret("k")
    assert answers.user is not None
    assert answers.user.password == Secret("w")
    assert answers_sha256(answers) == answers_sha256(FULL)


def test_what_it_has_no_use_for_is_left_out() -> None:
    plain = unfinished(answers=without_secrets(samples.answers(user=None)))
    answers = with_secrets(plain, **GIVEN)
    assert (answers.passphrase, answers.recovery_key, answers.user) == (None, None, None)


def test_a_key_that_nobody_was_asked_for_stays_an_empty_one() -> None:
    answers = with_secrets(unfinished(), passphrase=Secret("p"))
    assert answers.recovery_key == Secret("")
    assert answers_sha256(answers) == answers_sha256(FULL)


def test_which_secrets_are_needed() -> None:
    begun = unfinished()
    assert (begun.needs_passphrase, begun.needs_recovery_key, begun.needs_password) == (
        True,
        True,
        True,
    )
    later = unfinished(done=(*begun.done, Done(id="recovery-key", deed="r", at=1.0)))
    assert not later.needs_recovery_key
    plain = unfinished(answers=without_secrets(samples.answers(user=None)))
    assert (plain.needs_passphrase, plain.needs_recovery_key, plain.needs_password) == (
        False,
        False,
        False,
    )


def test_what_is_kept_and_what_may_start() -> None:
    assert not unfinished().keeps
    assert unfinished(answers=without_secrets(samples.keeping(keep=Keep.DATA))).keeps
    assert not unfinished().may_start
    assert unfinished(touched=("slots", "boot-loader")).may_start


@pytest.mark.parametrize(
    ("began", "words"),
    [
        (1_785_500_000.0, "2026-07-31 12:13 UTC by the clock of then"),
        (0.0, "1970-01-01 00:00 UTC by the clock of then"),
        (4_102_444_800.0, "2100-01-01 00:00 UTC by the clock of then"),
    ],
)
def test_when_it_began_is_true_whatever_the_clock_says_now(began: float, words: str) -> None:
    assert began_words(unfinished(began=began)) == words


def test_the_list_of_them_is_for_a_person() -> None:
    text = describe_unfinished((unfinished(disk_name="\x1b[2JACME", place="/dev/vdb3"),))
    assert text.splitlines()[0] == "?[2JACME"
    words = " ".join(text.split())
    assert "AtomOS Debian 0.1.0 for x86-64, begun 2026-07-31 12:13 UTC" in words
    assert "(by the journal in /dev/vdb3)" in words
    assert "1 of 4 steps are done" in words
    assert "it ended in the middle of: Do luks" in words
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "this machine's memory" in " ".join(describe_unfinished((unfinished(),)).split())


def test_without_any_there_is_a_word_too() -> None:
    assert describe_unfinished(()) == (
        "No unfinished installation is on the disks of this machine."
    )
