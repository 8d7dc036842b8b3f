"""What a key costs, counted: layouts, looks at the style rules, frames, messages. No clock.

``./dev bench screens`` has the milliseconds, which are these counts times what Textual takes.
"""

from collections import Counter
from collections.abc import Callable

import pytest
from textual._compositor import Compositor
from textual.app import App
from textual.css.stylesheet import Stylesheet
from textual.message_pump import MessagePump
from textual.widget import Widget

from screens.wizard import AtomosApp
from tests.ui.reading import SIZE, app_for
from tests.ui.scenes import SCENES, Scene
from tests.ui.settling import at_work, send

BY_NAME = {scene.name: scene for scene in SCENES}
MOVES = ("language", "welcome", "unfinished-two", "disk", "keep", "passphrase", "recovery-key")
MOVES_TOO = ("user", "summary", "steps-resumed", "leave", "failed", "done")
TYPES = ("unlock", "password", "user-wrong", "wrong-confirmation", "recovery-key-wrong")
SCROLLS = ("language", "disk", "summary", "progress")
MESSAGES = 8
"""The key, and that each widget which was painted has nothing more to do. Textual's own: thirty."""
RENDERED = 12
"""Widgets: those that have changed, and what lies behind them in their rows."""


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> "Counter[str]":
    counts: Counter[str] = Counter()

    def count(owner: type, method: str, name: str) -> None:
        original: Callable[..., object] = getattr(owner, method)

        def counting(self: object, *args: object, **named: object) -> object:
            if method != "_display" or args[1] is not None:
                counts[name] += 1
            return original(self, *args, **named)

        monkeypatch.setattr(owner, method, counting)

    count(Compositor, "reflow", "layouts")
    count(Compositor, "reflow_visible", "scrolls")
    count(Stylesheet, "apply", "looks at the rules")
    count(App, "_display", "frames")
    count(Widget, "render_lines", "rendered")
    count(MessagePump, "_dispatch_message", "messages")
    return counts


async def cost(scene: Scene, counts: "Counter[str]", *keys: str) -> "list[Counter[str]]":
    """Of each of these keys in turn, the first left out: it may bring a part into sight."""
    app: AtomosApp = app_for(scene.session(), read=scene.read)
    costs = []
    async with app.run_test(size=SIZE) as pilot:
        await scene.reach(pilot)
        for key in keys:
            await pilot.pause()
            counts.clear()
            # Threads, which look at the machine or follow a run, have nothing to do with keys.
            await send(app, [key], lambda: len(at_work()), paints=True)
            costs.append(Counter(counts))
    return costs[1:]


@pytest.mark.parametrize("name", [*MOVES, *MOVES_TOO])
async def test_the_focus_moves_in_one_frame_with_no_layout(
    name: str, counted: "Counter[str]"
) -> None:
    for each in await cost(BY_NAME[name], counted, "up", "down", "up"):
        assert each["frames"] == 1
        assert each["layouts"] == each["scrolls"] == each["looks at the rules"] == 0
        assert each["rendered"] <= RENDERED
        assert each["messages"] <= MESSAGES


@pytest.mark.parametrize("name", TYPES)
async def test_a_letter_is_shown_in_one_frame_with_no_layout(
    name: str, counted: "Counter[str]"
) -> None:
    for each in await cost(BY_NAME[name], counted, "x", "backspace", "x"):
        assert each["frames"] == 1
        assert each["layouts"] == each["scrolls"] == each["looks at the rules"] == 0
        assert each["rendered"] <= RENDERED
        assert each["messages"] <= MESSAGES


@pytest.mark.parametrize("name", SCROLLS)
async def test_a_page_is_turned_in_one_frame_with_no_layout(
    name: str, counted: "Counter[str]"
) -> None:
    for each in await cost(BY_NAME[name], counted, "pagedown", "pageup", "pagedown"):
        assert each["frames"] == each["scrolls"] == 1
        assert each["layouts"] == each["looks at the rules"] == 0
        assert each["messages"] <= MESSAGES
