"""The plan, before anything is written, and consent to it."""

from dataclasses import dataclass

from installer import page_words
from installer.answers import Answers
from installer.disk_offer import short_name
from installer.draft import Draft
from installer.session import Plan
from installer.summary_words import ask_for, told
from installer.text import _
from screens.plain.dialogue import Dialogue, Page
from screens.plain.saving import Saving
from screens.plain.words import Word, quoted


@dataclass(frozen=True, kw_only=True)
class SummaryQuestion:
    """`plan` is made of `answers`, which `draft` is; `place` says where in the flow one is."""

    dialogue: Dialogue
    answers: Answers
    plan: Plan
    draft: Draft
    place: str
    saving: Saving | None
    """Whoever saves the answers; None where there is nobody."""

    def ask(self, *, was_to_go_on: bool) -> None:
        """Comes back when the disk's name was typed. Raises Back, Jump and Left.

        `was_to_go_on`: it was thought that there is something to go on with.
        """

        def tell() -> None:
            self.dialogue.tell_passages(told(self.plan, self.draft, was_to_go_on=was_to_go_on))
            self.dialogue.blank()
            self._ask_for()

        page = Page(about=page_words.SUMMARY, tell=tell, place=self.place)
        self.dialogue.open(page)
        # What was typed while nobody could have read the plan is no consent to it.
        self.dialogue.terminal.forget()
        name = short_name(self.plan.disk)
        words = () if self.saving is None else (Word.SAVE,)
        while True:
            typed = self.dialogue.ask(page, _("Disk's name"), words=words)
            if isinstance(typed, Word):
                self._save()
            elif typed.strip().removeprefix("/dev/") == name:
                return
            else:
                wrong = _("That is not {name}. Nothing has been written.")
                self.dialogue.problem(wrong.format(name=name))

    def _ask_for(self) -> None:
        if self.saving is not None:
            words = _("Type {save} to save these answers as a file.")
            self.dialogue.tell(words.format(save=quoted(Word.SAVE)))
        name = short_name(self.plan.disk)
        self.dialogue.tell(ask_for(self.plan, self.draft).format(name=name))

    def _save(self) -> None:
        """The plan stays as it is: it is not told once more."""
        assert self.saving is not None, "the word is known only where there is somebody"
        self.saving.answers(self.answers, self.plan.disk)
        self.dialogue.blank()
        self._ask_for()
