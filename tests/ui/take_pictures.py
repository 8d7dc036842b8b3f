"""Write docs/pictures/*.svg: each screen of the real app, with a session made by hand.

``python -m tests.ui.take_pictures``
"""

import asyncio
import re
from pathlib import Path

import tests.ui.conftest  # noqa: F401  Textual's settings, before Textual
from tests.ui.reading import SIZE, app_for
from tests.ui.scenes import SCENES, Scene

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


async def picture_of(scene: Scene) -> str:
    """The screen as SVG, the same bytes for the same screen."""
    session = scene.session()
    app = app_for(session, read=scene.read)
    async with app.run_test(size=SIZE) as pilot:
        await scene.reach(pilot)
        svg = app.export_screenshot()
    session.over.set()
    session.may_plan.set()
    return with_name(svg, scene.name)


def with_name(svg: str, name: str) -> str:
    """Rich numbers its classes at random, so that two pictures fit into one page."""
    return re.sub(r"terminal-\d+", f"terminal-{name}", svg)


def main() -> None:
    """Write all pictures, and say where."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        path = PICTURES / f"{scene.name}.svg"
        path.write_text(asyncio.run(picture_of(scene)), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
