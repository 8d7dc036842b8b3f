"""Walks through the app, key by key, and what has to hold after each of them."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from textual.widgets import Input

from backends.hardware_recorded import RecordedHardware
from installer.answers import Answers, Keep
from installer.answers_file import read_incomplete
from installer.disk_offer import short_name
from installer.errors import InstallError, Refused
from installer.events import FINAL, Event, RunInterrupted
from installer.hardware import Machine
from installer.installation import Installation
from installer.planning import make_plan
from installer.session import Plan
from screens.looking import LookingPage
from screens.progress import ProgressPage
from screens.run_log import LogScreen
from screens.summary import Summary
from screens.wizard import AtomosApp
from tests.ui.choosing import Press
from tests.ui.fake_session import (
    OFFER,
    SOURCE,
    STARTED,
    FakeSession,
    failed_run,
    half_a_run,
    whole_run,
    wrong_passphrase,
)
from tests.ui.reading import PASSPHRASE, SIZE, app_for, text_of
from tests.ui.settling import at_work, send, settle
from tests.unit import samples

MACHINES: Final = Path(__file__).parents[1] / "machines"
SHRINK_SECONDS: Final = 30.0
"""For the search of a short sequence; a replay takes 0.3 s and 5 ms a key."""
PAINT_EVERY: Final = 8
"""Presses: to paint a screen and read it takes three times as long as what the key does."""


@dataclass(kw_only=True)
class WalkedSession(FakeSession):
    """A recorded machine with the real planner: what it refuses, it refuses here too."""

    files: list[str] = field(default_factory=list)
    """What the answers file says, one time after the other; the last again and again. Empty:
    there is none."""
    waiting: int = 0
    """Threads that wait for a run to say more."""

    def __post_init__(self) -> None:
        super().__post_init__()
        gone = Refused.because(f"{SOURCE} does not answer.", "Check the address.")
        self.offers = [OFFER, gone] * 50

    def plan(self, answers: Answers, *, start_over: bool = False) -> Plan:
        self.planned.append(answers)
        return make_plan(
            answers,
            self.machine_now,
            samples.release(url=answers.source.url),
            samples.IDENTIFIERS,
            unattended=False,
            installation=self._seen(answers),
        )

    def read(self) -> Answers:
        text = self.files.pop(0) if len(self.files) > 1 else self.files[0]
        return read_incomplete(text.encode(), "answers.yaml", None)

    def look(self, answers: Answers) -> Installation:
        """The passphrase that the walker knows opens everything."""
        if answers.passphrase is not None and answers.passphrase.reveal() != PASSPHRASE:
            raise wrong_passphrase()
        return samples.installation()

    def _seen(self, answers: Answers) -> Installation | Refused | None:
        if answers.keep is Keep.NOTHING:
            return None  # nobody looks then: an account of that name would be refused
        try:
            return self.look(answers)
        except Refused as refusal:
            return refusal

    def events(self) -> Iterator[Event]:
        self.listeners += 1
        yield from self.run
        if not isinstance(self.run[-1], FINAL):
            self.waiting += 1
            self.over.wait()
            self.waiting -= 1
            yield RunInterrupted(time=STARTED + 20, id="slot-a")
        self.is_running, self.is_over = False, True

    def stop(self) -> None:
        super().stop()
        self.over.set()

    def start(self, answers: Answers, plan: Plan) -> None:
        self.over.clear()
        super().start(answers, plan)


def recorded(name: str) -> WalkedSession:
    """At one of the machines in tests/machines; its runs end in every way."""
    return at(RecordedHardware(MACHINES / f"{name}.json").machine())


def at(machine: Machine) -> WalkedSession:
    """At a machine. Its runs end well, then badly, then not by themselves."""
    return WalkedSession(
        machine_now=machine, run=whole_run(), runs=[failed_run(), half_a_run(), whole_run()] * 3
    )


class Broken(AssertionError):
    """Something that has to hold does not."""


@dataclass(kw_only=True)
class Writes:
    """Files that this process opened to write, and whatever else changes a machine.

    Python tells each to audit hooks (PEP 578), which stay until the process ends.
    """

    seen: list[str] = field(default_factory=list)
    _watching: bool = False

    def __post_init__(self) -> None:
        sys.addaudithook(self._hear)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note them meanwhile."""
        self._watching = True
        try:
            yield
        finally:
            self._watching = False

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self._watching:
            return
        if event == "open":
            path, _mode, flags = arguments
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            # A module that is imported for the first time leaves its compiled form.
            if writes and "__pycache__" not in str(path):
                self.seen.append(f"open {path}")
        elif event in _CHANGES and "__pycache__" not in str(arguments):
            self.seen.append(f"{event} {arguments}")


_CHANGES: Final = frozenset(
    {
        "os.chmod", "os.chown", "os.exec", "os.fork", "os.link", "os.mkdir", "os.posix_spawn",
        "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.system", "os.truncate", "os.kill",
        "shutil.rmtree", "socket.connect", "subprocess.Popen",
    }
)  # fmt: skip


@dataclass(kw_only=True)
class Walk:
    """One app, from its first screen until it is left; `pressed` is what led to where it is."""

    session: WalkedSession
    app: AtomosApp
    writes: Writes
    paints_always: bool = False
    pressed: list[Press] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    """Names of the kinds of screens."""
    before: frozenset[threading.Thread] = field(default_factory=at_work)
    """What other tests of this process left behind, waiting for a run that never ends."""

    def waiting(self) -> int:
        """How many threads only wait for a run."""
        return self.session.waiting + len(self.before & at_work())

    async def press(self, press: Press) -> None:
        """Send the keys, and look at all that has to hold. Raises Broken."""
        app, session = self.app, self.session
        started, agrees = len(session.started), self._agrees(press)
        self.pressed.append(press)
        paints = self.paints_always or len(self.pressed) % PAINT_EVERY == 0
        with self.writes.watched():
            await send(app, press, self.waiting, paints=paints)
        if app.unexpected is not None:
            raise Broken(f"the app died: {app.unexpected!r}") from app.unexpected
        if len(session.started) > started and not agrees:
            raise Broken("it was started, and nobody had typed the disk's name")
        if self.writes.seen:
            raise Broken(f"written: {self.writes.seen}")
        if not app._exit:
            self.seen.add(type(app.screen).__name__)
            check_focus(app)
            if paints:
                check_mark(app)

    def _agrees(self, press: Press) -> bool:
        """Whether these keys agree: Enter or the button, with the name in the line."""
        page = self.app.screen
        if (
            not isinstance(page, Summary)
            or page._plan is None
            or press[-1] not in ("enter", "space")
        ):
            return False
        line = page.query_one("#confirm", Input)
        typed = line.value + ("".join(press[:-1]) if line.has_focus else "")
        return typed.strip().removeprefix("/dev/") == short_name(page._plan.disk)

    async def leave(self) -> None:
        """The way out that is the same everywhere: at most two dialogs closed, then four keys.

        Raises Broken where that does not lead out: nobody is to be caught here.
        """
        for press in (("escape",), ("escape",), ("ctrl+q",), ("down",), ("enter",)):
            if not self.app._exit:
                await self.press(press)
        if not self.app._exit:
            raise Broken("Esc, Esc, Ctrl+Q, Down, Enter does not lead out")


def check_focus(app: AtomosApp) -> None:
    """What has the focus is in sight, marked, and under the cursor. Raises Broken."""
    screen = app.screen
    focused = screen.focused
    if focused is None:
        busy = isinstance(screen, LookingPage | ProgressPage | LogScreen)
        if not busy and screen.focus_chain:
            raise Broken(f"nothing has the focus, and {screen.focus_chain} could")
        return
    geometry = screen.find_widget(focused)
    visible = geometry.visible_region
    if not visible:
        raise Broken(f"{focused!r} has the focus and is out of sight: {geometry}")
    place = app.cursor_position
    if not visible.contains(*place):
        raise Broken(f"the cursor is at {place}, and {focused!r} with the focus at {visible}")


def check_mark(app: AtomosApp) -> None:
    """A > stands before what has the focus: a cursor is easily overlooked. Raises Broken."""
    focused, place = app.screen.focused, app.cursor_position
    if focused is None:
        return
    row = text_of(app).splitlines()[place.y]
    # Before a line stands its label, and before that the mark; buttons are beside one another.
    before = row.lstrip() if isinstance(focused, Input) else row[place.x :]
    if not before.startswith(">"):
        raise Broken(f"no > marks the row of {focused!r}: {row!r}")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a walk."""

    pressed: tuple[Press, ...]
    seen: frozenset[str]
    broken: str = ""
    """What did not hold; empty when all did."""

    @property
    def keys(self) -> int:
        """How many were pressed."""
        return sum(len(press) for press in self.pressed)


async def walk(
    session: WalkedSession,
    writes: Writes,
    choose: Callable[[AtomosApp, int], Press | None],
    *,
    paints_always: bool = False,
) -> Outcome:
    """A walk with the keys that `choose` names, one press after the other, until it says None.

    Then the way out is tried. `choose` is told the app and how many keys were pressed.
    """
    app = app_for(session, read=session.read if session.files else None)
    walked = Walk(session=session, app=app, writes=writes, paints_always=paints_always)
    broken = ""
    try:
        async with app.run_test(size=SIZE):
            try:
                await _walk(walked, choose)
            except (Broken, InstallError, AssertionError) as error:
                broken = f"{error}\n{'' if app._exit else text_of(app)}"
    except Exception as error:
        broken = broken or f"the app died: {error!r}"
    writes.seen.clear()
    return Outcome(pressed=tuple(walked.pressed), seen=frozenset(walked.seen), broken=broken)


async def _walk(walked: Walk, choose: Callable[[AtomosApp, int], Press | None]) -> None:
    app, count = walked.app, 0
    await settle(app, walked.waiting, paints=True)
    walked.seen.add(type(app.screen).__name__)
    check_focus(app)
    while not app._exit:
        press = choose(app, count)
        if press is None:
            await walked.leave()
            return
        await walked.press(press)
        count += len(press)


def shortest(
    make_session: Callable[[], WalkedSession], writes: Writes, pressed: tuple[Press, ...]
) -> Outcome | None:
    """A short sequence that breaks it too: parts are left out as long as it still breaks, and
    there is time.

    None when the sequence breaks nothing, pressed once more.
    """
    best = _replayed(make_session, writes, pressed)
    if not best.broken:
        return None
    size, deadline = max(1, len(best.pressed) // 2), time.monotonic() + SHRINK_SECONDS
    while size:
        at = 0
        while at < len(best.pressed) and time.monotonic() < deadline:
            shorter = (*best.pressed[:at], *best.pressed[at + size :])
            tried = _replayed(make_session, writes, shorter)
            if tried.broken and len(tried.pressed) < len(best.pressed):
                best = tried
            else:
                at += size
        size //= 2
    return best


def _replayed(
    make_session: Callable[[], WalkedSession], writes: Writes, pressed: tuple[Press, ...]
) -> Outcome:
    rest = iter(pressed)
    session = make_session()
    outcome = asyncio.run(
        walk(session, writes, lambda _app, _count: next(rest, None), paints_always=True)
    )
    session.over.set()
    return outcome
