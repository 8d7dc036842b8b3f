"""What the painter makes of a screen is what Textual makes of it, cell by cell."""

from collections.abc import Iterable

import pytest
from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip

from screens.painter import Painter
from tests.ui.reading import SIZE, app_for
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


def cells(pieces: Iterable[Strip]) -> list[tuple[str, str]]:
    """Each character with its style."""
    return [
        (character, str(segment.style))
        for strip in pieces
        for segment in strip
        for character in segment.text
    ]
