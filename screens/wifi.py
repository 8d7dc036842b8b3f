"""The passphrase of a Wi-Fi network; of one that does not tell its name, that too."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Checkbox

from installer import page_words
from installer.answers_connection import Network, WifiSecurity
from installer.network_entries import LABELS, NetworkEntry, wifi_problems
from installer.network_words import SECURITIES
from installer.printable import printable
from installer.secret import Secret
from installer.text import _
from screens.network_trying import TryingPage
from screens.widgets import Item, Line, Pick, Push, Row, Tick, Words

_SHOWN: Final = "shown"


class WifiPage(TryingPage):
    """Joins one network."""

    about = page_words.WIFI

    def __init__(
        self,
        wish: Network,
        connect: Callable[[Network], None],
        take: Callable[[Network], None],
    ) -> None:
        """`wish`: the network, without a name where that is to be typed."""
        super().__init__(wish, connect, take)
        self._security = wish.security

    def body(self) -> Iterator[Widget]:
        """Name and kind, or lines for them; the passphrase; Connect."""
        if self._before.ssid is None or self._before.hidden:
            name = Line(self._before.ssid or "", id=NetworkEntry.SSID)
            yield Row(_(LABELS[NetworkEntry.SSID]), name)
            with Vertical(id="securities"):
                for security, words in SECURITIES.items():
                    picked = security is self._security
                    yield Pick(_(words), value=security, picked=picked)
        else:
            words = f"{printable(self._before.ssid)}  ({_(SECURITIES[self._security])})"
            yield Words(words, classes="strong spaced")
        before = self._before.passphrase.reveal() if self._before.passphrase is not None else ""
        line = Line(before, id=NetworkEntry.WIFI_PASSPHRASE, password=True)
        row = Row(_(LABELS[NetworkEntry.WIFI_PASSPHRASE]), line)
        tick = Tick(_("Show the passphrase"), id=_SHOWN, classes="above")
        row.display = tick.display = self._security is not WifiSecurity.OPEN
        yield row
        yield tick
        yield Push(_("Connect"), id="connect", first=True)

    def on_mount(self) -> None:
        """Begin with the first line there is."""
        shown = [
            line
            for line in self.query(Line)
            if all(each.display for each in line.ancestors_with_self if isinstance(each, Widget))
        ]
        (shown[0] if shown else self.query_one("#connect")).focus()

    def on_checkbox_changed(self, message: Checkbox.Changed) -> None:
        """Show the passphrase, or stop showing it."""
        self.query_one(f"#{NetworkEntry.WIFI_PASSPHRASE}", Line).password = not message.value

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """Another kind, or try it."""
        message.stop()
        if isinstance(message.item, Pick):
            self._pick(message.item)
            return
        network = self._network()
        found = wifi_problems(network)
        self.tell(found)
        if not found:
            self.try_it(network)

    def _pick(self, item: Pick) -> None:
        self._security = WifiSecurity(item.value)
        for pick in self.query(Pick):
            pick.pick(pick is item)
        is_open = self._security is WifiSecurity.OPEN
        self._row(NetworkEntry.WIFI_PASSPHRASE).display = not is_open
        self.query_one(f"#{_SHOWN}").display = not is_open

    def _network(self) -> Network:
        is_open = self._security is WifiSecurity.OPEN
        typed = Secret(self.line(NetworkEntry.WIFI_PASSPHRASE))
        ssid = self._before.ssid
        if self.query(f"#{NetworkEntry.SSID}"):
            ssid = self.line(NetworkEntry.SSID)
        return replace(
            self._before,
            ssid=ssid,
            security=self._security,
            passphrase=None if is_open else typed,
            passphrase_file=None,
        )
