"""Every screen in every language, and in two that nobody speaks: nothing is cut off."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from installer import text
from installer.languages import LANGUAGES, Speech
from installer.text import ENGLISH, speak
from tests.ui.cut_off import Place, cut_off, too_wide
from tests.ui.made_up import long_words, make, wide_and_from_the_right
from tests.ui.reading import SIZE, Walk, Walker, app_for, at_rest
from tests.ui.scenes import SCENES, Scene

LONG, WIDE = "xx_long", "xx_wide"
OTHERS = (*(each.code for each in LANGUAGES if each.code != ENGLISH), LONG, WIDE)


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


async def look(scene: Scene, language: str, walk: Walk) -> tuple[str, dict[Place, str]]:
    """Walk there: the screen's text, and what of it is cut off."""
    session = scene.session()
    session.spoken = Speech(language=language, chosen=session.spoken.chosen)
    app = app_for(session, kind=Walker)
    assert isinstance(app, Walker)
    app.walk = walk
    walk.done = 0
    async with app.run_test(size=SIZE) as pilot:
        await scene.walk(pilot)
        page = await at_rest(pilot)
        assert_focus_is_seen(pilot)
        lacking = cut_off(app)
        assert too_wide(app) == []
    walk.is_known = True
    session.over.set()
    session.may_plan.set()
    return page, lacking


def assert_focus_is_seen(pilot: Pilot[None]) -> None:
    screen = pilot.app.screen
    if screen.focused is not None:
        geometry = screen._compositor.full_map[screen.focused]
        assert geometry.region.intersection(geometry.clip).area > 0


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_nothing_is_cut_off_that_is_not_in_english(
    scene: Scene, catalogues: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "CATALOGUES", catalogues)
    walk = Walk()
    english, cut_in_english = await look(scene, ENGLISH, walk)
    for language in OTHERS:
        page, cut = await look(scene, language, walk)
        assert page != english, f"{language} is not spoken"
        more = {place: words for place, words in cut.items() if place not in cut_in_english}
        assert not more, f"{language}:\n{page}\n{more}"
