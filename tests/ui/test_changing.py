"""Text of which only the cells that differ are painted."""

import pytest
from textual._compositor import ChopsUpdate, Compositor
from textual.app import App, ComposeResult

from screens.changing import Changing

LONG = "a sentence that is longer than the forty columns there are"


class Shown(App[None]):
    def compose(self) -> ComposeResult:
        yield Changing("first\nsecond", id="text")
        yield Changing("below", id="below")


def rows(app: App[None]) -> list[str]:
    strips = app.screen._compositor.render_strips()
    return [strip.text.rstrip() for strip in strips]


@pytest.mark.parametrize(
    "texts",
    [
        ("first\nanother",),
        ("f", "first and more\nsecond"),
        ("███░░ 60 %\nsecond", "████░ 80 %\nsecond"),
        ("漢字 wide\nsecond", "漢漢 wide\nsecond", "字 wide\nsecond"),
        ("[bold]\nno markup[/]",),
        ("one line", "three\nlines\nnow"),
        ("", "first\nsecond"),
        ("first\nsecond", "first\nsecond"),
    ],
)
async def test_the_last_text_is_what_one_sees(texts: tuple[str, ...]) -> None:
    app = Shown()
    async with app.run_test(size=(40, 10)) as pilot:
        text = app.query_one("#text", Changing)
        for each in texts:
            text.put(each)
            await pilot.pause()
        wanted = [*texts[-1].split("\n")] if texts[-1] else []
        assert rows(app)[: len(wanted) + 1] == [*wanted, "below"]


async def test_a_text_that_needs_more_rows_moves_what_is_below() -> None:
    app = Shown()
    async with app.run_test(size=(40, 10)) as pilot:
        app.query_one("#text", Changing).put(LONG)
        await pilot.pause()
        assert " ".join(rows(app)[:2]) == LONG
        assert rows(app)[2] == "below"


async def test_only_the_cells_that_differ_are_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    spans = []
    original = Compositor.render_partial_update

    def watched(self: Compositor) -> ChopsUpdate | None:
        update = original(self)
        if update is not None:
            spans.extend(update.spans)
        return update

    app = Shown()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        monkeypatch.setattr(Compositor, "render_partial_update", watched)
        app.query_one("#text", Changing).put("first\nsepond")
        await pilot.pause()
        assert spans == [(1, 2, 3)]
