"""Which keys the walker presses: now as somebody who knows what is wanted, now at random."""

import random
from dataclasses import dataclass
from typing import Final

from textual.widgets import Checkbox, Input

from installer.disk_offer import short_name
from installer.flow import Entry
from installer.network_entries import NetworkEntry
from screens.dialog import Dialog
from screens.help import Help
from screens.network import NetworkPage
from screens.run_log import LogScreen
from screens.save_answers import SaveAnswers
from screens.summary import Summary
from screens.widgets import Item
from screens.wizard import AtomosApp
from tests.ui.reading import GROUP, GROUPS, PASSPHRASE

Press = tuple[str, ...]
"""Keys that are sent in one go: one key, or a word that somebody types."""

NAMED: Final = (
    "up", "down", "left", "right", "tab", "shift+tab", "enter", "space", "escape", "f1", "f2",
    "f3", "f4", "f5", "f6", "f8", "f9", "f10", "pageup", "pagedown", "home", "end", "backspace",
    "delete", "ctrl+u", "ctrl+k", "ctrl+l", "ctrl+c", "ctrl+q", "ctrl+p", "ctrl+z", "a", "ö", "0",
    "-", "/",
)  # fmt: skip
"""Keys at random. Ctrl+Q and Ctrl+C lead to a dialog, and out of it only by two more keys."""

_TYPED: Final[dict[str, str]] = {
    Entry.SOURCE_URL: "https://example.org/atomos",
    Entry.PASSPHRASE: PASSPHRASE,
    Entry.PASSPHRASE_AGAIN: PASSPHRASE,
    Entry.DISK_PASSPHRASE: PASSPHRASE,
    Entry.RECOVERY_KEY_TYPED: GROUPS[GROUP],
    Entry.FULL_NAME: "Ada Lovelace",
    Entry.USER_NAME: "ada",
    Entry.HOST_NAME: "engine",
    Entry.PASSWORD: "correct horse",
    Entry.PASSWORD_AGAIN: "correct horse",
    NetworkEntry.SSID: "Cellar",
    NetworkEntry.WIFI_PASSPHRASE: "violin kettle",
    NetworkEntry.ADDRESS: "192.0.2.7/24",
}
_TICKED: Final = (Entry.ALLOW_UNSIGNED, Entry.RECOVERY_KEY_WRITTEN)
_ELSE: Final[tuple[Press, ...]] = (
    ("down",), ("down",), ("up",), ("space",), ("f1",), ("f5",), ("pagedown",),
)  # fmt: skip
_WRONG: Final = ("root", "-", "ä ö", "no such thing", "vdz", "x" * 70, "http://", " ")

_KNOWING: Final = 50
"""At most so many presses with a purpose; from the first question to the last it takes 30."""
_ASTRAY: Final = 12
"""At most so many presses at random in a row, of up to 20 keys each."""


@dataclass(kw_only=True)
class Somebody:
    """Half knows what is wanted, and by turns sits on the keyboard.

    By turns and not key by key: to fill in five lines, one after the other, hardly ever came about
    when two presses of five were at random.
    """

    chance: random.Random
    _knows: bool = False
    _left: int = 0
    """Presses, until it is the other way round."""

    def press(self, app: AtomosApp) -> Press:
        """The next keys."""
        if self._left == 0:
            self._knows = not self._knows
            self._left = self.chance.randint(1, _KNOWING if self._knows else _ASTRAY)
        self._left -= 1
        return self._forward(app) if self._knows else self._anything(app)

    def _anything(self, app: AtomosApp) -> Press:
        # Whether a key agrees to what is shown is looked at key by key: also where something lies
        # over the summary, and one of twenty keys would lead back to it.
        most = 1 if any(isinstance(each, Summary) for each in app.screen_stack) else 20
        return tuple(self.chance.choice(NAMED) for _ in range(self.chance.randint(1, most)))

    def _forward(self, app: AtomosApp) -> Press:
        screen, focused = app.screen, app.screen.focused
        if isinstance(screen, Dialog):
            return self._one_of(("escape",), ("enter",), ("enter",), ("down", "enter"))
        if isinstance(screen, Help | LogScreen):
            return self._one_of(("escape",), ("pagedown",))
        if isinstance(screen, NetworkPage):
            return self._one_of(("enter",), ("enter",), ("down",), ("up", "up"), ("up",))
        if isinstance(screen, SaveAnswers):
            return self._one_of(("enter",), ("down",), ("escape",))
        if isinstance(focused, Input):
            return self._word(app, focused)
        if isinstance(focused, Checkbox):
            return self._mostly(("space",) if _is_to_be_ticked(focused) else ("down",))
        if isinstance(focused, Item):
            return self._item(app, focused)
        return self._one_of(("f3",), ("f9",), ("f5",), ("pagedown",), ("down",))

    def _item(self, app: AtomosApp, item: Item) -> Press:
        if item.id == "save":
            return self._mostly(("enter",))
        if item.id == "reboot":
            # Enter is the way out, and nobody comes here often.
            return self._one_of(("down",), ("down",), ("f1",), ("f3",), ("enter",))
        if item.id == "install":
            return self._one_of(("enter",), ("down",))
        if item.id == "continue" and any(map(_is_to_be_ticked, app.screen.query(Checkbox))):
            return self._one_of(("enter",), ("up",))
        return self._mostly(("enter",))

    def _word(self, app: AtomosApp, line: Input) -> Press:
        """The right word for this line, now and then another; on when it is there."""
        wanted = _TYPED.get(str(line.id), "")
        if isinstance(app.screen, Summary) and app.screen._plan is not None:
            wanted = short_name(app.screen._plan.disk)
        if line.value == wanted:
            return self._one_of(("enter",), ("down",))
        if line.value:
            return ("ctrl+u",)
        return self._mostly(tuple(wanted), *(tuple(word) for word in _WRONG))

    def _mostly(self, press: Press, *others: Press) -> Press:
        """What leads on, or, once in seven times, something else."""
        return press if self.chance.random() < 0.85 else self._one_of(*(others or _ELSE))

    def _one_of(self, *presses: Press) -> Press:
        return self.chance.choice(presses)


def _is_to_be_ticked(box: Checkbox) -> bool:
    return box.id in _TICKED and box.display and not box.value
