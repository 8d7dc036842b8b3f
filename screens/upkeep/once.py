"""What is to start the next time, that once."""

from collections.abc import Iterator

from textual.message import Message
from textual.widget import Widget

from installer.boot_state import RECOVERY, SLOTS
from installer.text import _
from installer.upkeep import page_words
from installer.upkeep.status import title
from installer.upkeep.system import System
from screens.upkeep.base import UpkeepPage
from screens.widgets import Item, Push, Words


class OncePage(UpkeepPage):
    """Both slots and Recovery, but for what starts next anyway."""

    about = page_words.ONCE

    class Chosen(Message):
        """That one."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, system: System) -> None:
        super().__init__()
        self._system = system

    def body(self) -> Iterator[Widget]:
        """One push for each."""
        next_one = title(self._system.next)
        yield Words(_("{name} starts next. What instead?").format(name=next_one), classes="spaced")
        for name in (*SLOTS, RECOVERY):
            if name != self._system.next and (name != RECOVERY or self._system.has_recovery):
                yield Push(title(name), id=f"start-{name}")
        yield Push(_("Back"), id="back", first=True)

    def on_mount(self) -> None:
        """Nothing is chosen for anybody."""
        self.query_one("#back").focus()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """That one, or none."""
        if message.item.id == "back":
            self.action_back()
            return
        self.leave(self.Chosen(str(message.item.id).removeprefix("start-")))
