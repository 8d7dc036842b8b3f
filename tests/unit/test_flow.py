"""The flow of questions, walked without any screen."""

import dataclasses

import pytest

from installer.flow import FLOW, Draft, Entry, after, before, problems
from installer.question import QuestionId
from installer.secret import Secret

FILLED = Draft(
    source_url="https://example.org/atomos",
    allow_unsigned=True,
    disk_path="/dev/vda",
    full_name="Ada Lovelace",
    user_name="ada",
    host_name="engine",
    password=Secret("correct horse"),
    password_again=Secret("correct horse"),
)


def test_the_questions_follow_each_other_both_ways() -> None:
    walked = [QuestionId.WELCOME]
    while (following := after(walked[-1])) is not None:
        assert before(following) is walked[-1]
        walked.append(following)
    assert walked == [question.id for question in FLOW]
    assert before(QuestionId.WELCOME) is None


def test_every_entry_is_a_field_of_the_draft_and_is_asked_once() -> None:
    asked = [entry for question in FLOW for entry in question.entries]
    assert sorted(asked) == sorted(Entry)
    assert set(asked) <= {each.name for each in dataclasses.fields(Draft)}


def test_an_empty_draft_lacks_what_has_no_default() -> None:
    lacking = [problem.entry for each in QuestionId for problem in problems(each, Draft())]
    assert lacking == [
        Entry.SOURCE_URL,
        Entry.ALLOW_UNSIGNED,
        Entry.DISK_PATH,
        Entry.USER_NAME,
        Entry.PASSWORD,
    ]


def test_a_filled_draft_has_no_problem_and_becomes_answers() -> None:
    assert [problem for each in QuestionId for problem in problems(each, FILLED)] == []
    answers = FILLED.answers()
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


def test_a_draft_prints_no_password() -> None:
    assert "correct horse" not in repr(FILLED)
