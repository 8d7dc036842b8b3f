"""Every screen, its states and three sizes, compared with the pictures beside this file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ui.fake_session import FakeSession
from tests.ui.reading import SIZE, app_for
from tests.ui.scenes import EVERY_SCENE, SCENES, Scene

HERE = Path(__file__).parent


@pytest.mark.parametrize("scene", EVERY_SCENE, ids=lambda scene: scene.name)
def test_looks_as_before(scene: Scene, snap_compare: Callable[..., bool]) -> None:
    session = scene.session()

    app = app_for(session, read=scene.read)
    assert snap_compare(app, terminal_size=SIZE, run_before=scene.reach)
    session.over.set()
    session.may_plan.set()


def test_no_picture_is_left_over() -> None:
    """Of a scene that has another name now; nobody would look at it."""
    kept = {
        each.stem.partition("[")[2].rstrip("]")
        for each in HERE.glob("__snapshots__/test_pictures/*.svg")
    }
    assert kept == {scene.name for scene in EVERY_SCENE}
    assert {each.stem for each in (HERE / "german").iterdir()} <= {each.name for each in SCENES}


def test_scenes_have_their_own_names() -> None:
    assert len({scene.name for scene in EVERY_SCENE}) == len(EVERY_SCENE) >= 60
    assert isinstance(SCENES[0].session(), FakeSession)
