"""What the release directory has on offer: its versions, their sizes, and who signed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from installer import page_words
from installer.draft import Draft
from installer.errors import InstallError, Problem
from installer.offer_words import (
    BACK_TO_ADDRESS,
    LOOK_ONCE_MORE,
    WAIT_FOR_OFFER,
    offer_passages,
    older_words,
    version_line,
    why_no_offer,
)
from installer.printable import printable
from installer.release_offer import ReleaseOffer, VersionOffer
from installer.text import _
from screens.background import in_background
from screens.page import Page
from screens.widgets import Item, Push, Scrolled, Words, words_of


class VersionRow(Item):
    """One version; one without its image cannot be chosen."""

    def __init__(self, offer: VersionOffer, words: str) -> None:
        usable = offer.size_bytes is not None
        super().__init__(words, classes="" if usable else "greyed")
        self.offer = offer
        self.can_focus = usable


class ReleasePage(Page):
    """Enter takes the version in focus and goes on. Without any, it says why and leads back."""

    about = page_words.RELEASE
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f5", "look", show=False)]

    class Looked(Message):
        """What came of look number `look`: an offer, or why there is none."""

        def __init__(self, look: int, came: ReleaseOffer | tuple[Problem, ...]) -> None:
            super().__init__()
            self.look = look
            self.came = came

    def __init__(self, draft: Draft, look: Callable[[Draft], ReleaseOffer], *, place: str) -> None:
        """`look` raises InstallError, and may take as long as a server does."""
        super().__init__(place=place)
        self._before = draft
        self._look = look
        self._looks = 0
        """How many looks were begun: only the last one counts."""
        self._offer: ReleaseOffer | None = None

    def body(self) -> Iterator[Widget]:
        """It comes when the directory was looked at."""
        with Scrolled(id="offer"):
            yield Words(_(WAIT_FOR_OFFER))

    def keys(self) -> tuple[tuple[str, str], ...]:
        """As everywhere, and F5."""
        return (
            (_("Enter"), _("Choose")),
            (_("F5"), _("Look again")),
            (_("Esc"), _("Back")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def on_mount(self) -> None:
        """Look, beside the app."""
        self.action_look()

    def action_look(self) -> None:
        """F5."""
        self._looks += 1
        if self._looks > 1:  # the first one is told where the offer will stand
            self.say(_(WAIT_FOR_OFFER))
        number, draft = self._looks, self._before

        def work() -> Message:
            try:
                return self.Looked(number, self._look(draft))
            except InstallError as error:
                return self.Looked(number, why_no_offer(error))

        in_background(self, work)

    async def on_release_page_looked(self, message: Looked) -> None:
        """Show it."""
        if message.look != self._looks:
            return
        self.say("")
        came = message.came
        self._offer = came if isinstance(came, ReleaseOffer) else None
        widgets = _told(came) if isinstance(came, ReleaseOffer) else _refused(came)
        part = self.query_one(Scrolled)
        await part.remove_children()
        await part.mount_all(widgets)
        self._first(widgets).focus()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """On, or one of the ways out."""
        message.stop()
        item = message.item
        if isinstance(item, VersionRow):
            self.leave(self.Answered(self._draft(item)))
        elif item.id == "address":
            self.action_back()
        elif item.id == "again":
            self.action_look()

    def action_back(self) -> None:
        """To the address, with the version in focus."""
        self.leave(self.Back(self._draft(self.focused)))

    def _first(self, widgets: list[Widget]) -> Widget:
        """The version chosen before, or the newest; without any, the way back."""
        can = [each for each in widgets if each.can_focus]
        version = self._before.version_there
        before = [each for each in can if isinstance(each, VersionRow)
                  and each.offer.version == version]  # fmt: skip
        return (before or can)[0]

    def _draft(self, row: Widget | None) -> Draft:
        if not isinstance(row, VersionRow) or self._offer is None:
            return self._before
        version = self._offer.answer(row.offer, self._before.version_there)
        return replace(self._before, version=version, version_of=self._before.source_url)


def _told(offer: ReleaseOffer) -> list[Widget]:
    rows = [VersionRow(each, version_line(each, offer)) for each in offer.versions]
    older = older_words(offer)
    passages = [words_of(each) for each in offer_passages(offer)]
    return [*passages, *rows, *([Words(older, classes="indented above")] if older else [])]


def _refused(problems: tuple[Problem, ...]) -> list[Widget]:
    told: list[Widget] = []
    for problem in problems:
        told.append(Words(f"! {printable(problem.what)}", classes="danger"))
        told.append(Words(printable(problem.way_out), classes="under spaced"))
    return [
        *told,
        Push(_(BACK_TO_ADDRESS), id="address"),
        Push(_(LOOK_ONCE_MORE), id="again"),
    ]
