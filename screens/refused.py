"""Why there is no plan: every reason, with its way out, and the way back to the answers."""

from collections.abc import Iterator
from typing import Final

from textual.widget import Widget

from installer import page_words
from installer.errors import Problem
from installer.flow import FLOW, Question
from installer.printable import printable
from installer.question import QuestionId
from installer.refusal_words import change_words, concerned, reasons_words
from installer.text import _
from screens.page import Page
from screens.widgets import Item, Push, Scrolled, Words

_OTHER: Final = "other"


class RefusedPage(Page):
    """Reasons above, questions to go back to below."""

    about = page_words.REFUSED

    def __init__(
        self,
        problems: tuple[Problem, ...],
        *,
        answered: tuple[Question, ...] = (),
        planned: bool = False,
        place: str = "",
    ) -> None:
        """`answered`: what can be changed; nothing when the answers were not this person's.

        `planned`: all was answered, and a plan was asked for.
        """
        super().__init__(place=place)
        self._problems = problems
        self._answered = answered
        self._planned = planned

    def body(self) -> Iterator[Widget]:
        """All problems at once."""
        yield Words(reasons_words(len(self._problems)), classes="spaced")
        with Scrolled():
            for problem in self._problems:
                yield Words(f"! {printable(problem.what)}", classes="danger")
                yield Words(printable(problem.way_out), classes="under spaced")
        if not self._answered:
            yield Push(_("Start over"), id=_id(QuestionId.UNFINISHED))
        first = concerned(self._problems, self._answered)
        for question in first or self._answered:
            yield Push(change_words(question), id=_id(question.id))
        if first and first != self._answered:
            yield Push(_("Change another answer"), id=_OTHER)
        if self._planned:
            yield Push(_("Try again with the same answers"), id=_id(FLOW[-1].id))

    def on_mount(self) -> None:
        """Begin with the screen that the first reason is about; else it is for outside of these."""
        pushes = list(self.query(Push))
        concerned = [_id(each.question) for each in self._problems if each.question is not None]
        first = [push for id in concerned for push in pushes if push.id == id]
        (first or pushes[-1:])[0].focus()

    def keys(self) -> tuple[tuple[str, str], ...]:
        """As everywhere, and how to read on."""
        return (
            (_("Up Down"), _("Move")),
            (_("Enter"), _("Choose")),
            (_("PgUp PgDn"), _("Read")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """To that screen."""
        if message.item.id == _OTHER:
            self.action_back()
            return
        place = str(message.item.id).removeprefix("to-")
        self.leave(self.Change(QuestionId(place)))

    def action_back(self) -> None:
        """One screen back."""
        self.leave(self.Change(self._answered[-1].id if self._answered else QuestionId.UNFINISHED))


def _id(question: QuestionId) -> str:
    return f"to-{question}"
