"""Which version of those that the release directory has on offer."""

from dataclasses import dataclass, replace
from functools import partial

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
from installer.question import QuestionId
from installer.release_offer import ReleaseOffer
from installer.text import _
from installer.walk import place_of
from screens.looks import Looks
from screens.plain.dialogue import INDENT, Back, Choice, Dialogue, Page
from screens.plain.entries import BackFrom
from screens.plain.words import Word


@dataclass(frozen=True, kw_only=True)
class ReleaseQuestion:
    """Of a person at one terminal."""

    dialogue: Dialogue
    looks: Looks

    def ask(self, draft: Draft) -> Draft:
        """Raises BackFrom, Jump and Left."""
        page = Page(about=page_words.RELEASE, place=place_of(QuestionId.RELEASE, draft))
        self.dialogue.open(page)
        try:
            while True:
                look = partial(self.looks.offer, draft)
                try:
                    offer = self.dialogue.work(_(WAIT_FOR_OFFER), look)
                except InstallError as error:
                    self._refused(page, why_no_offer(error))
                    continue
                version = self._choose(page, draft, offer)
                if version is not None:
                    return replace(draft, version=version, version_of=draft.source_url)
        except Back:
            raise BackFrom(draft) from None

    def _choose(self, page: Page, draft: Draft, offer: ReleaseOffer) -> str | None:
        """The version, empty for the newest; None: look again. Raises Back, Jump and Left."""
        choices = [
            Choice(name=version_line(each, offer), usable=each.size_bytes is not None)
            for each in offer.versions
        ]

        def tell() -> None:
            self.dialogue.tell_passages(offer_passages(offer))
            self.dialogue.tell_choices(choices)
            if older := older_words(offer):
                self.dialogue.tell(older)

        tell()
        named = [each.version for each in offer.versions if each.size_bytes is not None]
        usable = [place for place, choice in enumerate(choices) if choice.usable]
        default = usable[named.index(draft.version_there) if draft.version_there in named else 0]
        page = replace(page, tell=tell)
        words = (Word.LOOK,)
        chosen = self.dialogue.choose(page, _("Number"), choices, default=default, words=words)
        if not isinstance(chosen, int):
            return None
        return offer.answer(offer.versions[chosen], draft.version_there)

    def _refused(self, page: Page, problems: tuple[Problem, ...]) -> None:
        """Comes back to look again. Raises Back, Jump and Left."""
        choices = [Choice(name=_(BACK_TO_ADDRESS)), Choice(name=_(LOOK_ONCE_MORE))]

        def tell() -> None:
            for problem in problems:
                self.dialogue.problem(printable(problem.what))
                self.dialogue.tell(problem.way_out, indent=INDENT)
            self.dialogue.tell_choices(choices)

        tell()
        if self.dialogue.choose(replace(page, tell=tell), _("Number"), choices, default=0) == 0:
            raise Back
