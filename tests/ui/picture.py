"""A picture of a screen, of either app: the way there, what is on it, and waiting for that."""

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from textual.pilot import Pilot

from screens.page import LEAST
from screens.terminal_app import TerminalApp

SIZE = (80, 24)
SMALL = (LEAST.width, LEAST.height)
LARGE = (132, 43)
DEADLINE_SECONDS = 10.0
QUIET_LOOKS = 5
"""With 10 ms between them."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Its name, and the way to it."""

    name: str
    walk: Callable[[Pilot[None]], Awaitable[None]]
    size: tuple[int, int] = SIZE
    """Columns and rows that the terminal is brought to when the screen is there."""

    async def reach(self, pilot: Pilot[None]) -> None:
        """Walk there, and have it painted in its size."""
        await self.walk(pilot)
        await pilot.pause()
        if self.size != SIZE:
            await pilot.resize_terminal(*self.size)
            compositor = pilot.app.screen._compositor
            # Textual waits 8 ms for further sizes, and lays out twice for another breakpoint.
            await until(pilot, lambda: compositor.size == self.size, f"the size {self.size}")
            await at_rest(pilot)


_Picture = TypeVar("_Picture", bound=Picture)


def resized(pictures: Iterable[_Picture]) -> tuple[_Picture, ...]:
    """The terminal changes its size when somebody is there already: all in the least, then all in
    a large one."""
    known = tuple(pictures)
    return tuple(
        replace(each, name=f"{each.name}-{size[0]}x{size[1]}", size=size)
        for size in (SMALL, LARGE)
        for each in known
    )


def text_of(app: TerminalApp) -> str:
    """All rows of the screen."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


async def at_rest(pilot: Pilot[None]) -> str:
    """Wait until some looks in a row see the same, and read it."""
    app = pilot.app
    assert isinstance(app, TerminalApp)
    seen = [text_of(app)]

    def is_same() -> bool:
        seen.append(text_of(app))
        return len(seen) > QUIET_LOOKS and len(set(seen[-QUIET_LOOKS:])) == 1

    await until(pilot, is_same, "rest")
    return seen[-1]


async def until(pilot: Pilot[None], condition: Callable[[], object], what: str) -> None:
    """Wait for a condition; `what` says what it was when it never came."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            app = pilot.app
            assert isinstance(app, TerminalApp)
            raise AssertionError(f"waited for: {what}\n{text_of(app)}")
        await pilot.pause(0.01)
