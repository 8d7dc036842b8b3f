"""How the machine reaches the network: Enter goes on, numbers choose what there is to do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from installer import page_words
from installer.answers_connection import Network, WifiSecurity
from installer.connection import connection_of
from installer.draft import Draft
from installer.errors import InstallError
from installer.flow import problems
from installer.network_entries import (
    HINTS,
    LABELS,
    Addressing,
    NetworkEntry,
    NetworkProblem,
    addressing_problems,
    wifi_problems,
)
from installer.network_words import (
    FIXED_ADDRESS,
    OTHER_WIFI,
    SECURITIES,
    WAIT_FOR_NETWORKS,
    WAIT_FOR_WIFI,
    chosen_lines,
    connected_words,
    connecting_words,
    failure_words,
    network_lines,
    wifi_words,
)
from installer.networks import NetworkState
from installer.page_words import PageWords
from installer.printable import printable
from installer.question import QuestionId
from installer.secret import Secret
from installer.session import Session
from installer.text import _
from installer.walk import place_of
from screens.plain.dialogue import Back, Choice, Dialogue, Jump, Page
from screens.plain.entries import BackFrom
from screens.plain.words import Word, quoted

_ADDRESSING = (
    NetworkEntry.ADDRESS,
    NetworkEntry.GATEWAY,
    NetworkEntry.DNS,
    NetworkEntry.INTERFACE,
    NetworkEntry.PROXY,
)


@dataclass(kw_only=True)
class NetworkQuestion:
    """The networks as they were when the machine was last looked at."""

    dialogue: Dialogue
    session: Session
    state: NetworkState = field(default_factory=NetworkState)
    words: str = ""
    """Why they cannot be looked at."""

    def ask(self, draft: Draft) -> Draft:
        """The draft with the network. Raises BackFrom, Jump and Left."""
        place = place_of(QuestionId.NETWORK, draft)
        page = Page(about=page_words.NETWORK, tell=lambda: self._tell(draft), place=place)
        self.dialogue.open(replace(page, tell=lambda: None))
        self._look(draft, listen=False)
        if self.state.has_wifi and not self.state.wifi:
            self._look(draft, listen=True)
        else:
            self._tell(draft)
        while True:
            page = replace(page, tell=lambda: self._tell(draft))  # noqa: B023  told at once
            try:
                chosen = self.dialogue.choose(
                    page, _("Number"), self._choices(), default=0, words=(Word.LOOK,)
                )
            except Back:
                raise BackFrom(draft) from None
            except Jump as jump:
                raise Jump(jump.to, draft) from None
            if chosen is Word.LOOK:
                self._look(draft, listen=True)
                continue
            wrong = problems(QuestionId.NETWORK, draft)
            if chosen == 0 and not wrong:
                return draft
            if chosen == 0:
                self.dialogue.problem(wrong[0].what)
                continue
            assert isinstance(chosen, int), "all words are known by now"
            draft = self._changed(draft, chosen)

    def _changed(self, draft: Draft, chosen: int) -> Draft:
        """With what the person has said of that choice; Back leads to the choices."""
        network, count = draft.network, len(self.state.wifi)
        try:
            if chosen <= count:
                found = self.state.wifi[chosen - 1]
                is_same = network.ssid == found.ssid
                wish = network if is_same else Network(ssid=found.ssid, proxy=network.proxy)
                assert found.security is not None, "such a one has no number"
                network = self._joined(replace(wish, security=found.security, hidden=False))
            elif chosen == count + 1 and self.state.has_wifi:
                network = self._joined(Network(proxy=network.proxy, hidden=True))
            else:
                network = self._addressed(network)
        except Back:
            self._tell(draft)
            return draft
        after = replace(draft, network=network)
        self._look(after, listen=False)
        self._tell(after)
        return after

    def _look(self, draft: Draft, *, listen: bool) -> None:
        """Tells what it finds where it has `listen`ed."""
        words = _(WAIT_FOR_WIFI if listen else WAIT_FOR_NETWORKS)
        try:
            self.state = self.dialogue.work(words, lambda: self.session.networks(rescan=listen))
            self.words = ""
        except Back:
            pass
        except InstallError as error:
            self.words = failure_words(error)
        if listen:
            self._tell(draft)

    def _tell(self, draft: Draft) -> None:
        if self.words:
            self.dialogue.problem(self.words)
            self.dialogue.tell(_("The networks cannot be looked at; they stay as they are."))
        else:
            for line in (*network_lines(self.state), *chosen_lines(draft.network)):
                self.dialogue.tell(line)
        self.dialogue.tell_choices(self._choices())
        self.dialogue.tell(_("Type {look} to look again.").format(look=quoted(Word.LOOK)))

    def _choices(self) -> Sequence[Choice]:
        wifi = [
            Choice(name=wifi_words(each), usable=each.security is not None)
            for each in self.state.wifi
        ]
        other = [Choice(name=_(OTHER_WIFI))] if self.state.has_wifi else []
        return [Choice(name=_("Continue")), *wifi, *other, Choice(name=_(FIXED_ADDRESS))]

    def _joined(self, wish: Network) -> Network:
        """Asks what is not known, until it has worked. Raises Back."""
        page = self._page(page_words.WIFI)
        self.dialogue.open(page)
        if wish.ssid is None:
            ssid = self._line(page, NetworkEntry.SSID, "", _none)
            wish = replace(wish, ssid=ssid, security=self._security(page))
        else:
            self.dialogue.tell(printable(wish.ssid))
        while True:
            if wish.security is not WifiSecurity.OPEN:
                wish = self._with_passphrase(page, wish)
            if self._works(wish):
                return wish
            if wish.security is WifiSecurity.OPEN:
                raise Back

    def _security(self, page: Page) -> WifiSecurity:
        securities = list(SECURITIES)
        choices = [Choice(name=_(SECURITIES[each])) for each in securities]
        self.dialogue.tell_choices(choices)
        chosen = self.dialogue.choose(page, _("Number"), choices, default=0)
        assert isinstance(chosen, int), "no other words are known here"
        return securities[chosen]

    def _with_passphrase(self, page: Page, wish: Network) -> Network:
        while True:
            label = _(LABELS[NetworkEntry.WIFI_PASSPHRASE])
            typed = Secret(str(self.dialogue.ask(page, label, secret=True)))
            after = replace(wish, passphrase=typed, passphrase_file=None)
            found = wifi_problems(after)
            if not found:
                return after
            for problem in found:
                self.dialogue.problem(problem.what)

    def _addressed(self, before: Network) -> Network:
        """Asks for addresses and proxy until they work. Raises Back."""
        page = self._page(page_words.ADDRESS)
        self.dialogue.open(page)
        typed = Addressing.of(before).for_one_of(self.state.devices, wifi=before.ssid is not None)
        while True:
            typed = self._typed(page, typed)
            network = typed.on(before)
            if connection_of(network) == connection_of(before) or self._works(network):
                return network

    def _typed(self, page: Page, typed: Addressing) -> Addressing:
        for entry in _ADDRESSING:
            if entry in (NetworkEntry.GATEWAY, NetworkEntry.DNS, NetworkEntry.INTERFACE) and (
                not typed.address
            ):
                continue

            typed = self._with(page, entry, typed)
            if not typed.address:
                typed = replace(typed, gateway="", dns="", interface="")
        return typed

    def _with(self, page: Page, entry: NetworkEntry, typed: Addressing) -> Addressing:
        def wrong(text: str) -> tuple[NetworkProblem, ...]:
            return addressing_problems(replace(typed, **{entry.value: text}))

        value = self._line(page, entry, getattr(typed, entry), wrong)
        return replace(typed, **{entry.value: value})

    def _line(
        self,
        page: Page,
        entry: NetworkEntry,
        before: str,
        wrong: Callable[[str], tuple[NetworkProblem, ...]],
    ) -> str:
        hint = f" ({_(HINTS[entry])})" if entry in HINTS else ""
        in_brackets = f" [{before}]" if before else ""
        while True:
            typed = str(self.dialogue.ask(page, f"{_(LABELS[entry])}{hint}{in_brackets}"))
            value = typed.strip() if typed else before
            if entry is NetworkEntry.SSID:
                found = [each for each in wifi_problems(Network(ssid=value)) if each.entry is entry]
            else:
                found = [each for each in wrong(value) if each.entry is entry]
            if not found:
                return value
            self.dialogue.problem(found[0].what)

    def _works(self, network: Network) -> bool:
        """Whether the machine is connected by it; says so, or why not. Raises Back."""
        try:
            self.dialogue.work(connecting_words(network), lambda: self.session.connect(network))
        except InstallError as error:
            self.dialogue.problem(failure_words(error))
            return False
        self.dialogue.tell(connected_words(network))
        return True

    def _page(self, about: PageWords) -> Page:
        return Page(about=about, tell=lambda: None)


def _none(_text: str) -> tuple[NetworkProblem, ...]:
    return ()
