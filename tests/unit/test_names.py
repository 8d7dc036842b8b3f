"""What a login name, a host name, a full name and a password may be."""

import pytest

from installer.names import (
    full_name_problem,
    host_name_problem,
    password_problem,
    user_name_problem,
)


@pytest.mark.parametrize("name", ["ada", "_x", "a", "ada-l_9", "a" * 32])
def test_login_names_that_will_do(name: str) -> None:
    assert user_name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Type a login name"),
        ("Ada", "Use a-z"),
        ("9lives", "beginning with a letter"),
        ("-x", "beginning with a letter"),
        ("ada l", "Use a-z"),
        ("ada\n", "Use a-z"),
        ("ädä", "Use a-z"),
        ("a" * 33, "at most 32"),
        ("root", "The system itself uses the name root"),
        ("www-data", "The system itself"),
        ("sudo", "The system itself"),
        ("systemd-network", "The system itself"),
        ("nixbld1", "The system itself"),
    ],
)
def test_login_names_that_will_not(name: str, words: str) -> None:
    assert words in str(user_name_problem(name))


@pytest.mark.parametrize("name", ["atomos", "a", "A-1", "pc1.example.org", "1", "a" * 63])
def test_host_names_that_will_do(name: str) -> None:
    assert host_name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Type a host name"),
        ("-a", "no - at either end"),
        ("a-", "no - at either end"),
        ("a..b", "Use letters"),
        (".a", "Use letters"),
        ("a_b", "Use letters"),
        ("a b", "Use letters"),
        ("a\n", "Use letters"),
        ("a" * 64, "at most 63"),
    ],
)
def test_host_names_that_will_not(name: str, words: str) -> None:
    assert words in str(host_name_problem(name))


@pytest.mark.parametrize("name", ["", "Ada Lovelace", "Ægir Ólafsson-Þór", "李雷"])
def test_full_names_that_will_do(name: str) -> None:
    assert full_name_problem(name) is None


@pytest.mark.parametrize("name", ["a:b", "a,b", "a=b", "a\\b", "a\nb"])
def test_full_names_that_passwd_cannot_hold(name: str) -> None:
    assert "Leave out" in str(full_name_problem(name))


def test_passwords() -> None:
    assert password_problem("correct horse: battery, ünïcode") is None
    assert "Type a password" in str(password_problem(""))
    assert "control characters" in str(password_problem("a\nroot:b"))
