"""The way into plain mode: a session, and the terminal that standard input and output are."""

import sys
import time
from collections.abc import Callable

from installer.answers import Answers
from installer.session import Session
from installer.stores import Stores
from screens import console
from screens.drawn_key import DrawnKey, draw_key
from screens.leave import Leave
from screens.looks import Looks
from screens.plain.app import PlainApp
from screens.plain.dialogue import Dialogue
from screens.plain.saving import Saving
from screens.plain.terminal import RealTerminal, Terminal


def run(
    session: Session,
    *,
    clock: Callable[[], float] = time.time,
    draw: Callable[[], DrawnKey] = draw_key,
    read: Callable[[], Answers] | None = None,
    stores: Callable[[], Stores] | None = None,
) -> Leave:
    """Ask and tell on this terminal until the person leaves.

    `clock` tells seconds since the epoch; `draw` makes a recovery key; `read` reads an
    answers file to begin with; `stores` makes whoever saves answers and log. Raises what went wrong
    unexpectedly, after the terminal was put back: the caller writes it down.
    """
    with RealTerminal(stdin=sys.stdin.fileno(), stdout=sys.stdout.fileno()) as terminal:
        # What was typed before there was anything to read must not answer.
        terminal.forget()
        font = console.font_of(sys.stdout.fileno())
        app = app_on(terminal, session, clock=clock, draw=draw, read=read, font=font, stores=stores)
        leave = app.run()
    if leave is Leave.HUNG_UP:
        console.let_go()
    return leave


def app_on(
    terminal: Terminal,
    session: Session,
    *,
    clock: Callable[[], float],
    draw: Callable[[], DrawnKey],
    read: Callable[[], Answers] | None = None,
    font: frozenset[str] | None = None,
    stores: Callable[[], Stores] | None = None,
) -> PlainApp:
    """The app on any terminal. `font`: the characters of the kernel's console; None elsewhere."""
    dialogue = Dialogue(terminal=terminal, clock=clock)
    saving = (
        None if stores is None else Saving(dialogue=dialogue, look=session.machine, stores=stores)
    )
    app = PlainApp(
        looks=Looks(session=session, read=read),
        dialogue=dialogue,
        draw=draw,
        font=font,
        saving=saving,
    )
    dialogue.look = app.look_for_a_run
    return app
