"""The first question: a language that counts at once, and a keyboard."""

from collections.abc import Iterator

import pytest

from installer.errors import InstallError
from installer.languages import Speech
from installer.remote_access import RemoteAccess
from installer.secret import Secret
from installer.text import ENGLISH, speak, spoken
from tests.ui.fake_session import FakeSession, half_a_run
from tests.ui.reading import SIZE, app_for, fill_user, row_of, shows, text_of, until

LATIN = frozenset(chr(code) for code in range(32, 256)) | frozenset("█░─")
ASCII = frozenset(chr(code) for code in range(32, 127))


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    speak(ENGLISH)


def nothing_chosen(language: str = ENGLISH, keymap: str = "us") -> FakeSession:
    return FakeSession(spoken=Speech(language=language, keymap=keymap))


async def test_english_and_on_is_two_keys_and_leaves_the_answers_as_they_were() -> None:
    session = nothing_chosen()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "> (x) English")
        await pilot.press("enter")
        await shows(pilot, "> [ Continue ]")
        await pilot.press("enter")
        await shows(pilot, "Install AtomOS on this machine")
    assert session.spoken == Speech(chosen=True)


async def test_german_is_spoken_at_once_with_its_keyboard_and_reaches_the_answers() -> None:
    session = nothing_chosen()
    app = app_for(session, font=LATIN)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "> (x) English")
        await pilot.press("down", "enter")
        page = await shows(pilot, "Sprache und Tastatur")
        assert "(x) de     Deutsch" in page
        assert "> [ Weiter ]" in page
        await until(pilot, lambda: session.loaded[-1:] == ["de"], "the German keyboard")
        await pilot.press("enter")
        await shows(pilot, "> [ Weiter ]")
        assert "Schritt 1 von 9: Release" in row_of(app, "AtomOS-Installer")
        await pilot.press("enter")
        await shows(pilot, "> 0.1.0")
        await pilot.press("enter")
        await shows(pilot, "> /dev/nvme0n1")
        await pilot.press("down", "enter")
        await shows(pilot, "> Passphrase")
        await pilot.press("up", "space", "down", "enter")
        await shows(pilot, "> Voller Name")
        await fill_user(pilot)
        await pilot.press("enter")
        await shows(pilot, "mit home-manager einrichten")
        await pilot.press("enter")
        await shows(pilot, "> Europe/Berlin")
        await pilot.press("enter")
        await shows(pilot, "geben Sie seinen Namen ein: vda")
        await pilot.press(*"vda", "enter")
        await shows(pilot, "> [ Den Rechner neu starten ]")
    answers, _plan = session.started[0]
    assert (answers.locale, answers.keymap) == ("de_DE.UTF-8", "de")
    assert answers.timezone == "Europe/Berlin"
    assert session.spoken == Speech(language="de", keymap="de", chosen=True)


async def test_a_keyboard_is_loaded_when_it_is_picked_and_can_be_tried() -> None:
    session = nothing_chosen(language="de", keymap="de")
    app = app_for(session, font=LATIN)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "> (x) Deutsch")
        await pilot.press(*["down"] * 5, "enter")
        await shows(pilot, "(x) ch     Schweiz, Suisse")
        await shows(pilot, "> Tasten probieren")
        await until(pilot, lambda: session.loaded[-1:] == ["ch"], "the Swiss keyboard")
        await pilot.press(*"yz")
        await shows(pilot, "[yz ")
        assert "Terminals, an dem Sie sitzen" not in text_of(app)


async def test_a_keyboard_that_cannot_be_loaded_is_told_and_stops_nobody() -> None:
    session = nothing_chosen()
    session.keymap_error = InstallError("ckbcomp is not installed")
    app = app_for(session, font=LATIN)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "! ckbcomp is not installed")
        await pilot.press("enter", "enter")
        await shows(pilot, "Install AtomOS on this machine")


async def test_on_a_serial_line_no_keyboard_is_loaded_and_it_says_so() -> None:
    session = nothing_chosen()
    app = app_for(session, serial=True)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "Here the keyboard is that of the terminal you sit at")
        await pilot.press("down", "enter")
        await shows(pilot, "Hier ist die Tastatur die des Terminals")
    assert session.loaded == []


async def test_back_leads_to_the_language_and_all_that_was_chosen_stays() -> None:
    session = nothing_chosen()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "> (x) English")
        await pilot.press("down", "down", "enter")
        await shows(pilot, "> [ Continuar ]")
        await pilot.press("enter")
        await shows(pilot, "Instalar o AtomOS nesta máquina")
        await pilot.press("escape")
        await shows(pilot, "Como esta máquina chega à rede?")
        await pilot.press("escape")
        page = await shows(pilot, "> (x) Português (Brasil)")
        assert "(x) br     Português (Brasil)" in page
        await pilot.press("up", "up", "enter")
        await shows(pilot, "> [ Continue ]")
        await pilot.press("enter")
        await shows(pilot, "Install AtomOS on this machine")


async def test_what_the_kernel_was_told_is_spoken_from_the_first_screen_on() -> None:
    app = app_for(nothing_chosen(language="pt_BR", keymap="br"))
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "Idioma e teclado")
        await shows(pilot, "> (x) Português (Brasil)")


async def test_a_keyboard_of_the_command_line_that_is_not_on_offer_stays() -> None:
    session = nothing_chosen(keymap="lt")
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "(x) lt")
        await pilot.press("enter", "enter")
        await shows(pilot, "Install AtomOS on this machine")
    assert session.spoken.keymap == "lt"


async def test_a_console_without_the_letters_says_so_and_stays_english() -> None:
    app = app_for(nothing_chosen(language="de", keymap="de"), font=ASCII)
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, "The font of this console lacks letters of de: it stays English.")
        assert "> (x) English" in page
        assert "de (the font of this console lacks its letters)" not in page
        assert "Deutsch (the font of this console lacks its letters)" in page
        assert "pt_BR (the font of this console lacks its letters)" in page
        assert spoken() == ENGLISH
        await pilot.press("down")
        await shows(pilot, ">")
        assert "> Deutsch" not in text_of(app), "it cannot be chosen"


async def test_whoever_comes_back_from_the_shell_is_not_asked_again() -> None:
    app = app_for(FakeSession(spoken=Speech(language="de", keymap="de", chosen=True)))
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "AtomOS auf diesem Rechner installieren")


async def test_a_run_that_is_joined_is_shown_in_the_language_of_this_console() -> None:
    session = FakeSession(run=half_a_run(), is_running=True, spoken=Speech(language="de"))
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "412 MiB von 690 MiB, 52 MiB/s, noch etwa 0:05")
        session.over.set()


async def test_the_way_in_from_elsewhere_gives_way_to_what_is_wrong_and_comes_back() -> None:
    session = nothing_chosen()
    session.remote = RemoteAccess(address="192.0.2.7", password=Secret("kdm2hx7rwa4tn"))
    session.keymap_error = InstallError("ckbcomp is not installed")
    app = app_for(session, font=LATIN)
    async with app.run_test(size=SIZE) as pilot:
        page = await shows(pilot, "! ckbcomp is not installed")
        assert "192.0.2.7" not in page
        session.keymap_error = None
        await pilot.press("down", "down", "down", "enter")
        await shows(pilot, "ssh root@192.0.2.7, password kdm2hx7rwa4tn")
