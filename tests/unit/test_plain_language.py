"""Plain mode asks for the language first, and speaks it from then on."""

from collections.abc import Iterator

import pytest

from installer.errors import InstallError
from installer.languages import LANGUAGES, Speech
from installer.text import ENGLISH, speak, spoken
from tests.ui.fake_session import FakeSession
from tests.unit.plain_terminal import AGREED, RESTART, TO_PLAN, talk

ASCII = frozenset(chr(code) for code in range(32, 127))
LATIN = frozenset(chr(code) for code in range(32, 256))


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    speak(ENGLISH)


def nothing_chosen(language: str = ENGLISH, keymap: str = "us") -> FakeSession:
    return FakeSession(spoken=Speech(language=language, keymap=keymap))


def test_english_is_two_empty_lines_and_leaves_the_answers_as_they_were() -> None:
    session = nothing_chosen()
    talk(session, ("Number [1]:", ""), ("tr Turkish Number", ""), *TO_PLAN, *AGREED, *RESTART)
    assert session.spoken == Speech(chosen=True)
    assert session.loaded == [], "the terminal is no console of this machine"
    ((answers, _plan),) = session.started
    assert (answers.locale, answers.keymap) == (None, None)


def test_german_is_spoken_at_once_and_reaches_the_answers() -> None:
    session = nothing_chosen()
    said, _leave = talk(
        session,
        ("1. English 2. Deutsch 3. Portugu\xeas (Brasil) Number [1]:", "2"),
        ("English (US) Nummer [1]:", ""),
        ("Release [http", "beenden"),
        ("um zu bleiben:", "ja"),
    )
    assert "Tastatur" in said
    assert session.spoken == Speech(language="de", keymap="de", chosen=True)
    assert spoken() == "de"


def test_the_voice_that_reads_the_console_is_told_before_the_keyboard_is_asked_for() -> None:
    session = nothing_chosen()
    talk(
        session,
        ("Number [1]:", "2"),
        ("English (US) Nummer [1]:", "beenden"),
        ("um zu bleiben:", "ja"),
    )
    assert session.spoken == Speech(language="de", keymap="de", chosen=True)


def test_a_keyboard_of_the_console_is_loaded_and_tried_and_back_leads_to_another() -> None:
    session = nothing_chosen()
    talk(
        session,
        ("Number [1]:", ""),
        ("tr Turkish Number", "2"),
        ("Try the keys:", "back"),
        ("Language", ""),
        ("tr Turkish Number", "3"),
        ("Try the keys:", "yz"),
        ("Release [http", "quit"),
        ("Enter to stay:", "yes"),
        font=LATIN,
    )
    assert len(session.loaded) == 2
    assert session.spoken.keymap == session.loaded[-1]
    assert session.spoken.chosen


def test_a_keyboard_that_cannot_be_loaded_is_told_and_stops_nobody() -> None:
    session = nothing_chosen()
    session.keymap_error = InstallError("ckbcomp is not installed")
    said, _leave = talk(
        session,
        ("Number [1]:", ""),
        ("tr Turkish Number", ""),
        ("Release [http", "quit"),
        ("Enter to stay:", "yes"),
        font=LATIN,
    )
    assert "! ckbcomp is not installed" in said


def test_a_console_without_the_letters_stays_english_and_says_so() -> None:
    said, _leave = talk(
        nothing_chosen(language="de", keymap="de"),
        ("Number [1]:", "2"),
        ("! Type a number from 1 to 1.", "quit"),
        ("Enter to stay:", "yes"),
        font=ASCII,
    )
    assert "The font of this console lacks letters of de: it stays English." in said
    assert "- Deutsch (the font of this console lacks its letters)" in said
    assert spoken() == ENGLISH


@pytest.mark.parametrize("language", [each.code for each in LANGUAGES if each.code != ENGLISH])
def test_what_was_chosen_on_another_console_is_spoken_and_not_asked_again(language: str) -> None:
    session = FakeSession(spoken=Speech(language=language, chosen=True))
    said, _leave = talk(session)
    assert "English" not in said
    assert "Number" not in said
    assert spoken() == language


def test_back_from_the_first_question_leads_to_the_language() -> None:
    session = FakeSession()
    talk(
        session,
        ("Release [http", "back"),
        ("1. Continue", "back"),
        ("1. English", ""),
        ("tr Turkish Number", ""),
        ("Release [http", "quit"),
        ("Enter to stay:", "yes"),
    )
