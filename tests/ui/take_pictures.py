"""Write docs/pictures/*.svg and docs/screens.md: screens of the real app, by a made-up session.

``python -m tests.ui.take_pictures``
"""

import asyncio
import re
from pathlib import Path

from rich.terminal_theme import SVG_EXPORT_THEME

import tests.ui.conftest  # noqa: F401  Textual's settings, before Textual
from tests.ui.console_colours import VGA
from tests.ui.reading import SIZE, app_for
from tests.ui.scenes import EVERY_SCENE, SCENES, SIZED, STATES, Scene
from tests.ui.upkeep_scenes import SCENES as UPKEEP_SCENES
from tests.ui.upkeep_scenes import UpkeepScene
from tests.ui.upkeep_scenes import app_for as upkeep_app_for

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


async def upkeep_picture_of(scene: UpkeepScene) -> str:
    """The same, of an installed system."""
    upkeep = scene.upkeep()
    app = upkeep_app_for(upkeep, place=scene.place)
    async with app.run_test(size=SIZE) as pilot:
        await scene.reach(pilot)
        svg = in_vga(app.export_screenshot())
    upkeep.over.set()
    upkeep.may_plan.set()
    return with_name(svg, f"upkeep-{scene.name}")


async def picture_of(scene: Scene) -> str:
    """The screen as SVG, the same bytes for the same screen."""
    session = scene.session()
    app = app_for(session, read=scene.read)
    async with app.run_test(size=SIZE) as pilot:
        await scene.reach(pilot)
        svg = in_vga(app.export_screenshot())
    session.over.set()
    session.may_plan.set()
    session.may_offer.set()
    return with_name(svg, scene.name)


def in_vga(svg: str) -> str:
    """In the colours of the kernel's console; Rich has softer ones, whose black is a grey."""
    theirs = [SVG_EXPORT_THEME.ansi_colors[number].hex for number in range(len(VGA))]
    ours = dict(zip(theirs, (f"#{each.hex()}" for each in VGA), strict=True))
    return re.sub("|".join(ours), lambda found: ours[found.group()], svg)


def with_name(svg: str, name: str) -> str:
    """Rich numbers its classes at random, so that two pictures fit into one page."""
    return re.sub(r"terminal-\d+", f"terminal-{name}", svg)


SHEET = Path(__file__).parents[2] / "docs" / "screens.md"
COLUMNS = 3


BEGINNING = "## Every screen, 80x24"


def sheet() -> str:
    """All of them on one page: each in 80x24, then states, then the smallest and a large size."""
    parts = []
    for title, names in (
        (BEGINNING, [each.name for each in SCENES]),
        ("## Other states", [each.name for each in STATES]),
        ("## 40x20 and 132x43", [each.name for each in SIZED]),
        ("## An installed system (`atomos`)", [f"upkeep-{each.name}" for each in UPKEEP_SCENES]),
    ):
        cells = [f"{name}<br>![{name}](pictures/{name}.svg)" for name in names]
        rows = [cells[at : at + COLUMNS] for at in range(0, len(cells), COLUMNS)]
        lines = ["| " + " | ".join([*row, *[""] * (COLUMNS - len(row))]) + " |" for row in rows]
        table = ["|" + " |" * COLUMNS, "|" + "---|" * COLUMNS, *lines]
        parts.append("\n".join([title, "", *table]))
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Write all pictures, and say where."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for scene in EVERY_SCENE:
        path = PICTURES / f"{scene.name}.svg"
        path.write_text(asyncio.run(picture_of(scene)), encoding="utf-8")
        print(path)
    for each in UPKEEP_SCENES:
        path = PICTURES / f"upkeep-{each.name}.svg"
        path.write_text(asyncio.run(upkeep_picture_of(each)), encoding="utf-8")
        print(path)
    written = SHEET.read_text(encoding="utf-8").partition(BEGINNING)[0]
    SHEET.write_text(written + sheet(), encoding="utf-8")
    print(SHEET)


if __name__ == "__main__":
    main()
