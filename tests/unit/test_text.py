"""What is spoken: the catalogues are whole, and of what they say nothing reaches a machine."""

import ast
import functools
import re
import string
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.text import CATALOGUES, DOMAIN, ENGLISH, N_, _, ngettext, speak, spoken
from screens.strength import ADVICE

ROOT = Path(__file__).parents[2]
FOLDERS = ("installer", "backends", "screens")
LANGUAGES = ("de", "pt_BR")
ALIKE = 40
"""Of a thousand messages so many may be the same in both: names, keys, formats."""


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    speak(ENGLISH)


@functools.cache
def calls() -> tuple[tuple[str, ast.Call], ...]:
    """Every call of `_`, `N_` and `ngettext` in the code, with its place."""
    found = []
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                    continue
                if node.func.id in ("_", "N_", "ngettext"):
                    found.append((f"{file.relative_to(ROOT)}:{node.lineno}", node))
    return tuple(found)


def texts(call: ast.Call) -> tuple[str, ...]:
    """The texts that it names; none where it looks up what is marked elsewhere."""
    names = (
        call.args[:2]
        if isinstance(call.func, ast.Name) and call.func.id == "ngettext"
        else call.args
    )
    return tuple(
        each.value
        for each in names
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    )


def entries(language: str) -> dict[str, tuple[str, ...]]:
    """What the catalogue says to each message, its plural included, comments and flags aside."""
    text = (CATALOGUES / language / "LC_MESSAGES" / f"{DOMAIN}.po").read_text(encoding="utf-8")
    found: dict[str, tuple[str, ...]] = {}
    for block in text.split("\n\n")[1:]:
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if match := re.match(r'(msg[a-z_]+(?:\[\d\])?) "', line):
                name = match[1]
                fields[name] = ""
            if not line.startswith("#") and '"' in line:
                fields[name] += ast.literal_eval(line[line.index('"') :])
        said = tuple(value for key, value in fields.items() if key.startswith("msgstr"))
        for key in ("msgid", "msgid_plural"):
            if key in fields:
                found[fields[key]] = said
    return found


def placeholders(text: str) -> list[str]:
    """The names and formats that `str.format` fills in."""
    return sorted(
        f"{name}!{conversion}:{format}"
        for _text, name, format, conversion in string.Formatter().parse(text)
        if name is not None
    )


def formats(text: str) -> bool:
    try:
        placeholders(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_code_is_translated(language: str) -> None:
    said = entries(language)
    lacking = [
        f"{place}: {text}"
        for place, call in calls()
        for text in texts(call)
        if not all(said.get(text, ("",)))
    ]
    assert lacking == [], "run ./dev catalogues, and translate what is new"


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_have_nothing_else_and_nothing_fuzzy(language: str) -> None:
    text = (CATALOGUES / language / "LC_MESSAGES" / f"{DOMAIN}.po").read_text(encoding="utf-8")
    assert "fuzzy" not in text
    assert "#~" not in text
    in_code = {text for _place, call in calls() for text in texts(call)}
    assert set(entries(language)) == in_code


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_the_same(language: str) -> None:
    for message, said in entries(language).items():
        if not formats(message):
            continue
        for each in said:
            assert placeholders(each) == placeholders(message), (message, each)


@pytest.mark.parametrize("language", LANGUAGES)
def test_blanks_at_the_ends_lines_and_marks_are_kept(language: str) -> None:
    for message, said in entries(language).items():
        for each in said:
            assert each[:1].isspace() == message[:1].isspace(), (message, each)
            assert each.count("\n") == message.count("\n"), (message, each)
            assert each.startswith("! ") == message.startswith("! "), (message, each)


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_things_that_are_typed_stay(language: str) -> None:
    """Options, paths, keys of an answers file and commands are no words."""
    typed = re.compile(r"`[^`]+`|--[a-z-]+|/[a-z]+/[a-z/-]+|atomos-install|\bF[0-9]\b")
    for message, said in entries(language).items():
        for each in said:
            assert sorted(typed.findall(each)) == sorted(typed.findall(message)), (message, each)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_words_of_the_language(language: str) -> None:
    same = [message for message, said in entries(language).items() if message in said]
    assert len(same) <= ALIKE, same


def test_no_text_is_made_of_another_before_it_is_looked_up() -> None:
    """A catalogue cannot have what is only put together while it runs."""
    for place, call in calls():
        for each in call.args:
            assert not isinstance(each, ast.JoinedStr | ast.BinOp), place


def test_what_stands_at_the_level_of_a_module_is_marked_and_not_translated_yet() -> None:
    """It is read once, before anybody has chosen a language."""
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            code = file.read_text()
            assert _looked_up_at_import(ast.parse(code)) == [], file


def _looked_up_at_import(node: ast.AST) -> list[int]:
    found = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if (
            isinstance(child, ast.Call)
            and isinstance(child.func, ast.Name)
            and child.func.id in ("_", "ngettext")
        ):
            found.append(child.lineno)
        found += _looked_up_at_import(child)
    return found


def test_all_that_zxcvbn_says_is_in_the_catalogues() -> None:
    import zxcvbn.feedback

    tree = ast.parse(Path(zxcvbn.feedback.__file__).read_text())
    says = {
        ast.literal_eval(call.args[0])
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "_"
    }
    assert says == set(ADVICE)


def test_english_until_somebody_says_otherwise() -> None:
    assert spoken() == ENGLISH
    assert _("Disk") == "Disk"
    speak("de")
    assert spoken() == "de"
    assert _("Disk") == "Laufwerk"
    assert ngettext("{count} partition", "{count} partitions", 1) == "{count} Partition"
    speak("pt_BR")
    assert _("Disk") == "Disco"
    speak(ENGLISH)
    assert _("Disk") == "Disk"


def test_a_language_without_a_catalogue_is_english() -> None:
    speak("tlh")
    assert spoken() == ENGLISH
    assert _("Disk") == "Disk"


def test_nothing_is_nothing_in_every_language() -> None:
    speak("de")
    assert _("") == ""
    assert N_("Disk") == "Disk"


def test_the_environment_does_not_choose() -> None:
    """An unattended run whose console happens to be set to German is told of in English."""
    said = subprocess.run(
        ["python3", "-c", "from installer.text import _; print(_('Disk'))"],
        cwd=ROOT,
        env={"LANGUAGE": "de", "LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8", "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "Disk\n"
