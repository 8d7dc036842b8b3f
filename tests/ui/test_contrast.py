"""Every word can be read: 4.5 to 1 or better, dark and light, in the 16 colours of a console."""

from collections import Counter
from typing import Final

import pytest
from rich.color import Color, ColorType
from rich.segment import Segment

from screens.wizard import AtomosApp
from tests.ui.console_colours import VGA
from tests.ui.reading import SIZE, app_for
from tests.ui.scenes import SCENES, STATES, Scene

LEAST: Final = 4.5
"""WCAG 2.2, success criterion 1.4.3."""
DRAWN: Final = "─│┌┐└┘├┤┼═║█▀▄░ "
"""Frames, bars and blanks: nothing is read there."""


@pytest.mark.parametrize("scene", [*SCENES, *STATES], ids=lambda scene: scene.name)
async def test_every_word_can_be_read(scene: Scene) -> None:
    session = scene.session()
    app = app_for(session, read=scene.read)
    async with app.run_test(size=SIZE) as pilot:
        await scene.reach(pilot)
        for theme, back in (("ansi-dark", 0), ("ansi-light", 7)):
            app.theme = theme
            await pilot.pause()
            weak = {each.text.strip(): ratio for each, ratio in _contrasts(app) if ratio < LEAST}
            assert not weak, theme
            assert _behind(app) == back, f"{theme} has another background"
    session.over.set()
    session.may_plan.set()


def _contrasts(app: AtomosApp) -> list[tuple[Segment, float]]:
    segments = [each for strip in app.screen._compositor.render_strips() for each in strip]
    words = [each for each in segments if each.text.strip(DRAWN)]
    assert words
    return [(each, _contrast(each)) for each in words]


def _behind(app: AtomosApp) -> int | None:
    """ANSI number of what is behind the most of the screen."""
    cells: Counter[int | None] = Counter()
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            colour = segment.style.bgcolor if segment.style else None
            cells[colour.number if colour else None] += segment.cell_length
    return cells.most_common(1)[0][0]


def _contrast(segment: Segment) -> float:
    style = segment.style
    assert style is not None, f"no colour of its own: {segment.text!r}"
    front, back = _luminance(style.color), _luminance(style.bgcolor)
    if style.dim:
        front /= 2
    return (max(front, back) + 0.05) / (min(front, back) + 0.05)


def _luminance(color: Color | None) -> float:
    """Relative, as WCAG defines it."""
    assert color is not None
    assert color.type is ColorType.STANDARD, f"none of the 16: {color}"
    assert color.number is not None
    parts = [value / 255 for value in VGA[color.number]]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
