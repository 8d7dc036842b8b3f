"""The entries of a question, one after the other, and back again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from installer.draft import Draft
from installer.entry_words import HINTS, label
from installer.flow import Entry, problems
from installer.question import QuestionId
from installer.secret import Secret
from installer.text import _
from screens.plain.dialogue import Back, Dialogue, Jump, Page

Ask = Callable[[Draft], Draft]
"""Asks one thing; the draft with the answer. Raises Back."""


class BackFrom(Exception):
    """To the question before, with what was entered in this one."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft


@dataclass(frozen=True, kw_only=True)
class Step:
    """One entry, or two that belong together."""

    ask: Ask
    applies: Callable[[Draft], bool] = lambda _: True
    """Whether it is asked, by what was entered before it."""


def through(draft: Draft, steps: Sequence[Step]) -> Draft:
    """All steps that apply; Back leads from each to the one before. Raises BackFrom, Jump, Left."""
    place, asked = 0, list[int]()
    while place < len(steps):
        step = steps[place]
        if not step.applies(draft):
            place += 1
            continue
        try:
            draft = step.ask(draft)
        except Back:
            if not asked:
                raise BackFrom(draft) from None
            place = asked.pop()
        except Jump as jump:
            raise Jump(jump.to, draft) from None
        else:
            asked.append(place)
            place += 1
    return draft


@dataclass(frozen=True, kw_only=True)
class Entries:
    """The ways to ask for an entry of the question `id`."""

    dialogue: Dialogue
    page: Page
    id: QuestionId

    def text(self, entry: Entry) -> Step:
        """One line of text, without blanks around it."""

        def ask(draft: Draft) -> Draft:
            before = str(getattr(draft, entry.value))
            hint = f", {_(HINTS[entry])}" if entry in HINTS else ""
            in_brackets = f" [{before}]" if before else ""
            prompt = f"{label(entry)}{hint}{in_brackets}"
            while True:
                typed = str(self.dialogue.ask(self.page, prompt))
                after = with_entry(draft, entry, typed.strip() if typed else before)
                if not self._says_what_is_wrong(entry, after):
                    return after

        return Step(ask=ask)

    def yes_or_no(self, entry: Entry, *, before: Callable[[], None] = lambda: None) -> Step:
        """A box of the screens; `before` tells what it means."""

        def ask(draft: Draft) -> Draft:
            before()
            default = bool(getattr(draft, entry.value))
            answer = self.dialogue.yes_or_no(self.page, label(entry), default=default)
            return with_entry(draft, entry, answer)

        return Step(ask=ask)

    def twice(
        self,
        entry: Entry,
        again: Entry,
        *,
        judge: Callable[[str], None] = lambda _: None,
        applies: Callable[[Draft], bool] = lambda _: True,
    ) -> Step:
        """A new secret; `judge` is told it when it will do."""

        def ask(draft: Draft) -> Draft:
            with self.dialogue.one_secret():
                while True:
                    first = self._secret(draft, entry)
                    after = with_entry(draft, entry, first)
                    if self._says_what_is_wrong(entry, after):
                        continue
                    if first == getattr(draft, entry.value) == getattr(draft, again.value):
                        return after  # kept as it was
                    judge(first.reveal())
                    try:
                        second = self.dialogue.ask(self.page, label(again), secret=True)
                    except Back:
                        continue
                    after = with_entry(after, again, Secret(str(second)))
                    if not self._says_what_is_wrong(again, after):
                        return after

        return Step(ask=ask, applies=applies)

    def secret(self, entry: Entry) -> Step:
        """One secret that exists already."""

        def ask(draft: Draft) -> Draft:
            while True:
                after = with_entry(draft, entry, self._secret(draft, entry))
                if not self._says_what_is_wrong(entry, after):
                    return after

        return Step(ask=ask)

    def _secret(self, draft: Draft, entry: Entry) -> Secret:
        before: Secret = getattr(draft, entry.value)
        words = _("as typed before")
        kept = f" [{words}]" if before.reveal() else ""
        typed = self.dialogue.ask(self.page, f"{label(entry)}{kept}", secret=True)
        return Secret(str(typed)) if typed else before

    def _says_what_is_wrong(self, entry: Entry, draft: Draft) -> bool:
        wrong = [each.what for each in problems(self.id, draft) if each.entry is entry]
        for what in wrong:
            self.dialogue.problem(what)
        return bool(wrong)


def with_entry(draft: Draft, entry: Entry, value: str | bool | Secret) -> Draft:
    """`draft` with another value of that entry."""
    # The value of an Entry is the name of its field; each of these has one of the three types.
    return replace(draft, **{entry.value: value})  # type: ignore[arg-type]
