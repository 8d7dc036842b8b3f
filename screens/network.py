"""How the machine reaches the network: what is connected, what can be, and on with Enter."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget

from installer import page_words
from installer.answers_connection import Network
from installer.draft import Draft
from installer.errors import InstallError
from installer.flow import problems
from installer.network_words import (
    FIXED_ADDRESS,
    OTHER_WIFI,
    WAIT_FOR_NETWORKS,
    WAIT_FOR_WIFI,
    chosen_lines,
    connected_words,
    failure_words,
    network_lines,
    wifi_row,
)
from installer.networks import NetworkState, WifiNetwork
from installer.question import QuestionId
from installer.text import _
from screens.address import AddressPage
from screens.background import in_background
from screens.page import Page
from screens.widgets import Item, Push, Scrolled, Words
from screens.wifi import WifiPage

Look = Callable[[bool], NetworkState]
"""Looks for networks; told whether to listen for wireless ones first. Raises InstallError."""
Connect = Callable[[Network], None]
"""See Networks."""
_LOOK_SECONDS: Final = 5.0
"""Between two looks whether a cable was plugged in, or an address has come."""


class NetworkRow(Item):
    """One wireless network."""

    def __init__(self, network: WifiNetwork) -> None:
        usable = network.security is not None
        super().__init__(wifi_row(network), classes="" if usable else "greyed")
        self.can_focus = usable
        self.network = network

    def put(self, network: WifiNetwork) -> None:
        """The same one, as it is heard now."""
        self.network, before = network, self._text
        self._text = wifi_row(network)
        if self._text != before:
            self.refresh(layout=True)


class NetworkPage(Page):
    """Looks beside the app; connecting has a page of its own, which lies over this one."""

    about = page_words.NETWORK
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f5", "listen", show=False)]

    class Looked(Message):
        """What there is now."""

        def __init__(self, state: NetworkState, *, listened: bool) -> None:
            super().__init__()
            self.state = state
            self.listened = listened

    class Missed(Message):
        """It cannot be looked at; `words` say why."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    def __init__(self, draft: Draft, look: Look, connect: Connect, *, place: str = "") -> None:
        super().__init__(place=place)
        self._before = draft
        self._look = look
        self._connect = connect
        self._state: NetworkState | None = None
        """As it was seen last."""
        self._looking = False
        self._listened = False
        self._words = ""
        """What is said while nothing is looked for."""

    def body(self) -> Iterator[Widget]:
        """The networks come when the machine was looked at; nobody has to wait for them."""
        yield Words(_(WAIT_FOR_NETWORKS), id="devices")
        yield Push(_("Continue"), id="continue", first=True)
        with Scrolled(id="wifi") as wifi:
            wifi.display = False
        with Horizontal(id="ways"):
            other = Push(_(OTHER_WIFI), id="other")
            other.display = False
            yield other
            yield Push(_(FIXED_ADDRESS), id="address")

    def keys(self) -> tuple[tuple[str, str], ...]:
        """As everywhere, and F5."""
        return (
            (_("Up Down"), _("Move")),
            (_("Enter"), _("Choose")),
            (_("F5"), _("Look again")),
            (_("Esc"), _("Back")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def on_mount(self) -> None:
        """Enter goes on, whatever is found."""
        self.query_one("#continue").focus()
        self._begin(listen=False)
        self.set_interval(_LOOK_SECONDS, self._look_again)

    def action_listen(self) -> None:
        """F5."""
        self._words = ""
        has_wifi = self._state is not None and self._state.has_wifi
        self.say(_(WAIT_FOR_WIFI if has_wifi else WAIT_FOR_NETWORKS))
        self._begin(listen=True)

    async def on_network_page_looked(self, message: Looked) -> None:
        """Show them. Where there is Wi-Fi and nobody has listened yet, listen."""
        self._looking = False
        self._state = message.state
        if self.app.screen is self:
            await self._show(message.state, anew=message.listened)
        if message.state.has_wifi and not (message.listened or self._listened):
            self.action_listen()
        elif message.listened:
            self._listened = True
            self.say(self._words)

    def on_network_page_missed(self, message: Missed) -> None:
        """Nobody is kept: the network is then as it was when the machine was started."""
        self._looking = False
        self.query_one("#devices", Words).update(
            _("The networks cannot be looked at; they stay as they are.")
        )
        self.say(f"! {message.words}", danger=True)

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """A network, another way, or on."""
        message.stop()
        network = self._before.network
        if isinstance(message.item, NetworkRow):
            self._join(message.item.network)
        elif message.item.id == "other":
            wish = Network(proxy=network.proxy, hidden=True)
            self.app.push_screen(WifiPage(wish, self._connect, self._take))
        elif message.item.id == "address":
            devices = self._state.devices if self._state is not None else ()
            self.app.push_screen(AddressPage(network, devices, self._connect, self._take))
        elif wrong := problems(QuestionId.NETWORK, self._before):
            self.say(f"! {wrong[0].what}", danger=True)
        else:
            self.leave(self.Answered(self._before))

    def action_back(self) -> None:
        """What is connected stays so."""
        self.leave(self.Back(self._before))

    def on_screen_resume(self) -> None:
        """The page that lay over this one is gone; what was seen meanwhile is shown now."""
        super().on_screen_resume()
        self.call_later(self._show_again)

    async def _show_again(self) -> None:
        if self._state is not None:
            await self._show(self._state, anew=False)

    def _join(self, found: WifiNetwork) -> None:
        if found.security is None:
            return
        before = self._before.network
        is_same = before.ssid == found.ssid
        wish = before if is_same else Network(ssid=found.ssid, proxy=before.proxy)
        wish = replace(wish, security=found.security, hidden=False)
        self.app.push_screen(WifiPage(wish, self._connect, self._take))

    def _take(self, network: Network) -> None:
        """It has worked."""
        self._before = replace(self._before, network=network)
        self._words = connected_words(network)
        self.say(self._words)
        self.query_one("#continue").focus()
        self._begin(listen=False)

    def _look_again(self) -> None:
        if not self._looking and self.app.screen is self:
            self._begin(listen=False)

    def _begin(self, *, listen: bool) -> None:
        self._looking = True

        def work() -> Message:
            try:
                return self.Looked(self._look(listen), listened=listen)
            except InstallError as error:
                return self.Missed(failure_words(error))

        in_background(self, work)

    async def _show(self, state: NetworkState, *, anew: bool) -> None:
        lines = (*network_lines(state), *chosen_lines(self._before.network))
        self.query_one("#devices", Words).update("\n".join(lines))
        self.query_one("#other").display = state.has_wifi
        wifi = self.query_one("#wifi", Scrolled)
        wifi.display = state.has_wifi
        await self._show_wifi(wifi, state.wifi, anew=anew)

    async def _show_wifi(
        self, wifi: Scrolled, found: tuple[WifiNetwork, ...], *, anew: bool
    ) -> None:
        """Rows that are there stay where they are, or the one in focus would walk away."""
        rows = {row.network.ssid: row for row in wifi.query(NetworkRow)}
        heard = {each.ssid: each for each in found}
        if not anew and rows.keys() == heard.keys() and rows:
            for ssid, row in rows.items():
                row.put(heard[ssid])
            return
        before = self.focused
        focused = before.network.ssid if isinstance(before, NetworkRow) else None
        await wifi.remove_children()
        made = [NetworkRow(each) for each in found]
        none = Words(_("No Wi-Fi network was heard yet."), classes="indented")
        await wifi.mount_all(made or [none])
        if focused is not None:
            again = [row for row in made if row.network.ssid == focused and row.can_focus]
            (again[0] if again else self.query_one("#continue")).focus()
