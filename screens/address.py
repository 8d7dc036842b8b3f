"""A fixed address, and a proxy."""

from collections.abc import Callable, Iterator

from textual.widget import Widget

from installer import page_words
from installer.answers_connection import Network
from installer.network_entries import (
    HINTS,
    LABELS,
    Addressing,
    NetworkEntry,
    addressing_problems,
)
from installer.networks import Device
from installer.text import _
from screens.network_trying import TryingPage
from screens.widgets import Item, Line, Push, Row

_LINES = (
    NetworkEntry.ADDRESS,
    NetworkEntry.GATEWAY,
    NetworkEntry.DNS,
    NetworkEntry.INTERFACE,
    NetworkEntry.PROXY,
)


class AddressPage(TryingPage):
    """Sets both."""

    about = page_words.ADDRESS

    def __init__(
        self,
        before: Network,
        devices: tuple[Device, ...],
        connect: Callable[[Network], None],
        take: Callable[[Network], None],
    ) -> None:
        """`devices`: of the wired ones, the first is the one that an address is for."""
        super().__init__(before, connect, take)
        self._addressing = Addressing.of(before).for_one_of(devices, wifi=before.ssid is not None)

    def body(self) -> Iterator[Widget]:
        """Five lines."""
        for entry in _LINES:
            line = Line(getattr(self._addressing, entry), id=entry)
            hint = _(HINTS[entry]) if entry in HINTS else ""
            yield Row(_(LABELS[entry]), line, hint=hint)
        yield Push(_("Set it"), id="set", first=True)

    def on_mount(self) -> None:
        """Begin with the address."""
        self.query_one(f"#{NetworkEntry.ADDRESS}").focus()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """Try it."""
        message.stop()
        typed = Addressing(**{entry.value: self.line(entry).strip() for entry in _LINES})
        found = addressing_problems(typed)
        self.tell(found)
        if not found:
            self.try_it(typed.on(self._before))
