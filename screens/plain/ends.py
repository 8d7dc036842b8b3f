"""Where a run, or a plan, has come to its end: what there is to know, and what can be done."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

from installer import page_words
from installer.done_words import done_words, next_words
from installer.errors import Problem
from installer.failure import Failure
from installer.flow import FLOW, Question
from installer.partition_lines import partition_lines
from installer.printable import printable
from installer.question import QuestionId
from installer.refusal_words import (
    change_words,
    concerned,
    reasons_words,
    wrong_answers_words,
)
from installer.session import Plan
from installer.start_menu_words import menu_entries, menu_heading
from installer.text import _
from screens.leave import Leave
from screens.plain.dialogue import INDENT, Back, Choice, Dialogue, Left, Page
from screens.plain.follow import LOG_LINES
from screens.plain.words import Word, quoted
from screens.run_lines import RunLog
from screens.run_picture import RunPicture

T = TypeVar("T")
Save = Callable[[], None]
"""Asks where to, and saves; comes back in any case."""


class AfterFailure(Enum):
    """What the person wants; leaving is no answer of theirs, but Left."""

    CHANGE = auto()
    AGAIN = auto()
    START_OVER = auto()


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Each raises Left."""

    dialogue: Dialogue

    def done(
        self,
        picture: RunPicture,
        lines: RunLog,
        *,
        plan: Plan | None,
        user: str,
        seconds: float,
        save: Save | None = None,
    ) -> None:
        """Installed. Comes back when another one is to be installed, which only whoever joined may.

        `plan` is known when the run was started from here. `save` saves what was answered.
        """

        def tell() -> None:
            self.dialogue.tell(done_words(picture.disk, seconds))
            if plan is not None:
                self._tell_menu(plan)
            self._list(picture.notices)
            self.dialogue.tell(_("What is on it"))
            if plan is not None:
                self.dialogue.tell_rows(partition_lines(plan.table))
            else:
                self._list([each.step.sentence for each in picture.steps])
            self.dialogue.tell(next_words(plan, user))

        page = Page(about=page_words.DONE, tell=tell)
        options: list[tuple[str, Leave | Save | None]] = [
            (_("Restart the machine"), Leave.REBOOT),
            (_("Leave to a shell"), Leave.SHELL),
        ]
        if save is not None:
            options.insert(1, (_("Save the answers"), save))
        if plan is None:
            options.append((_("Install once more"), None))
        # Enter alone asked how far it is, a moment ago: it must not restart the machine.
        wish = self._unless_saved(page, options, lines, default=None)
        if wish is not None:
            raise Left(wish)

    def failed(
        self,
        failure: Failure,
        lines: RunLog | None,
        *,
        question: Question | None,
        may_start_over: bool,
        save: Save | None = None,
    ) -> AfterFailure:
        """What, where, why, and what next. See FailedPage of the screens; `save` saves the log."""

        def tell() -> None:
            self.dialogue.tell_passages(failure.told())
            self.dialogue.tell(failure.state_of_the_disk())

        again = (_("Try again"), AfterFailure.AGAIN)
        options: list[tuple[str, AfterFailure | Save | None]] = [again]
        if question is not None:
            options.insert(0, (change_words(question), AfterFailure.CHANGE))
        if may_start_over:
            options.append((_("Start over"), AfterFailure.START_OVER))
        if save is not None:
            options.append((_("Save the log"), save))
        options.append((_("Leave to a shell"), None))
        wish = self._unless_saved(
            Page(about=page_words.FAILED, tell=tell), options, lines, default=0
        )
        if wish is None:
            raise Left(Leave.SHELL)
        return wish

    def refused(
        self,
        problems: tuple[Problem, ...],
        *,
        answered: tuple[Question, ...],
        planned: bool,
        place: str,
    ) -> QuestionId:
        """Which question is asked next. See RefusedPage of the screens."""

        def tell() -> None:
            self.dialogue.tell(reasons_words(len(problems)))
            for problem in problems:
                self.dialogue.problem(printable(problem.what))
                self.dialogue.tell(problem.way_out, indent=INDENT)

        options = _changes(problems, answered, planned=planned)
        ids = [id for _name, id in options]
        about = [each.question for each in problems if each.question is not None]
        named = [ids.index(each) for each in about if each in ids]
        default = named[0] if named else len(options) - 1
        page = Page(about=page_words.REFUSED, tell=tell, place=place)
        every = [(change_words(each), each.id) for each in answered]
        briefly = False
        while True:
            try:
                chosen = self._pick(page, options, None, default=default, briefly=briefly)
            except Back:
                return answered[-1].id if answered else QuestionId.UNFINISHED
            if chosen is not None:
                return chosen
            briefly = True
            with contextlib.suppress(Back):
                return self._pick(page, every, None, default=len(every) - 1, briefly=True)

    def wrong_answers(self, errors: tuple[str, ...]) -> bool:
        """Whether the answers file is read again; else all is asked. See WrongAnswersPage."""

        def tell() -> None:
            self.dialogue.tell(wrong_answers_words(len(errors)))
            for error in errors:
                self.dialogue.problem(printable(error))

        options: list[tuple[str, bool | None]] = [
            (_("Read the file again"), True),
            (_("Answer all questions here"), False),
            (_("Leave to a shell"), None),
        ]
        reads = self._pick(Page(about=page_words.WRONG_ANSWERS, tell=tell), options, None)
        if reads is None:
            raise Left(Leave.SHELL)
        return reads

    def _unless_saved(
        self,
        page: Page,
        options: Sequence[tuple[str, T | Save]],
        lines: RunLog | None,
        *,
        default: int | None,
    ) -> T:
        """One of the options that are not there to save something: after those it is asked anew."""
        wish = self._pick(page, options, lines, default=default)
        while callable(wish):
            wish()
            wish = self._pick(page, options, lines, default=default, briefly=True)
        return wish

    def _pick(
        self,
        page: Page,
        options: Sequence[tuple[str, T]],
        lines: RunLog | None,
        *,
        default: int | None = 0,
        briefly: bool = False,
    ) -> T:
        """One of the options; meanwhile "log" where there is one. Raises Back for a refusal.

        `briefly`: the page was told already, and stands above.
        """
        choices = [Choice(name=name) for name, _value in options]

        def tell() -> None:
            page.tell()
            tell_options()

        def tell_options() -> None:
            self.dialogue.tell_choices(choices)
            if lines is not None:
                words = _("Type {log} to read what the tools printed, {all} for all of it.")
                log, everything = quoted(Word.LOG), quoted(Word.LOG_ALL)
                self.dialogue.tell(words.format(log=log, all=everything))

        whole = Page(about=page.about, tell=tell, place=page.place)
        if briefly:
            self.dialogue.blank()
            tell_options()
        else:
            self.dialogue.open(whole)
        self.dialogue.terminal.forget()
        words = () if lines is None else (Word.LOG, Word.LOG_ALL)
        while True:
            try:
                chosen = self.dialogue.choose(
                    whole, _("Number"), choices, default=default, words=words
                )
            except Back:
                if page.about is page_words.REFUSED:
                    raise
                self.dialogue.tell(_("There is nothing to go back to."))
                continue
            if not isinstance(chosen, Word):
                return options[chosen][1]
            if lines is not None:
                kept, _count = lines.since(0)
                self.dialogue.log(kept, most=LOG_LINES if chosen is Word.LOG else len(kept))

    def _tell_menu(self, plan: Plan) -> None:
        self.dialogue.tell(menu_heading())
        for each in menu_entries(plan.table):
            self.dialogue.tell("- " + ", ".join(filter(None, (each.title, each.meaning))))

    def _list(self, sentences: Sequence[str]) -> None:
        for sentence in sentences:
            self.dialogue.tell(f"- {printable(sentence)}")


def _changes(
    problems: tuple[Problem, ...], answered: tuple[Question, ...], *, planned: bool
) -> list[tuple[str, QuestionId | None]]:
    """What can be done about a refusal, that which it is about first; None: another answer."""
    first = concerned(problems, answered)
    options: list[tuple[str, QuestionId | None]] = [
        (change_words(each), each.id) for each in first or answered
    ]
    if not answered:
        options.append((_("Start over"), QuestionId.UNFINISHED))
    if first and first != answered:
        options.append((_("Change another answer"), None))
    if planned:
        options.append((_("Try again with the same answers"), FLOW[-1].id))
    return options
