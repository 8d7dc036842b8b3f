"""Time zones and keyboard layouts that nobody has are refused before anything is written."""

from pathlib import Path

import pytest

from backends.known_names import known_names
from backends.time_zones import ZONES
from installer.errors import Refused
from installer.known_names import KnownNames
from installer.question import QuestionId
from tests.unit import samples

KNOWN = KnownNames(
    zones=frozenset({"UTC", "Europe/Berlin", "Europe/Bern", "America/Lima"}),
    layouts=frozenset({"us", "de", "gb", "latam"}),
)


@pytest.mark.parametrize(
    ("wished", "what", "way_out", "question"),
    [
        (
            {"timezone": "europe/berlin"},
            "There is no time zone europe/berlin.",
            "Names that are like it: Europe/Berlin, Europe/Bern.",
            QuestionId.TIMEZONE,
        ),
        (
            {"timezone": "Mars/Colony"},
            "There is no time zone Mars/Colony.",
            "Write for example Europe/Berlin.",
            QuestionId.TIMEZONE,
        ),
        (
            {"keymap": "klingon"},
            "There is no keyboard layout klingon.",
            "Write for example de.",
            QuestionId.LANGUAGE,
        ),
        # What the console calls it.
        (
            {"keymap": "uk"},
            "There is no keyboard layout uk.",
            "Names that are like it: gb.",
            QuestionId.LANGUAGE,
        ),
    ],
)
def test_a_name_that_nobody_has_is_refused(
    wished: dict[str, str], what: str, way_out: str, question: QuestionId
) -> None:
    """The installation failed by it when the disk had been written."""
    with pytest.raises(Refused) as refused:
        samples.plan(wanted=samples.answers(**wished), names=KNOWN)
    (problem,) = refused.value.problems
    assert (problem.what, problem.way_out, problem.question) == (what, way_out, question)


def test_what_there_is_and_what_nobody_knows_is_taken() -> None:
    right = samples.answers(timezone="Europe/Berlin", keymap="latam")
    assert samples.plan(wanted=right, names=KNOWN).operations
    other = samples.answers(timezone="Mars/Colony", keymap="klingon")
    assert samples.plan(wanted=other, names=KnownNames()).operations


@pytest.mark.skipif(not ZONES.is_dir(), reason="tzdata is not installed")
def test_all_zones_of_this_system_are_known_by_old_names_too() -> None:
    zones = known_names().zones
    assert {"UTC", "Europe/Berlin", "US/Eastern", "Etc/GMT+5"} <= zones
    assert not {each for each in zones if each.startswith(("posix/", "right/"))}
    assert "zone.tab" not in zones


def test_layouts_are_those_of_the_list_and_no_models_or_variants(tmp_path: Path) -> None:
    file = tmp_path / "base.lst"
    file.write_text(
        "! model\n  pc105  Generic\n\n! layout\n  de   German\n  us   English (US)\n\n"
        "! variant\n  intl  us: English (US, intl.)\n"
    )
    found = known_names(tmp_path / "none", file)
    assert found == KnownNames(layouts=frozenset({"de", "us"}))
    assert known_names(tmp_path / "none", tmp_path / "none") == KnownNames()
