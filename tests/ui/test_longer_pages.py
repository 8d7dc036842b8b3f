"""Pages that are longer than the screen: what is below its edge can be found."""

import pytest

from tests.ui.reading import SIZE, app_for, text_of
from tests.ui.scenes import EVERY_SCENE

BY_NAME = {scene.name: scene for scene in EVERY_SCENE}
MORE = "Down: more below"


@pytest.mark.parametrize("name", ["done-40x20", "keep-40x20"])
async def test_that_there_is_more_is_said_until_its_end_is_seen(name: str) -> None:
    scene = BY_NAME[name]
    app = app_for(scene.session(), read=scene.read)
    async with app.run_test(size=SIZE) as pilot:
        await scene.reach(pilot)
        assert MORE in text_of(app)
        while MORE in text_of(app):
            await pilot.press("down")
            await pilot.pause()
        last = app.screen.focus_chain[-1]
        assert app.screen.can_view_entire(last)


async def test_a_page_that_has_room_says_nothing() -> None:
    scene = BY_NAME["done"]
    app = app_for(scene.session(), read=scene.read)
    async with app.run_test(size=SIZE) as pilot:
        await scene.reach(pilot)
        assert MORE not in text_of(app)
