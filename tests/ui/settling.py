"""Keys sent one after the other, each waited for until its last effect: no clock, no guess.

A Pilot waits 8 ms and more after each key for the process to look idle. Here the event loop itself
is asked: nothing is left to do when no callback is ready, and no thread works beside the app.
"""

import asyncio
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

from textual import events
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key

from screens.looking import LookingPage
from screens.wizard import AtomosApp

SETTLE_SECONDS: Final = 20.0
"""After so long an app that still has things to do after a key is taken for one that hangs."""


def key_event(key: str) -> events.Key:
    """The event of a key, named as a Pilot's keys are."""
    name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
    original = REPLACED_KEYS.get(name, name)
    try:
        character: str | None = unicodedata.lookup(_get_unicode_name_from_key(original))
    except KeyError:
        character = key if len(key) == 1 else None
    return events.Key(name, character)


async def send(
    app: AtomosApp, keys: Iterable[str], waiting: Callable[[], int], *, paints: bool
) -> None:
    """Send keys as somebody does who types faster than the screen is laid out, then wait for it.

    Each has had its effect before the next one comes, as the console's driver sees to.
    """
    for key in keys:
        event = key_event(key)
        event.set_sender(app)
        app.post_message(event)
        await asyncio.sleep(0)
        while not _is_ready():
            await asyncio.sleep(0)
    await settle(app, waiting, paints=paints)


async def settle(app: AtomosApp, waiting: Callable[[], int], *, paints: bool) -> None:
    """Until there is nothing left to do; `waiting` says how many threads only wait for a run.

    Without `paints` it is laid out, and not painted. Raises AssertionError when it never ends.
    """
    deadline = time.monotonic() + SETTLE_SECONDS
    quiet = False
    while not quiet:
        assert time.monotonic() < deadline, "the app comes to no rest"
        await asyncio.sleep(0)
        if _working(waiting) or _is_about_to_look(app):
            await asyncio.sleep(0.0005)
        elif _is_ready() and not app._exit:
            _lay_out(app, paints=paints)
            await asyncio.sleep(0)
            quiet = _is_ready() and not _working(waiting) and not _has_changed(app, paints=paints)
        else:
            quiet = app._exit


def _lay_out(app: AtomosApp, *, paints: bool) -> None:
    compositor = app.screen._compositor
    if paints:
        vars(compositor).pop("render_update", None)
    else:
        app.screen._dirty_widgets.clear()
        vars(compositor)["render_update"] = _nothing
    app.screen._on_timer_update()


def _nothing(**_: object) -> None:
    """What is painted where nobody looks."""


def _is_ready() -> bool:
    """Whether no callback of the event loop waits to be called."""
    return not getattr(asyncio.get_running_loop(), "_ready", ())


def _has_changed(app: AtomosApp, *, paints: bool) -> bool:
    screen = app.screen
    return bool(screen._callbacks or screen._layout_required or (paints and screen._dirty_widgets))


def _working(waiting: Callable[[], int]) -> bool:
    """Whether a thread of the app has something to do yet."""
    return len(at_work()) > waiting()


def _is_about_to_look(app: AtomosApp) -> bool:
    """That page waits for a clock until it has been painted, and another one comes in any case."""
    return not app._exit and any(isinstance(each, LookingPage) for each in app.screen_stack)


def at_work() -> frozenset[threading.Thread]:
    """The threads that apps have started (screens.background)."""
    return frozenset(
        each for each in threading.enumerate() if each.daemon and each.name.endswith("(run)")
    )
