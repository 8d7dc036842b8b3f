"""A terminal whose person is a script: what they wait for, and what they type then."""

import contextlib
import string
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from installer.answers import Answers
from installer.keymaps import LAYOUTS
from installer.languages import LANGUAGES
from installer.stores import Stores
from screens.drawn_key import DrawnKey
from screens.leave import Leave
from screens.plain.start import app_on
from screens.plain.terminal import HungUp
from tests.ui.fake_session import STARTED, FakeSession
from tests.ui.wanted import GROUP as GROUP
from tests.ui.wanted import GROUPS as GROUPS
from tests.ui.wanted import PASSPHRASE as PASSPHRASE
from tests.ui.wanted import PASSWORD as PASSWORD
from tests.ui.wanted import RECOVERY_KEY as RECOVERY_KEY
from tests.ui.wanted import draw_key as draw_key

DEADLINE_SECONDS = 5.0
LETTERS = {letter for name in LAYOUTS.values() for letter in name if letter.isalpha()}
LETTERS.update(*(each.letters for each in LANGUAGES))
PAPER = (set(string.printable) | LETTERS) - set("\r\t\x0b\x0c")
"""What a paper terminal prints: no cursor movement, no colours, no carriage return."""

Typed = str | Exception | Callable[[], None]
"""A line; Ctrl+C and its like; or something that happens meanwhile."""
Script = tuple[tuple[str, Typed], ...]


@dataclass(kw_only=True)
class Scripted:
    """Reads the script: each line is typed as soon as its words stand there, and not before."""

    script: list[tuple[str, Typed]]
    width: int = 79
    said: str = ""
    """All that was written."""
    since: str = ""
    """What was written since the last line was typed."""
    is_hidden: bool = False
    shown: list[str] = field(default_factory=list)
    """Lines that were typed with the echo on."""
    forgotten: int = 0
    _deadline: float = field(default_factory=lambda: time.monotonic() + DEADLINE_SECONDS)

    def write(self, text: str) -> None:
        assert set(text) <= PAPER, f"not for paper: {text!r}"
        self.said += text
        self.since += text

    def read_line(self, seconds: float) -> str | None:
        if not self.script:
            if seconds or self._deadline < time.monotonic():
                raise HungUp
            return None
        words, typed = self.script[0]
        if words not in flat(self.since):
            # Whoever asks says nothing more until there is an answer; a run may still say it.
            is_late = self._deadline < time.monotonic()
            if seconds or is_late:
                raise AssertionError(f"waited for {words!r}; there stood:\n{self.since}")
            return None
        self._deadline = time.monotonic() + DEADLINE_SECONDS
        self.script.pop(0)
        self.since = ""
        if isinstance(typed, Exception):
            raise typed
        if callable(typed):
            typed()
            return None
        if not self.is_hidden:
            self.shown.append(typed)
        self.said += "\n" if self.is_hidden else f"{typed}\n"
        return typed

    def forget(self) -> None:
        self.forgotten += 1

    @contextlib.contextmanager
    def hidden(self) -> Iterator[None]:
        before, self.is_hidden = self.is_hidden, True
        try:
            yield
        finally:
            self.is_hidden = before


def flat(text: str) -> str:
    """On one line, with single blanks."""
    return " ".join(text.split())


def talk(
    session: FakeSession,
    *script: tuple[str, Typed],
    clock: Callable[[], float] = lambda: STARTED + 21,
    draw: Callable[[], DrawnKey] = draw_key,
    read: Callable[[], Answers] | None = None,
    font: frozenset[str] | None = None,
    stores: Callable[[], Stores] | None = None,
) -> tuple[str, Leave]:
    """The whole conversation, on one line, and how it ended: hung up where the script is over."""
    terminal = Scripted(script=list(script))
    app = app_on(terminal, session, clock=clock, draw=draw, read=read, font=font, stores=stores)
    leave = app.run()
    assert terminal.script == [], f"never asked; there stood:\n{terminal.said[-2000:]}"
    assert not terminal.is_hidden
    return flat(terminal.said), leave


VERSION: Script = (("2. 0.0.9 688 MiB Number [1]:", ""),)
RELEASE: Script = (("Release [http", ""), ("UNSIGNED, yes or no [no]:", "yes"), *VERSION)
BLANK_DISK: Script = (("Number of the disk [1]:", "2"), ("Recovery on this disk too", ""))
NEW_PASSPHRASE: Script = (("Passphrase:", PASSPHRASE), ("Passphrase again:", PASSPHRASE))
ENCRYPTED: Script = (("Encrypt this disk (recommended), yes or no [yes]:", ""), *NEW_PASSPHRASE)
KEY: Script = (
    ("It is written down, yes or no [no]:", "yes"),
    ("Type group 3 of 4:", GROUPS[GROUP]),
)
WITH_KEY: Script = (
    ("Make a recovery key, yes or no [yes]:", ""),
    *KEY,
    ("Number [1]:", ""),
)
NEW_PASSWORD: Script = (("Password:", PASSWORD), ("Password again:", PASSWORD))
HOME: Script = (
    ("Set up my programs and settings with home-manager, yes or no [yes]:", ""),
    ("Not now, but at the first login, yes or no [no]:", ""),
    ("Flake, optional:", ""),
    ("Flatpaks, optional:", ""),
)
BACK_TO_USER: Script = ((HOME[0][0], "back"),)
ZONE: Script = (*HOME, ("Time zone [UTC]:", ""))
"""What follows the user, as is usual."""
ADA: Script = (
    ("Full name, optional:", "Ada Lovelace"),
    ("Login name, for example ada:", " ada "),
    ("Host name [atomos]:", "engine"),
    *NEW_PASSWORD,
    *ZONE,
)
"""User, machine and where it is."""
TO_PLAN: Script = (*RELEASE, *BLANK_DISK, *ENCRYPTED, *WITH_KEY, *ADA)
AGREED: Script = (("type its name: vda Disk's name:", "vda"),)
RESTART: Script = (("1. Restart the machine", "1"),)
