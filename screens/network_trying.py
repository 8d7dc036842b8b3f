"""What the pages have in common that try a network: it is tried beside the app."""

from collections.abc import Callable

from textual.message import Message
from textual.screen import ModalScreen

from installer.answers_connection import Network
from installer.connection import connection_of
from installer.errors import InstallError
from installer.network_entries import NetworkEntry, NetworkProblem
from installer.network_words import connecting_words, failure_words
from installer.networks import WrongWifiPassphrase
from installer.text import _
from screens.background import in_background
from screens.page import Page
from screens.widgets import Line, Row


class TryingPage(Page, ModalScreen[None]):
    """Lies over the page of the network. `take` is told the network that has worked."""

    class Connected(Message):
        """It has."""

        def __init__(self, network: Network) -> None:
            super().__init__()
            self.network = network

    class Failed(Message):
        """It has not."""

        def __init__(self, error: InstallError) -> None:
            super().__init__()
            self.error = error

    def __init__(
        self,
        before: Network,
        connect: Callable[[Network], None],
        take: Callable[[Network], None],
    ) -> None:
        super().__init__()
        self._before = before
        self._connect = connect
        self._take = take
        self._trying = False

    def keys(self) -> tuple[tuple[str, str], ...]:
        """As in every form."""
        return (
            (_("Up Down"), _("Move")),
            (_("Enter"), _("Next")),
            (_("Esc"), _("Back")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def line(self, entry: NetworkEntry) -> str:
        """What is typed there."""
        return self.query_one(f"#{entry}", Line).value

    def tell(self, found: tuple[NetworkProblem, ...]) -> None:
        """Each problem below its line, the first of these in focus."""
        self.say("")
        for row in self.query(Row):
            row.say("")
        for problem in found:
            self._row(problem.entry).say(problem.what)
        if found:
            self.query_one(f"#{found[0].entry}").focus()

    def try_it(self, network: Network) -> None:
        """Connect, one try at a time; at once where NetworkManager has nothing to do for it."""
        if connection_of(network) == connection_of(self._before) and network.ssid is None:
            self._end(network)
            return
        self.say(connecting_words(network))
        if self._trying:
            return
        self._trying = True

        def work() -> Message:
            try:
                self._connect(network)
            except InstallError as error:
                return TryingPage.Failed(error)
            return TryingPage.Connected(network)

        in_background(self, work)

    def on_trying_page_connected(self, message: Connected) -> None:
        """Back to the page below."""
        self._end(message.network)

    def on_trying_page_failed(self, message: Failed) -> None:
        """A wrong passphrase is told where it is typed, if it is on this page."""
        self._trying = False
        words = failure_words(message.error)
        asked = self.query(f"#{NetworkEntry.WIFI_PASSPHRASE}")
        if not asked or not isinstance(message.error, WrongWifiPassphrase):
            self.say(f"! {words}", danger=True)
            return
        self.say("")
        self._row(NetworkEntry.WIFI_PASSPHRASE).say(words)
        line = self.query_one(f"#{NetworkEntry.WIFI_PASSPHRASE}", Line)
        if line.password:
            line.clear()  # nobody mends what they do not see
        line.focus()

    def action_back(self) -> None:
        """To the page below; what was being tried is not waited for."""
        self.dismiss()

    def _end(self, network: Network) -> None:
        if self not in self.app.screen_stack:
            return  # somebody has left it in the same moment
        # Help, or the way to a shell, may lie over it; what is dismissed is what is on top.
        while self.app.screen is not self:
            self.app.pop_screen()
        self.dismiss()
        self._take(network)

    def _row(self, entry: NetworkEntry) -> Row:
        return next(row for row in self.query(Row) if row.query(f"#{entry}"))
