"""The second key: shown once, typed back in part; and a copy of the LUKS header on a stick."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from installer import page_words
from installer.draft import Draft
from installer.entry_words import (
    NO_COPY,
    NO_STICK,
    backup_title,
    backup_warning,
    backup_words,
    group_label,
    recovery_key_meaning,
)
from installer.flow import Entry, problems
from installer.header_backup import BackupPlace
from installer.header_backup_offer import offered_places
from installer.question import QuestionId
from installer.recovery_key import GROUPS
from installer.secret import Secret
from installer.text import _
from installer.walk import place_of
from screens.drawn_key import DrawnKey
from screens.looks import Looks
from screens.plain.dialogue import INDENT, Choice, Dialogue, Page
from screens.plain.entries import BackFrom, Entries, Step, through
from screens.plain.words import Word, quoted


@dataclass(frozen=True, kw_only=True)
class RecoveryQuestion:
    """One key: whoever asks again shows another, since this one may have been seen."""

    dialogue: Dialogue
    looks: Looks
    drawn: DrawnKey

    def ask(self, draft: Draft, *, words: str) -> Draft:
        """The draft with the key where it is wanted. Raises BackFrom (without it) and Left."""
        is_settled = draft.going_on is not None

        def tell() -> None:
            if words:
                self.dialogue.problem(words)
            if not is_settled:
                self.dialogue.tell(recovery_key_meaning(draft, wanted=False, with_code=False))

        page = Page(
            about=page_words.RECOVERY_KEY,
            tell=tell,
            place=place_of(QuestionId.RECOVERY_KEY, draft),
        )
        self.dialogue.open(page)
        entries = Entries(dialogue=self.dialogue, page=page, id=QuestionId.RECOVERY_KEY)
        wants = entries.yes_or_no(Entry.WANTS_RECOVERY_KEY)
        fresh = replace(
            draft,
            wants_recovery_key=draft.wants_recovery_key or is_settled,
            recovery_key=self.drawn.key,
            recovery_key_group=self.drawn.group,
            recovery_key_written=False,
            recovery_key_typed=Secret(""),
        )
        steps = (
            Step(ask=wants.ask, applies=lambda _: not is_settled),
            Step(ask=self._written(page), applies=lambda now: now.wants_recovery_key),
            Step(ask=self._typed(page), applies=lambda now: now.wants_recovery_key),
            Step(ask=self._backup(page), applies=lambda _: not is_settled),
        )
        try:
            after = through(fresh, steps)
        except BackFrom as back:
            raise BackFrom(replace(back.draft, recovery_key=Secret(""))) from None
        return after if after.wants_recovery_key else replace(after, recovery_key=Secret(""))

    def _written(self, page: Page) -> Callable[[Draft], Draft]:
        def tell(draft: Draft) -> None:
            self.dialogue.tell(recovery_key_meaning(draft, wanted=True, with_code=False))
            self.dialogue.blank()
            self.dialogue.tell_rows(INDENT + self.drawn.key.reveal())
            self.dialogue.blank()

        def ask(draft: Draft) -> Draft:
            showing = replace(page, tell=lambda: tell(draft))
            tell(draft)
            question = _("It is written down")
            while not self.dialogue.yes_or_no(showing, question, default=False):
                self.dialogue.problem(_("Write the key down first."))
            self.dialogue.tell(
                _(
                    "What stands above can be read by whoever comes by: take the paper away, or"
                    " switch the terminal's memory of it off."
                )
            )
            return replace(draft, recovery_key_written=True)

        return ask

    def _typed(self, page: Page) -> Callable[[Draft], Draft]:
        def ask(draft: Draft) -> Draft:
            prompt = group_label(self.drawn.group, GROUPS)
            while True:
                typed = self.dialogue.ask(page, prompt)
                after = replace(draft, recovery_key_typed=Secret(str(typed)))
                wrong = problems(QuestionId.RECOVERY_KEY, after)
                if not wrong:
                    return after
                for each in wrong:
                    self.dialogue.problem(each.what)

        return ask

    def _backup(self, page: Page) -> Callable[[Draft], Draft]:
        def ask(draft: Draft) -> Draft:
            while True:
                places = offered_places(self.looks.session.machine(), draft.disk_path)
                choices = _choices(places)
                self._tell_places(choices)
                paths = ["", *(place.path for place in places)]
                default = paths.index(draft.header_backup) if draft.header_backup in paths else 0
                chosen = self.dialogue.choose(
                    replace(page, tell=lambda: self._tell_places(choices)),  # noqa: B023
                    _("Number"),
                    choices,
                    default=default,
                    words=(Word.LOOK,),
                )
                if isinstance(chosen, int):
                    if chosen:
                        self.dialogue.tell(f"{backup_warning()}.")
                    return replace(draft, header_backup=paths[chosen])

        return ask

    def _tell_places(self, choices: Sequence[Choice]) -> None:
        self.dialogue.tell(backup_title())
        if len(choices) == 1:
            self.dialogue.tell(_(NO_STICK), indent=INDENT)
        self.dialogue.tell_choices(choices)
        words = _("Type {look} to look again for sticks.")
        self.dialogue.tell(words.format(look=quoted(Word.LOOK)))


def _choices(places: tuple[BackupPlace, ...]) -> list[Choice]:
    return [Choice(name=_(NO_COPY)), *(Choice(name=backup_words(place)) for place in places)]
