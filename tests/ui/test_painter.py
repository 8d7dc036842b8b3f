"""What the painter makes of a screen is what Textual makes of it, cell by cell."""

from collections.abc import Iterable

import pytest
from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip

from screens.painter import Painter
from screens.release import VersionRow
from tests.ui.fake_session import FakeSession
from tests.ui.picture import text_of
from tests.ui.reading import SIZE, app_for, shows, to_release
from tests.ui.scenes import SCENES, Scene


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_a_screen_is_what_textual_makes_of_it(scene: Scene) -> None:
    app = app_for(scene.session(), read=scene.read)
    async with app.run_test(size=SIZE) as pilot:
        await scene.reach(pilot)
        painter = app.screen._compositor
        assert isinstance(painter, Painter)
        whole = Region(0, 0, *scene.size)
        ours = painter._render_chops(whole, lambda _: True)
        theirs = Compositor._render_chops(painter, whole, lambda _: True)
        for row, (piece, wanted) in enumerate(zip(ours, theirs, strict=True)):
            assert cells(piece.values()) == cells(wanted.values()), f"row {row}"


async def test_a_page_may_be_painted_between_a_removal_and_its_layout() -> None:
    """The app ended with NoScreen when a paint fell between the two."""
    app = app_for(FakeSession())
    async with app.run_test(size=SIZE) as pilot:
        await to_release(pilot)
        await shows(pilot, "0.0.9")
        for row in app.screen.query(VersionRow):
            app._unregister(row)
            row._styles_cache.clear()
        app.screen._compositor._dirty_regions = {Region(0, 0, *SIZE)}
        assert app.screen._compositor.render_partial_update() is not None
        assert "0.0.9" not in text_of(app)


def cells(pieces: Iterable[Strip]) -> list[tuple[str, str]]:
    """Each character with its style."""
    return [
        (character, str(segment.style))
        for strip in pieces
        for segment in strip
        for character in segment.text
    ]
