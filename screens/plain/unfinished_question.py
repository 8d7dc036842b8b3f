"""Installations that came to no end: which of them, and what about it."""

from dataclasses import dataclass

from installer import page_words
from installer.text import _
from installer.unfinished import Unfinished
from installer.unfinished_words import (
    Way,
    further_lines,
    none_of_several,
    unfinished_lines,
    ways,
)
from screens.plain.dialogue import INDENT, Choice, Dialogue, Page


@dataclass(frozen=True, kw_only=True)
class UnfinishedQuestion:
    """Of a person at one terminal. Each raises Back, Jump and Left."""

    dialogue: Dialogue

    def which(self, found: tuple[Unfinished, ...]) -> Unfinished | None:
        """One of several; None: another installation."""
        none = none_of_several()
        choices = [_choice(*unfinished_lines(each)) for each in found]
        choices.append(_choice(none.name, none.meaning))
        page = Page(
            about=page_words.UNFINISHED_LIST, tell=lambda: self.dialogue.tell_choices(choices)
        )
        self.dialogue.open(page)
        chosen = self.dialogue.choose(page, _("Number"), choices, default=0)
        assert isinstance(chosen, int), "no other words are known here"
        return found[chosen] if chosen < len(found) else None

    def way(self, unfinished: Unfinished) -> Way:
        """What about that one?"""
        offered = ways(unfinished)
        choices = [_choice(each.name, each.meaning) for each in offered]

        def tell() -> None:
            first, *rest = unfinished_lines(unfinished)
            self.dialogue.tell(first)
            for line in (*rest, *further_lines(unfinished, self.dialogue.clock())):
                self.dialogue.tell(line, indent=INDENT)
            self.dialogue.tell_choices(choices)

        page = Page(about=page_words.UNFINISHED, tell=tell)
        self.dialogue.open(page)
        chosen = self.dialogue.choose(page, _("Number"), choices, default=0)
        assert isinstance(chosen, int), "no other words are known here"
        return offered[chosen].way


def _choice(name: str, *meaning: str) -> Choice:
    return Choice(name=name, meaning=meaning)
