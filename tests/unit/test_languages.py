"""Which language and keyboard: what the kernel's command line says, and what the answers get."""

import string
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backends.console_keymap import ConsoleKeymap
from backends.runner import Completed
from backends.voice import ConsoleVoice
from installer.answers import Keep
from installer.draft import Draft
from installer.errors import ExitCode, InstallError
from installer.events import RunFinished, RunRefused, RunStarted
from installer.flow import problems
from installer.journal import follow
from installer.keymaps import LAYOUTS, console_keymap
from installer.languages import LANGUAGES, Speech, language_of, missing, wanted_by
from installer.question import QuestionId
from installer.text import CATALOGUES, ENGLISH, speak, spoken
from tests.unit import samples
from tests.unit.fake_parts import FakeParts
from tests.unit.fake_world import World
from tests.unit.test_text import entries


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    speak(ENGLISH)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("", Speech()),
        ("quiet console=ttyS0", Speech()),
        ("lang=de", Speech(language="de", keymap="de")),
        ("lang=DE_de", Speech(language="de", keymap="de")),
        ("locale=de_AT.UTF-8 quiet", Speech(language="de", keymap="de")),
        ("locale.LANG=pt_BR.UTF-8", Speech(language="pt_BR", keymap="br")),
        ("lang=pt-BR", Speech(language="pt_BR", keymap="br")),
        ("lang=de keymap=ch", Speech(language="de", keymap="ch")),
        ("rd.vconsole.keymap=fr", Speech(keymap="fr")),
        ("lang=de lang=en", Speech()),
        ("lang=tlh", Speech()),
        ("lang= keymap=", Speech()),
        ("keymap=$(reboot)", Speech()),
        ('root="live:LABEL=X Y" lang=de', Speech(language="de", keymap="de")),
        ('lang=de dyndbg="', Speech(language="de", keymap="de")),
        ("lang=" + "x" * 5000, Speech()),
    ],
)
def test_what_the_kernel_was_told(said: str, wanted: Speech) -> None:
    assert wanted_by(said) == wanted


def test_each_language_has_a_catalogue_and_english_needs_none() -> None:
    there = {path.parents[1].name for path in CATALOGUES.glob("*/LC_MESSAGES/atomos.po")}
    assert {each.code for each in LANGUAGES} == {ENGLISH, *there}
    for each in LANGUAGES:
        speak(each.code)
        assert spoken() == each.code
        assert language_of(each.code) is each
        assert language_of(each.locale or "C.UTF-8") is each
        assert each.keymap in LAYOUTS


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each.code != ENGLISH])
def test_a_language_names_all_its_letters(language: object) -> None:
    """Of these a console's font is asked: one that is not named would be shown as a blank."""
    from installer.languages import Language

    assert isinstance(language, Language)
    in_english = {letter for message in entries(language.code) for letter in message}
    used = {letter for said in entries(language.code).values() for each in said for letter in each}
    used |= set(language.name)
    beyond = used - in_english - set(string.printable)
    assert beyond <= set(language.letters)
    assert missing(language, frozenset(string.printable)) == language.letters
    assert missing(language, None) == ""
    latin = frozenset(chr(code) for code in range(32, 256))
    assert missing(language, latin) == ""


def test_every_keyboard_on_offer_is_one_that_an_installed_system_can_have() -> None:
    for layout, name in LAYOUTS.items():
        assert problems(QuestionId.LANGUAGE, Draft(keymap=layout)) == ()
        assert console_keymap(layout)
        assert all(ord(letter) < 256 for letter in name), "in every console's font"


def test_a_keyboard_that_is_none_is_refused_in_words() -> None:
    (problem,) = problems(QuestionId.LANGUAGE, Draft(keymap="de; reboot"))
    assert problem.what == "There is no keyboard layout de; reboot."


def test_both_reach_the_answers_and_neither_where_data_are_kept() -> None:
    german = Speech(language="de", keymap="ch", chosen=True)
    answers = Draft(disk_path="/dev/vda").speaking(german).answers()
    assert (answers.locale, answers.keymap) == ("de_DE.UTF-8", "ch")
    kept = Draft(disk_path="/dev/vda", reinstall=True, keep=Keep.DATA).speaking(german).answers()
    assert (kept.locale, kept.keymap) == (None, None)
    plain = Draft(disk_path="/dev/vda").speaking(Speech(chosen=True)).answers()
    assert (plain.locale, plain.keymap) == (None, None), "the image's own, which is English"


def test_one_language_after_another_leaves_nothing_of_the_first() -> None:
    german = Draft().speaking(Speech(language="de", keymap="de"))
    assert german.speaking(Speech()) == Draft()


def test_what_was_chosen_is_known_to_the_next_screens(world: World) -> None:
    session = world.session()
    line = world.run.path.parent / "cmdline"
    line.parent.mkdir(parents=True, exist_ok=True)
    line.write_text("quiet lang=de\n")
    session = replace(session, command_line=line)
    assert session.speech() == Speech(language="de", keymap="de")
    session.choose(Speech(language="pt_BR", keymap="br"))
    assert session.speech() == Speech(language="pt_BR", keymap="br", chosen=True)
    world.run.speech.write_text("\xff garbage of three words")
    assert session.speech() == Speech(language="de", keymap="de")
    assert replace(session, command_line=Path("/nowhere")).speech() == Speech()


def test_the_voice_changes_when_the_language_does_and_is_there_before_anything_is_said(
    world: World,
) -> None:
    # It starts anew for it, and what is printed meanwhile is lost: the question of the keyboard.
    heard: list[str] = []

    class Voice:
        def change(self) -> None:
            heard.append(world.run.speech.read_text())

    session = replace(world.session(), voice=Voice(), command_line=Path("/nowhere"))
    session.choose(Speech())
    session.choose(Speech(keymap="gb"))
    assert heard == []
    session.choose(Speech(language="de", keymap="de"))
    session.choose(Speech(language="de", keymap="ch"))
    assert heard == ["de de\n"]


def test_the_run_speaks_as_whoever_started_it_and_machines_read_the_same(world: World) -> None:
    speak("de")
    document = world.started()
    speak(ENGLISH)
    assert world.execute(document) is ExitCode.DONE
    told = list(follow(world.run))
    sentences = [
        step.sentence for each in told if isinstance(each, RunStarted) for step in each.steps
    ]
    assert any(sentence.startswith("Das Systemabbild nach Root A") for sentence in sentences)
    assert isinstance(told[-1], RunFinished)
    ids = [step.id for each in told if isinstance(each, RunStarted) for step in each.steps]
    assert ids == [each.id for each in samples.plan().operations]


def test_what_is_done_is_the_same_in_every_language() -> None:
    """Else an installation begun in one could not be resumed in another. (The digest of a plan is
    over what was shown, its words included: so the process that installs speaks the same.)"""
    deeds = set()
    for language in LANGUAGES:
        speak(language.code)
        plan = samples.plan()
        deeds.add(tuple(each.deed() for each in plan.operations))
    assert len(deeds) == 1


@pytest.mark.parametrize(
    ("locale", "language"),
    [(None, ENGLISH), ("en_US.UTF-8", ENGLISH), ("de_DE.UTF-8", "de"), ("fr_FR.UTF-8", ENGLISH)],
)
def test_an_unattended_run_is_english_unless_its_answers_say_otherwise(
    locale: str | None, language: str
) -> None:
    from installer import cli

    speak("pt_BR")
    parts = FakeParts(answered=replace(samples.answers(), locale=locale))
    cli.main(["run", "--answers", "answers.yaml"], parts)
    assert spoken() == language


def test_exit_statuses_and_places_of_problems_do_not_change_with_the_language(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    from installer import cli
    from installer.errors import Problem, Refused

    refused = Refused((Problem(what="zu klein", way_out="", question=QuestionId.DISK),))
    for locale, words in (
        (None, "Refused, for 1 reason"),
        ("de_DE.UTF-8", "Abgelehnt, aus 1 Grund"),
    ):
        parts = FakeParts(answered=replace(samples.answers(), locale=locale))
        parts.fake.refused = refused
        assert cli.main(["run", "--answers", "answers.yaml"], parts) == ExitCode.REFUSED
        assert words in capsys.readouterr().err
    assert RunRefused.kind == "refused"


class _Tools:
    """A ckbcomp and a loadkeys that work, or not."""

    def __init__(self, error: InstallError | None = None) -> None:
        self.ran: list[tuple[tuple[str, ...], str | bytes | None]] = []
        self._error = error

    def run(
        self, argv: tuple[str, ...], *, stdin: str | bytes | None = None, timeout: float
    ) -> Completed:
        self.ran.append((argv, stdin))
        if self._error is not None:
            raise self._error
        return Completed(stdout="keycode 1 = Escape\n", stderr="", returncode=0)


def test_the_console_gets_the_keymap_that_is_made_of_the_layout() -> None:
    tools = _Tools()
    ConsoleKeymap(tools).load("de")
    assert tools.ran == [
        (("ckbcomp", "de"), None),
        (("loadkeys", "--console", "/dev/tty0", "-"), "keycode 1 = Escape\n"),
    ]


@pytest.mark.parametrize("name", ["", "-u", "de us", "/etc/shadow", "de\n"])
def test_what_is_no_layout_reaches_no_tool(name: str) -> None:
    tools = _Tools()
    with pytest.raises(InstallError, match="There is no keyboard layout"):
        ConsoleKeymap(tools).load(name)
    assert tools.ran == []


@pytest.mark.parametrize("error", [None, InstallError("no such unit")])
def test_a_voice_starts_anew_only_where_one_speaks(
    tmp_path: Path, error: InstallError | None
) -> None:
    tools, settings = _Tools(error), tmp_path / "espeakup"
    ConsoleVoice(tools, settings).change()
    assert tools.ran == []
    settings.touch()
    ConsoleVoice(tools, settings).change()
    assert tools.ran == [(("systemctl", "try-restart", "espeakup.service"), None)]
