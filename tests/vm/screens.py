"""The installer's screens on any terminal, answered by key presses and read as text."""

import re
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from tests.vm import live
from tests.vm.installed import Person
from tests.vm.live import DOWN
from tests.vm.serial import NeverCame
from tests.vm.tongue import Tongue, english, german

SCREEN_WITHIN: Final = 60.0
"""Seconds from a key to the screen it leads to; 2 on an idle 2-core machine without KVM."""
KEY_WITHIN: Final = 30.0
"""Seconds from a key to what it changes on the same screen."""
QUIET: Final = 2.0
"""Seconds without anything new, after which a screen is painted."""
UP: Final = "\x1b[A"
ERASE: Final = "\x15"
"""Ctrl+U: what stands in a line is gone."""


class Terminal(Protocol):
    """Whatever a person types at and reads: a serial line, a console, a window elsewhere."""

    def type(self, text: str) -> None:
        """Type it; keys beside letters as a terminal of vt220's kind sends them."""
        ...

    def screen_with(self, text: str, *, within: float) -> str:
        """What it shows as soon as that holds `text`; in seconds. Raises NeverCame."""
        ...

    def screen_where(self, holds: Callable[[str], bool], what: str, *, within: float) -> str:
        """The same of any condition."""
        ...


TO_ERASE: Final = "To erase this disk and install AtomOS on it, type its name: {name}"
TO_KEEP: Final = "To install AtomOS on this disk and keep what stays, type its name: {name}"
NETWORK: Final = "How does this machine reach the network?"
_RECOVERY_KEY: Final = re.compile(r"(?:[cbdefghijklnrtuv]{8}-){3}[cbdefghijklnrtuv]{8}")


def language(terminal: Terminal, say: Tongue = english) -> None:
    """The first screen, which is in English: the language, and the keyboard that goes with it."""
    page(terminal, live.FIRST)
    if say is german:
        terminal.type(DOWN)
        terminal.screen_with("> ( ) Deutsch", within=KEY_WITHIN)
    terminal.type("\r")
    terminal.screen_with(f"> [ {say('Continue')} ]", within=SCREEN_WITHIN)
    terminal.type("\r")


def network(terminal: Terminal, say: Tongue = english) -> str:
    """The cable is connected: Enter goes on; answers with the picture."""
    page(terminal, say(NETWORK))
    connected = say("This machine is connected: there is nothing to do.")
    picture = terminal.screen_with(connected, within=SCREEN_WITHIN)
    terminal.type("\r")
    return picture


def release(terminal: Terminal, url: str, say: Tongue = english) -> None:
    """The first three screens: language, network, and where the release comes from."""
    language(terminal, say)
    network(terminal, say)
    welcome(terminal, url, say)


def welcome(terminal: Terminal, url: str, say: Tongue = english) -> None:
    """Where the release comes from."""
    page(terminal, say("Install AtomOS on this machine"))
    terminal.type(ERASE + url)
    terminal.screen_with(url, within=SCREEN_WITHIN)
    terminal.type(DOWN)
    box = say("Take this release even if it is UNSIGNED")
    terminal.screen_with(f"> [ ] {box}", within=SCREEN_WITHIN)
    terminal.type(DOWN + "\r")
    version(terminal, say)


def version(terminal: Terminal, say: Tongue = english) -> str:
    """What is on offer there: the newest is taken; answers with its picture."""
    picture = page(terminal, say("Which version shall be installed?"))
    signed = say("Signed by {who}").partition("{")[0]
    assert signed in picture, f"nobody has signed it:\n{picture}"
    terminal.type("\r")
    return picture


def disk(terminal: Terminal, path: str, say: Tongue = english) -> str:
    """The list of disks; answers with its picture. `path` is the only one, or the first."""
    picture = page(terminal, say("Which disk shall AtomOS be on?"))
    terminal.screen_with(f"> {path}", within=SCREEN_WITHIN)
    terminal.type("\r")
    return picture


def decline_encryption(terminal: Terminal) -> None:
    """The box is ticked until somebody takes the tick away."""
    page(terminal, "[x] Encrypt this disk")
    terminal.type(UP)
    terminal.screen_with("> [x] Encrypt this disk", within=KEY_WITHIN)
    terminal.type(" ")
    terminal.screen_with("[ ] Encrypt this disk", within=KEY_WITHIN)
    _press_continue(terminal)


def encrypt(terminal: Terminal, passphrase: str, say: Tongue = english) -> None:
    """A new passphrase, twice."""
    page(terminal, f"[x] {say('Encrypt this disk (recommended)')}")
    terminal.type(passphrase)
    terminal.screen_with("*" * len(passphrase), within=KEY_WITHIN)
    terminal.type(DOWN + passphrase)
    _hidden(terminal, passphrase, lines=2)
    _press_continue(terminal, say)


def new_passphrase(terminal: Terminal, passphrase: str) -> None:
    """The same where the disk stays encrypted, whatever anybody wants."""
    page(terminal, "This disk stays encrypted")
    terminal.type(passphrase)
    terminal.screen_with("*" * len(passphrase), within=KEY_WITHIN)
    terminal.type(DOWN + passphrase)
    _hidden(terminal, passphrase, lines=2)
    _press_continue(terminal, english)


def go_on(terminal: Terminal, *, passphrase: str, password: str, fetches: bool) -> None:
    """An unfinished installation is resumed, with the secrets that no journal has; `fetches`: from
    a release that is on the network."""
    page(terminal, "An installation was not finished")
    terminal.screen_with("> [ Resume ]", within=SCREEN_WITHIN)
    terminal.type("\r")
    if fetches:
        network(terminal)
    page(terminal, "The passphrase of this disk")
    terminal.type(passphrase)
    _hidden(terminal, passphrase, lines=1)
    _press_continue(terminal, english)
    page(terminal, "Password again")
    terminal.type(f"{password}{DOWN}{password}")
    _hidden(terminal, password, lines=2)
    _press_continue(terminal, english)


def take_recovery_key(terminal: Terminal, say: Tongue = english) -> str:
    """Read the key off the screen, say that it is written down, type a part of it back."""
    picture = page(terminal, say("A recovery key for this disk"))
    group = say("Type group {number} of {count}").partition("{")[0]
    shown = _RECOVERY_KEY.search(picture)
    assert shown is not None, f"there is no recovery key on\n{picture}"
    asked = re.search(rf"{group}(\d)", picture)
    assert asked is not None, f"no group is asked for on\n{picture}"
    written = say("It is written down: hide it")
    _down_to(terminal, f"> [ ] {written}")
    terminal.type(" ")
    terminal.screen_with(f"[x] {written}", within=KEY_WITHIN)
    hidden = partial(_is_hidden, shown.group())
    terminal.screen_where(hidden, "the key to be hidden", within=KEY_WITHIN)
    typed = shown.group().split("-")[int(asked.group(1)) - 1]
    terminal.type(DOWN + typed)
    terminal.screen_with(f"[{typed}", within=KEY_WITHIN)
    _press_continue(terminal, say)
    return shown.group()


def user(
    terminal: Terminal, person: Person, full_name: str, hostname: str, say: Tongue = english
) -> None:
    """The first account, and the machine's name."""
    page(terminal, say("Who will use this machine?"))
    terminal.type(f"{full_name}{DOWN}{person.name}{DOWN}")
    terminal.screen_with(f"[{person.name} ", within=SCREEN_WITHIN)
    terminal.type(ERASE + hostname)
    terminal.screen_with(f"[{hostname} ", within=SCREEN_WITHIN)
    terminal.type(f"{DOWN}{person.password}{DOWN}{person.password}")
    _hidden(terminal, person.password, lines=2)
    _press_continue(terminal, say)


def software(terminal: Terminal, say: Tongue = english) -> None:
    """Programs and settings at the first login: now, they would come from the internet."""
    page(terminal, say("Your programs and settings"))
    terminal.screen_with(f"> [ {say('Continue')} ]", within=SCREEN_WITHIN)
    terminal.type(UP * 3)
    later = say("Not now, but at the first login")
    terminal.screen_with(f"> [ ] {later}", within=SCREEN_WITHIN)
    terminal.type(" " + DOWN * 3)
    terminal.screen_with(f"[x] {later}", within=SCREEN_WITHIN)
    terminal.screen_with(f"> [ {say('Continue')} ]", within=SCREEN_WITHIN)
    terminal.type("\r")


def time_zone(terminal: Terminal, say: Tongue = english, *, zone: str = "UTC") -> None:
    """Where the machine is: the zone to begin with, which is `zone`."""
    page(terminal, say("Which time zone is this machine in?"))
    terminal.screen_with(f"> {zone}", within=SCREEN_WITHIN)
    terminal.type("\r")


def keep_data(terminal: Terminal) -> None:
    """The disk holds an AtomOS: its data stay, which is the first of the choices."""
    terminal.screen_with("> Keep home directories", within=SCREEN_WITHIN)
    terminal.type("\r")


def unlock(
    terminal: Terminal, passphrase: str, *, page_says: str = "Unlock the data that are kept"
) -> None:
    """The passphrase of the disk as it is."""
    page(terminal, page_says)
    terminal.type(passphrase)
    terminal.screen_with("*" * len(passphrase), within=KEY_WITHIN)
    _down_to(terminal, "> [ Unlock ]")
    terminal.type("\r")


def agree(terminal: Terminal, name: str, say: Tongue = english, *, message: str = TO_ERASE) -> None:
    """The plan: the disk's name, typed, starts the installation."""
    page(terminal, say(message).format(name=name))
    terminal.type(f"{name}\r")
    terminal.screen_with(say("Installing"), within=SCREEN_WITHIN)


def _press_continue(terminal: Terminal, say: Tongue = english) -> None:
    _down_to(terminal, f"> [ {say('Continue')} ]")
    terminal.type("\r")


def _down_to(terminal: Terminal, text: str) -> None:
    """Press Down until the focus is there; each time it is seen to have moved, however long a
    loaded machine takes: a second Down in the meantime would lead past it."""
    picture = _settled(terminal)
    for _ in range(12):
        if text in picture:
            return
        moved = partial(_has_moved, _marked(picture))
        terminal.type(DOWN)
        terminal.screen_where(moved, f"the focus to move from\n{picture}\n", within=SCREEN_WITHIN)
        picture = _settled(terminal)
    raise NeverCame(f"twelve times Down did not lead to {text!r}:\n{picture}")


def page(terminal: Terminal, text: str) -> str:
    """The page that says this, once it can be typed at: what comes before its focus is lost."""
    terminal.screen_with(text, within=live.APP_WITHIN)
    return _settled(terminal)


def _settled(terminal: Terminal) -> str:
    """The picture when nothing more comes: a page is painted from its top, over the one before,
    whose focus may be seen below meanwhile."""
    while True:
        picture = terminal.screen_where(_has_focus, "one focus", within=SCREEN_WITHIN)
        try:
            terminal.screen_where(picture.__ne__, "another picture", within=QUIET)
        except NeverCame:
            return picture


def _hidden(terminal: Terminal, typed: str, *, lines: int) -> None:
    """Wait until all of a secret has come, in so many lines: a key after it would be too early."""
    stars = "[" + "*" * len(typed)
    what = f"{lines} lines with {len(typed)} stars"
    terminal.screen_where(lambda now: now.count(stars) == lines, what, within=SCREEN_WITHIN)


def _is_hidden(secret: str, picture: str) -> bool:
    return secret not in picture


def _has_focus(picture: str) -> bool:
    return len(_marked(picture)) == 1


def _has_moved(before: list[int], picture: str) -> bool:
    return _has_focus(picture) and _marked(picture) != before


def _marked(picture: str) -> list[int]:
    """The numbers of the rows with the mark of the focus."""
    rows = enumerate(picture.split("\n"), start=1)
    return [number for number, row in rows if row.lstrip().startswith("> ")]
