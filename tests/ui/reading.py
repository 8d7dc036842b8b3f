"""Reading what the app shows, and waiting for it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from textual import events
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Static

from installer.answers import Answers
from installer.stores import Stores
from installer.text import _
from screens import wizard
from screens.changing import Changing
from screens.drawn_key import DrawnKey
from screens.widgets import Scrolled
from screens.wizard import AtomosApp
from tests.ui.fake_session import STARTED, FakeSession
from tests.ui.fake_store import FakeLogs, FakeStore
from tests.ui.picture import SIZE as SIZE
from tests.ui.picture import at_rest as at_rest
from tests.ui.picture import text_of as text_of
from tests.ui.picture import until as until
from tests.ui.wanted import GROUP as GROUP
from tests.ui.wanted import GROUPS as GROUPS
from tests.ui.wanted import PASSPHRASE as PASSPHRASE
from tests.ui.wanted import RECOVERY_KEY as RECOVERY_KEY
from tests.ui.wanted import draw_key as draw_key


def app_for(
    session: FakeSession,
    *,
    serial: bool = False,
    draws_half_blocks: bool = True,
    draw: Callable[[], DrawnKey] = draw_key,
    font: frozenset[str] | None = None,
    kind: type[AtomosApp] = AtomosApp,
    read: Callable[[], Answers] | None = None,
    store: FakeStore | None = None,
    logs: FakeLogs | None = None,
) -> AtomosApp:
    """The app with its clock frozen at one second after the last event of half a run."""
    stores = Stores(answers=store or FakeStore(), log=logs or FakeLogs())
    return kind(
        session,
        serial=serial,
        draws_half_blocks=draws_half_blocks,
        clock=lambda: STARTED + 21,
        draw=draw,
        font=font,
        read=read,
        stores=lambda: stores,
    )


async def read_on(pilot: Pilot[None]) -> str:
    """All that the part of a page that scrolls holds, page by page."""
    app = pilot.app
    assert isinstance(app, AtomosApp)
    part = app.screen.query_one(Scrolled)
    pages = [text_of(app)]
    while (before := part.scroll_y) < part.max_scroll_y:
        await pilot.press("pagedown")
        await until(pilot, partial(_is_beyond, part, before), "the next page")
        pages.append(text_of(app))
    return "\n".join(pages)


def _is_beyond(part: Scrolled, before: float) -> bool:
    return part.scroll_y > before


def row_of(app: AtomosApp, words: str) -> str:
    """The row that holds these words."""
    return next(row for row in text_of(app).splitlines() if words in row)


@dataclass(kw_only=True)
class Walk:
    """A way through the screens: noted while it is walked in English, followed in other languages.

    A step is a page, what has the focus there, how many texts are shown, and the numbers in them:
    all of which are the same in every language.
    """

    steps: list[str] = field(default_factory=list)
    is_known: bool = False
    """Whether it was walked to its end in English."""
    done: int = 0
    """How many of its steps were followed."""


class Walker(AtomosApp):
    """The app of somebody who walks, or follows, that way."""

    CSS_PATH = str(Path(wizard.__file__).with_name("atomos.tcss"))
    walk: Walk


async def shows(pilot: Pilot[None], words: str) -> str:
    """Wait until the screen shows these words, and read it."""
    app = pilot.app
    assert isinstance(app, AtomosApp)
    if isinstance(app, Walker) and app.walk.is_known:
        step = app.walk.steps[app.walk.done]
        app.walk.done += 1
        await until(pilot, lambda: step_of(app) == step, f"{words!r}, which is {step}")
        return await at_rest(pilot)
    await until(pilot, lambda: words in text_of(app), repr(words))
    if isinstance(app, Walker):
        await at_rest(pilot)
        app.walk.steps.append(step_of(app))
    return text_of(app)


def step_of(app: AtomosApp) -> str:
    """The page, what has the focus there, how many texts are shown, and all numbers in them.

    Those that come later included: what a thread finds out, and the steps of a run, which are
    painted half a second after its first event. Not that a page is longer than the screen: in
    another language it may be.
    """
    focused = app.screen.focused
    place = [] if focused is None else [str(focused.id)]
    parent = focused
    while parent is not None and parent.parent is not None:
        siblings = list(parent.parent.children)
        place.append(str(siblings.index(parent)) if parent in siblings else "")
        parent = parent.parent if isinstance(parent.parent, Widget) else None
    texts: list[Static | Changing] = [*app.screen.query(Static), *app.screen.query(Changing)]
    told = [words for each in texts if each.display for words in (str(each.render()),) if words]
    told = [words for words in told if words != _("Down: more below")]
    numbers = " ".join(sorted(re.findall(r"\d+", " ".join(told))))
    return f"{type(app.screen).__name__} {'/'.join(place)} {len(told)}: {numbers}"


async def type_in(pilot: Pilot[None], text: str) -> None:
    """Type a text at once: a Pilot's key costs 50 ms of waiting, and the pty tests send keys."""
    pilot.app.post_message(events.Paste(text))
    await pilot.pause()


async def to_release(pilot: Pilot[None]) -> None:
    """Agree to an unsigned release."""
    await shows(pilot, "> [ Continue ]")
    await pilot.press("up", "space", "down", "enter")


async def past_release(pilot: Pilot[None]) -> None:
    """The newest version."""
    await shows(pilot, "> 0.1.0")
    await pilot.press("enter")


async def to_disk(pilot: Pilot[None]) -> None:
    """Take the newest version of an unsigned release."""
    await to_release(pilot)
    await past_release(pilot)
    await shows(pilot, "> /dev/")


async def to_passphrase(pilot: Pilot[None]) -> None:
    """Choose /dev/vda, the last disk of every machine here."""
    await to_disk(pilot)
    app = pilot.app
    assert isinstance(app, AtomosApp)
    while "> /dev/vda" not in text_of(app):
        assert "> [" not in text_of(app), "there is no such disk"
        await pilot.press("down")
    await pilot.press("enter")
    await shows(pilot, "> Passphrase")


async def to_unlock(pilot: Pilot[None]) -> None:
    """Keep the data of the encrypted AtomOS, which is on the only disk."""
    await to_disk(pilot)
    await pilot.press("enter")
    await shows(pilot, "> Keep home directories")
    await pilot.press("enter")
    await shows(pilot, "> Passphrase")


async def fill_passphrase(pilot: Pilot[None], passphrase: str = PASSPHRASE) -> None:
    """Type it twice, up to the button."""
    await type_in(pilot, passphrase)
    await pilot.press("enter")
    await type_in(pilot, passphrase)
    await pilot.press("down", "down")


async def to_recovery_key(pilot: Pilot[None]) -> None:
    """Encrypt the disk."""
    await to_passphrase(pilot)
    await fill_passphrase(pilot)
    await pilot.press("enter")
    await shows(pilot, "> [x] Make a recovery key")
    await shows(pilot, "none: no stick is plugged in")


async def fill_recovery_key(pilot: Pilot[None]) -> None:
    """Write it down, and type a group of it back; up to what follows that line."""
    await pilot.press("down", "space", "down")
    await type_in(pilot, GROUPS[GROUP])
    await pilot.press("enter")


async def again_to_user(pilot: Pilot[None]) -> None:
    """From the passphrase, which was typed before; the recovery key is another."""
    await shows(pilot, "> Passphrase")
    await pilot.press("down", "down", "down", "enter")
    await shows(pilot, "none: no stick is plugged in")
    await fill_recovery_key(pilot)
    await pilot.press("enter")
    await shows(pilot, "> Full name")


async def to_user(pilot: Pilot[None]) -> None:
    """With a recovery key."""
    await to_recovery_key(pilot)
    await fill_recovery_key(pilot)
    await pilot.press("enter")
    await shows(pilot, "> Full name")


async def fill_user(pilot: Pilot[None], password: str = "correct horse") -> None:
    """Ada, on a machine called engine."""
    await type_in(pilot, "Ada Lovelace")
    await pilot.press("enter")
    await type_in(pilot, "ada")
    await pilot.press("enter", "ctrl+u")
    await type_in(pilot, "engine")
    for _time in range(2):
        await pilot.press("enter")
        await type_in(pilot, password)
    await pilot.press("down", "down")


async def past_software(pilot: Pilot[None]) -> None:
    """As is usual."""
    await shows(pilot, "with home-manager")
    await pilot.press("enter")


async def take_zone(pilot: Pilot[None]) -> None:
    """The usual one."""
    await shows(pilot, "> UTC")
    await pilot.press("enter")


async def past_time_zone(pilot: Pilot[None]) -> None:
    """The usual one, and the usual programs before it."""
    await past_software(pilot)
    await take_zone(pilot)


async def to_software(pilot: Pilot[None]) -> None:
    """With a user."""
    await to_user(pilot)
    await fill_user(pilot)
    await pilot.press("enter")
    await shows(pilot, "with home-manager")


async def to_time_zone(pilot: Pilot[None], usual: str = "UTC") -> None:
    """With a user."""
    await to_software(pilot)
    await pilot.press("enter")
    await shows(pilot, f"> {usual}")


async def to_plan(pilot: Pilot[None]) -> None:
    """Everything up to the plan, whatever comes of it."""
    await to_time_zone(pilot)
    await pilot.press("enter")


async def agree(pilot: Pilot[None]) -> None:
    """Type the disk's name."""
    await shows(pilot, "type its name: vda")
    await pilot.press(*"vda", "enter")
