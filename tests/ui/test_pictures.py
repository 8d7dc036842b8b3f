"""Every screen at 80x24, compared with the picture committed beside this file."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.ui.fake_session import FakeSession
from tests.ui.reading import SIZE, app_for
from tests.ui.scenes import SCENES, Scene


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_looks_as_before(scene: Scene, snap_compare: Callable[..., bool]) -> None:
    session = scene.session()

    async def walk(pilot: Pilot[None]) -> None:
        await scene.walk(pilot)
        await pilot.pause()

    assert snap_compare(app_for(session, read=scene.read), terminal_size=SIZE, run_before=walk)
    session.over.set()
    session.may_plan.set()


def test_scenes_have_their_own_names() -> None:
    assert len({scene.name for scene in SCENES}) == len(SCENES)
    assert isinstance(SCENES[0].session(), FakeSession)
