"""What a passphrase may be, the keyboard of its prompt, and the recovery key."""

import re

import pytest

from installer.keymaps import console_keymap
from installer.passphrase import passphrase_problem, passphrase_warning
from installer.recovery_key import ALPHABET, draw_recovery_key, has_group
from installer.secret import Secret

LONGEST = "x" * 511


@pytest.mark.parametrize("text", ["a", " ", "correct horse", LONGEST, "schön", "ü" * 255])
def test_what_a_passphrase_may_be(text: str) -> None:
    assert passphrase_problem(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Type a passphrase."),
        ("a\nb", "one line without control characters"),
        ("a\n", "one line without control characters"),
        ("a\tb", "one line without control characters"),
        ("a\x00", "one line without control characters"),
        ("x" * 512, "at most 511 bytes, and this one has 512"),
        ("ü" * 256, "at most 511 bytes, and this one has 512"),
        ("a\udce9", "characters of Unicode only"),
    ],
)
def test_what_it_may_not_be(text: str, words: str) -> None:
    problem = passphrase_problem(text)
    assert problem is not None
    assert words in problem


def test_a_passphrase_that_the_prompt_may_not_take_is_warned_about_with_the_reason() -> None:
    warning = passphrase_warning("schön")
    assert warning is not None
    assert "outside ASCII" in warning
    assert "keyboard layout" in warning
    assert passphrase_warning("plain ASCII") is None


def test_a_recovery_key_has_128_bits_and_letters_that_every_keyboard_has() -> None:
    keys = {draw_recovery_key().reveal() for _ in range(50)}
    assert len(keys) == 50
    assert all(re.fullmatch(f"[{ALPHABET}]{{8}}(-[{ALPHABET}]{{8}}){{3}}", key) for key in keys)
    assert len(set(ALPHABET)) == 16
    assert not set(ALPHABET) & set("aqwzmy")
    assert passphrase_problem(min(keys)) is None


def test_a_group_is_typed_back_as_a_person_does() -> None:
    key = Secret("cccccccc-bbbbbbbb-dddddddd-eeeeeeee")
    assert has_group(key, 1, " BBBBBBBB ")
    assert not has_group(key, 1, "cccccccc")
    assert not has_group(key, 1, "bbbbbbb")
    assert not has_group(key, 1, "")


@pytest.mark.parametrize(
    ("layout", "console"),
    [
        ("us", "us"),
        ("de", "de"),
        ("gb", "uk"),
        ("gb,us", "uk"),
        ("us,ru", "us"),
        ("", "us"),
        ('de" reboot', "us"),
        ("../x", "us"),
    ],
)
def test_the_console_s_name_of_a_layout_is_a_word_of_a_command_line(
    layout: str, console: str
) -> None:
    assert console_keymap(layout) == console
