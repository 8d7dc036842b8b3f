"""The files that answers name for a password and a passphrase."""

from pathlib import Path

import pytest

from installer.answers import Answers
from installer.answers_file import read_answers
from installer.errors import AnswersInvalid
from installer.secret import Secret
from tests.unit.test_answers_file import BASE, HASH, user_of, with_user


def test_the_password_file_is_found_beside_the_answers(tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes("schön: ü \r\nsecond line\n".encode())
    answers = read_answers(BASE.encode(), "answers.yaml", tmp_path)
    assert user_of(answers).password == Secret("schön: ü ")
    assert "schön" not in repr(answers)


def test_an_absolute_password_file_works_from_a_url(tmp_path: Path) -> None:
    file = tmp_path / "pw"
    file.write_text("open sesame")
    text = BASE.replace("password_file: password", f"password_file: {file}")
    user = user_of(read_answers(text.encode(), "https://x/answers.yaml", None))
    assert user.password == Secret("open sesame")


def test_the_mark_that_windows_puts_before_the_first_line_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes(b"\xef\xbb\xbfopen sesame\r\n")
    answers = read_answers(BASE.encode(), "answers.yaml", tmp_path)
    assert user_of(answers).password == Secret("open sesame")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "the password file cannot be read: No such file or directory"),
        (b"", "the first line of the password file is empty"),
        (b"\nswordfish\n", "the first line of the password file is empty"),
        (b"swordfish\x01\n", "the password in the file has control characters"),
        (b"swordfish\xff\n", "the password file is not in UTF-8"),
        (b"swordfish" * 60, "the password in the file is longer than 511 bytes"),
    ],
)
def test_a_wrong_password_file_is_told(content: bytes | None, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "password").write_bytes(content)
    with pytest.raises(AnswersInvalid) as caught:
        read_answers(BASE.encode(), "answers.yaml", tmp_path)
    assert str(caught.value).startswith(f"answers.yaml:9:18: {message}")
    assert "swordfish" not in str(caught.value)


def test_a_relative_password_file_from_a_url_is_refused() -> None:
    with pytest.raises(AnswersInvalid) as caught:
        read_answers(BASE.encode(), "https://example.org/answers.yaml", None)
    assert str(caught.value) == (
        "https://example.org/answers.yaml:9:18: answers from a URL have no folder that the password"
        " file could be in, write an absolute path, or password_hash"
    )


def test_a_hash_needs_no_file() -> None:
    text = with_user(f"  password_hash: {HASH}\n")
    assert user_of(read_answers(text.encode(), "a", None)).password is None


ENCRYPTED = f"{BASE}layout: encrypted\npassphrase_file: passphrase\n"


def encrypted_by(tmp_path: Path, content: bytes) -> Answers:
    (tmp_path / "password").write_text("pw")
    (tmp_path / "passphrase").write_bytes(content)
    return read_answers(ENCRYPTED.encode(), "answers.yaml", tmp_path)


@pytest.mark.parametrize(
    "content", [b"sesame", b"sesame\n", b"sesame\r\n", b"\xef\xbb\xbfsesame\n"]
)
def test_the_passphrase_is_the_only_line_of_its_file(content: bytes, tmp_path: Path) -> None:
    answers = encrypted_by(tmp_path, content)
    assert answers.passphrase == Secret("sesame")
    assert "sesame" not in repr(answers)


def test_blanks_of_a_passphrase_belong_to_it(tmp_path: Path) -> None:
    assert encrypted_by(tmp_path, b" a b \n").passphrase == Secret(" a b ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the passphrase file is empty"),
        (b"\n", "the passphrase file is empty"),
        (b"swordfish\n\n", "the passphrase file has several lines"),
        (b"swordfish\nline two", "the passphrase file has several lines"),
        (b"swordfish\tx\n", "the passphrase in the file has control characters"),
        (b"swordfish\xff\n", "the passphrase file is not in UTF-8"),
        (b"swordfish" * 57, "the passphrase in the file is longer than 511 bytes"),
        (b"x" * 512, "the passphrase in the file is longer than 511 bytes"),
        (b"x" * 100_000, "the passphrase in the file is longer than 511 bytes"),
    ],
)
def test_a_wrong_passphrase_file_is_told(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(AnswersInvalid) as caught:
        encrypted_by(tmp_path, content)
    assert str(caught.value) == (
        f"answers.yaml:11:18: {message}, put the passphrase alone on its only line"
    )


def test_both_secret_files_are_looked_at(tmp_path: Path) -> None:
    with pytest.raises(AnswersInvalid) as caught:
        read_answers(ENCRYPTED.encode(), "answers.yaml", tmp_path)
    assert [str(each) for each in caught.value.errors] == [
        f"answers.yaml:{place}: the {name} file cannot be read: No such file or directory, write"
        " the path of a readable file, relative to the answers file"
        for place, name in (("9:18", "password"), ("11:18", "passphrase"))
    ]


def test_a_relative_passphrase_file_from_a_url_is_refused(tmp_path: Path) -> None:
    text = ENCRYPTED.replace("password_file: password", f"password_hash: {HASH}")
    with pytest.raises(AnswersInvalid) as caught:
        read_answers(text.encode(), "https://x/a.yaml", None)
    assert str(caught.value) == (
        "https://x/a.yaml:11:18: answers from a URL have no folder that the passphrase file could"
        " be in, write an absolute path"
    )


WIFI = f"{BASE}network:\n  ssid: Home\n  passphrase_file: wifi\n"


def with_wifi(tmp_path: Path, content: bytes) -> Answers:
    (tmp_path / "password").write_text("pw")
    (tmp_path / "wifi").write_bytes(content)
    return read_answers(WIFI.encode(), "answers.yaml", tmp_path)


def test_the_wifi_passphrase_is_the_only_line_of_its_file(tmp_path: Path) -> None:
    answers = with_wifi(tmp_path, b"swordfish\n")
    assert answers.network.passphrase == Secret("swordfish")
    assert "swordfish" not in repr(answers)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the passphrase file is empty"),
        (b"sword\nfish\n", "the passphrase file has several lines"),
        (b"sword", "A Wi-Fi passphrase has 8 to 63 characters"),
        (b"s" * 64, "A Wi-Fi passphrase has 8 to 63 characters"),
        ("schwertfüsch".encode(), "A Wi-Fi passphrase has neither umlauts nor other letters"),
    ],
)
def test_a_wrong_wifi_passphrase_is_told(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(AnswersInvalid) as caught:
        with_wifi(tmp_path, content)
    assert str(caught.value).startswith(f"answers.yaml:12:20: {message}")
    assert "sword" not in str(caught.value)


def test_a_key_in_hexadecimal_is_a_wifi_passphrase(tmp_path: Path) -> None:
    assert with_wifi(tmp_path, b"0f" * 32).network.passphrase == Secret("0f" * 32)
