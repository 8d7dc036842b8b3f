"""Every screen in every language, and in two that nobody speaks: nothing is cut off."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from installer import text
from installer.languages import LANGUAGES, Speech
from installer.text import ENGLISH, speak
from tests.ui.cut_off import Place, cut_off, too_wide
from tests.ui.made_up import long_words, make, wide_and_from_the_right
from tests.ui.reading import SIZE, Walk, Walker, app_for, at_rest, step_of, until
from tests.ui.scenes import SCENES, Scene
from tests.ui.take_pictures import with_name

LONG, WIDE = "xx_long", "xx_wide"
GERMAN = Path(__file__).parent / "german"
EVERYDAY = ("de", LONG)
"""The languages whose words are longest; a walk takes some seconds."""
FURTHER = (*(each.code for each in LANGUAGES if each.code not in (ENGLISH, "de")), WIDE)


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    speak(ENGLISH)


@pytest.fixture(scope="session")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those of the installer, and two made up."""
    folder = tmp_path_factory.mktemp("locale")
    shutil.copytree(text.CATALOGUES, folder, dirs_exist_ok=True)
    make(folder, LONG, long_words)
    make(folder, WIDE, wide_and_from_the_right)
    return folder


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A screen in one language."""

    page: str
    cut: dict[Place, str]
    picture: str


async def look(scene: Scene, language: str, walk: Walk) -> Seen:
    """Walk there, and look."""
    session = scene.session()
    session.spoken = Speech(language=language, chosen=session.spoken.chosen)
    # Each language has another usual zone, and a walk is the same in all of them.
    session.zones = tuple(replace(zone, country_code="") for zone in session.zones)
    app = app_for(session, kind=Walker, read=scene.read)
    assert isinstance(app, Walker)
    app.walk = walk
    walk.done = 0
    async with app.run_test(size=SIZE) as pilot:
        await scene.walk(pilot)
        page = await at_rest(pilot)
        if walk.is_known:
            await until(pilot, lambda: step_of(app) == walk.steps[-1], walk.steps[-1])
            page = await at_rest(pilot)
        else:
            walk.steps.append(step_of(app))
        assert_focus_is_seen(pilot)
        cut = cut_off(app, may_scroll=language in (LONG, WIDE))
        assert too_wide(app) == []
        picture = with_name(app.export_screenshot(), scene.name)
    walk.is_known = True
    session.over.set()
    session.may_plan.set()
    session.may_offer.set()
    return Seen(page=page, cut=cut, picture=picture)


def assert_focus_is_seen(pilot: Pilot[None]) -> None:
    screen = pilot.app.screen
    if screen.focused is not None:
        geometry = screen._compositor.full_map[screen.focused]
        assert geometry.region.intersection(geometry.clip).area > 0


@pytest.mark.parametrize(
    "languages", [EVERYDAY, pytest.param(FURTHER, marks=pytest.mark.extended)], ids="-".join
)
@pytest.mark.parametrize("scene", SCENES[1:], ids=lambda scene: scene.name)
async def test_nothing_is_cut_off_that_is_not_in_english(
    scene: Scene,
    languages: tuple[str, ...],
    catalogues: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(text, "CATALOGUES", catalogues)
    walk = Walk()
    english = await look(scene, ENGLISH, walk)
    for language in languages:
        seen = await look(scene, language, walk)
        assert seen.page != english.page, f"{language} is not spoken"
        more = {place: words for place, words in seen.cut.items() if place not in english.cut}
        assert not more, f"{language}:\n{seen.page}\n{more}"
        if language == "de":
            looks_as_before(scene, seen.picture)


def looks_as_before(scene: Scene, picture: str) -> None:
    """``ATOMOS_UPDATE_GOLDENS=1`` writes it instead."""
    file = GERMAN / f"{scene.name}.svg"
    if os.environ.get("ATOMOS_UPDATE_GOLDENS"):
        GERMAN.mkdir(exist_ok=True)
        file.write_text(picture, encoding="utf-8")
    assert picture == file.read_text(encoding="utf-8"), f"another picture than {file}"
