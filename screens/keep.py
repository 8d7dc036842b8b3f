"""An AtomOS is on the disk: what of it is kept."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from textual.message import Message
from textual.widget import Widget

from installer import page_words
from installer.answers import Keep
from installer.draft import Draft
from installer.entry_words import WAIT_FOR_LOOK
from installer.keep_words import KEEP_CHOICES, what_is_there
from installer.text import _
from screens.background import in_background
from screens.page import Page
from screens.widgets import Item, Words


class KeepRow(Item):
    """One choice: its name, and below it what it means."""

    def __init__(self, keep: Keep, name: str, meaning: str) -> None:
        super().__init__(f"{name}\n    {meaning}", id=f"keep-{keep}", classes="spaced")
        self.keep = keep


class KeepPage(Page):
    """Three choices; Enter takes one and goes on."""

    about = page_words.KEEP

    class Looked(Message):
        """What is to be kept can be kept."""

        def __init__(self, draft: Draft) -> None:
            super().__init__()
            self.draft = draft

    def __init__(self, draft: Draft, look: Callable[[Draft], object], *, place: str) -> None:
        """`look` raises Refused when the data cannot be kept."""
        super().__init__(place=place)
        self._before = draft
        self._look = look

    def body(self) -> Iterator[Widget]:
        """Which disk, and the choices; the safest first."""
        yield Words(what_is_there(self._before), classes="spaced")
        for choice in KEEP_CHOICES:
            yield KeepRow(choice.keep, _(choice.name), _(choice.meaning))

    def on_mount(self) -> None:
        """The choice made before, or that which loses least by mistake."""
        self.query_one(f"#keep-{self._before.keep}").focus()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """On, once it is clear that it can be kept; an encrypted disk is looked into later."""
        row = message.item
        if not isinstance(row, KeepRow):
            return
        draft = replace(self._before, keep=row.keep)
        if not draft.keeps or draft.encrypted_already:
            self.leave(self.Answered(draft))
            return
        self.say(_(WAIT_FOR_LOOK))
        for each in self.query(KeepRow):
            each.disabled = True

        def look() -> Message:
            self._look(draft)
            return self.Looked(draft)

        in_background(self, look)

    def on_keep_page_looked(self, message: Looked) -> None:
        """On."""
        self.leave(self.Answered(message.draft))

    def action_back(self) -> None:
        """To the disks, with the choice in focus."""
        row = self.focused
        keep = row.keep if isinstance(row, KeepRow) else self._before.keep
        self.leave(self.Back(replace(self._before, keep=keep)))
