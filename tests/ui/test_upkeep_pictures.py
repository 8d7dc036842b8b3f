"""Every screen of an installed system in three sizes, compared with the pictures beside this."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ui.picture import SIZE
from tests.ui.upkeep_scenes import EVERY_SCENE, UpkeepScene, app_for

HERE = Path(__file__).parent


@pytest.mark.parametrize("scene", EVERY_SCENE, ids=lambda scene: scene.name)
def test_an_installed_system_looks_as_before(
    scene: UpkeepScene, snap_compare: Callable[..., bool]
) -> None:
    upkeep = scene.upkeep()
    app = app_for(upkeep, place=scene.place)
    assert snap_compare(app, terminal_size=SIZE, run_before=scene.reach)
    upkeep.over.set()
    upkeep.may_plan.set()


def test_no_picture_is_left_over() -> None:
    """Of a scene that has another name now; nobody would look at it."""
    kept = {
        each.stem.partition("[")[2].rstrip("]")
        for each in (HERE / "__snapshots__" / "test_upkeep_pictures").glob("*.svg")
    }
    assert kept == {scene.name for scene in EVERY_SCENE}
