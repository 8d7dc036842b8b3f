"""Which disk: those that can be chosen, those that cannot and why, and what is on each."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from installer import page_words
from installer.disk_bar import now_on
from installer.disk_offer import DiskOffer, offered
from installer.disk_words import disk_lines, disk_row
from installer.draft import Draft
from installer.entry_words import WAIT_FOR_DISKS, label
from installer.flow import Entry
from installer.hardware import Machine
from installer.text import _
from installer.unfinished import Unfinished
from screens.background import in_background
from screens.disk_bar import DiskBar
from screens.page import Page
from screens.widgets import Item, Scrolled, Tick, Words

_INDENT: Final = "    "


class DiskRow(Item):
    """One disk, two or three lines."""

    def __init__(self, offer: DiskOffer) -> None:
        super().__init__(_row(offer), classes="" if offer.usable else "greyed")
        self.offer = offer
        self.can_focus = offer.usable


class DiskPage(Page):
    """A list of disks; Enter chooses one and goes on."""

    about = page_words.DISK
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f5", "look", show=False)]

    class Looked(Message):
        """The machine as it is now, and the installations that came to no end there."""

        def __init__(self, machine: Machine, unfinished: tuple[Unfinished, ...]) -> None:
            super().__init__()
            self.machine = machine
            self.unfinished = unfinished

    def __init__(
        self,
        draft: Draft,
        look: Callable[[], tuple[Machine, tuple[Unfinished, ...]]],
        *,
        words: str = "",
        place: str,
    ) -> None:
        """`words` say why one is back here."""
        super().__init__(place=place)
        self._before = draft
        self._look = look
        self._words = words
        self._machine: Machine | None = None
        self._unfinished: tuple[Unfinished, ...] = ()

    def body(self) -> Iterator[Widget]:
        """The list comes when the machine was looked at."""
        with Scrolled(id="disks"):
            yield Words(_(WAIT_FOR_DISKS))
        yield DiskBar(id="now")
        yield Tick(label(Entry.RECOVERY), value=self._before.recovery, id=Entry.RECOVERY)

    def keys(self) -> tuple[tuple[str, str], ...]:
        """As everywhere, and F5."""
        return (
            (_("Enter"), _("Choose")),
            (_("F5"), _("Look again")),
            (_("Esc"), _("Back")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def on_mount(self) -> None:
        """Look, beside the app: udev may take its time."""
        self.action_look()

    def action_look(self) -> None:
        """F5."""
        self.say(self._words or _(WAIT_FOR_DISKS), danger=bool(self._words))
        in_background(self, lambda: self.Looked(*self._look()))

    async def on_disk_page_looked(self, message: Looked) -> None:
        """Show the disks, with the one chosen before in focus."""
        self.say(self._words, danger=True)
        self._machine, self._unfinished = message.machine, message.unfinished
        offers = offered(message.machine, message.unfinished)
        rows = [DiskRow(offer) for offer in offers]
        # Looked at anew, the focus stays where it is: Enter took another disk after F5.
        looked_at = self._in_focus()
        before = self._before.disk_path if looked_at is None else looked_at.disk.path
        disks = self.query_one(Scrolled)
        await disks.remove_children()
        await disks.mount_all(rows or [Words(_("There is no disk in this machine."))])
        usable = [row for row in rows if row.offer.usable]
        chosen = [row for row in usable if row.offer.disk.path == before]
        if usable:
            (chosen or usable)[0].focus()
        else:
            self.query_one(Tick).focus()
            self.say(
                _("! No disk can be used. Plug one in and press F5, or press Ctrl+Q."), danger=True
            )

    def watch_focused(self, before: Widget | None, widget: Widget | None) -> None:
        """Draw the disk in focus, and leave it there while the box below the list has the focus."""
        super().watch_focused(before, widget)
        if isinstance(widget, DiskRow):
            self.query_one(DiskBar).draw(now_on(widget.offer.disk))

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """A disk: on to the next question."""
        if isinstance(message.item, DiskRow):
            self.leave(self.Answered(self._draft(message.item.offer)))

    def action_back(self) -> None:
        """Keep the disk in focus, too."""
        self.leave(self.Back(self._draft(self._in_focus())))

    def _in_focus(self) -> DiskOffer | None:
        row = self.focused
        return row.offer if isinstance(row, DiskRow) else None

    def _draft(self, offer: DiskOffer | None) -> Draft:
        draft = replace(self._before, recovery=self.query_one(Tick).value)
        if offer is None or self._machine is None:
            return draft
        return draft.on(offer.disk, self._machine, self._unfinished)


def _row(offer: DiskOffer) -> str:
    return "\n".join([disk_row(offer), *(_INDENT + line for line in disk_lines(offer))])
