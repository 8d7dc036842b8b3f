"""Answers and log as files: where to, and that they are there. As SaveAnswers and SaveLog."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from installer import page_words
from installer.answers import Answers
from installer.answers_saved import FILE_NAME, saved_answers
from installer.answers_to_save import has_password, to_remember, to_save
from installer.errors import InstallError
from installer.hardware import Disk, Machine
from installer.page_words import PageWords
from installer.printable import printable
from installer.save_place import AlreadyThere, SavePlace, save_places, saved_words
from installer.stores import Stores
from installer.text import _
from screens.plain.dialogue import INDENT, Back, Choice, Dialogue, Page
from screens.plain.words import Word, quoted

_Write = Callable[[SavePlace, Machine], None]
"""Writes there, and tells it. Raises Back and InstallError."""


@dataclass(frozen=True, kw_only=True)
class Saving:
    """Each comes back to what it was called from, whether something was saved or not; raises Left,
    and what the dialogue's look raises."""

    dialogue: Dialogue
    look: Callable[[], Machine]
    stores: Callable[[], Stores]

    def log(self) -> None:
        """Each time another file."""

        def write(place: SavePlace, _machine: Machine) -> None:
            self.dialogue.tell(_("Writing ..."))
            self.dialogue.tell(saved_words(place, self.stores().log.save(place)))

        self._save(page_words.SAVE_LOG, write, target=None)

    def answers(self, answers: Answers, disk: Disk) -> None:
        """Those of an installation onto `disk`; what is not in the file is told."""

        def write(place: SavePlace, machine: Machine) -> None:
            hashes = has_password(answers) and self.dialogue.yes_or_no(
                Page(about=page_words.SAVE_ANSWERS),
                _("With a hash of the password"),
                default=True,
            )
            self.dialogue.tell(_("Writing ..."))
            store = self.stores().answers
            saved = saved_answers(to_save(answers, store, hashes=hashes), disk, machine)
            try:
                store.save(place, saved.text, replaces=False)
            except AlreadyThere as there:
                self._ask_to_replace(there)
                store.save(place, saved.text, replaces=True)
            self.dialogue.tell(saved_words(place, FILE_NAME))
            if saved.left_out:
                self.dialogue.tell(_("Not in the file:"))
            for each in saved.left_out:
                self.dialogue.tell(f"- {printable(each)}")

        self._save(page_words.SAVE_ANSWERS, write, target=disk.path)

    def remembered(self, answers: Answers) -> Answers:
        """What may stay in memory of answers that are carried out, to be saved at the end."""
        return to_remember(answers, self.stores().answers)

    def _save(self, about: PageWords, write: _Write, *, target: str | None) -> None:
        """Ask where to until it is written, or is to be nowhere."""
        self.dialogue.open(Page(about=about))
        while True:
            try:
                machine = self.dialogue.work(_("Looking for sticks ..."), self.look)
                place = self._place(about, save_places(machine, target))
            except Back:
                return
            if place is None:
                return
            if isinstance(place, Word):
                continue
            try:
                write(place, machine)
            except Back:
                continue
            except InstallError as error:
                self.dialogue.problem(printable(error.what))
                self.dialogue.tell(printable(error.way_out), indent=INDENT)
                continue
            return

    def _place(self, about: PageWords, places: Sequence[SavePlace]) -> SavePlace | Word | None:
        """One of them; None: nowhere; the word that asks for another look."""
        choices = [Choice(name=name) for name in (*(each.words for each in places), _("Nowhere"))]

        def tell() -> None:
            self.dialogue.tell_choices(choices)
            words = _("Type {look} to look again for sticks.")
            self.dialogue.tell(words.format(look=quoted(Word.LOOK)))

        tell()
        page = Page(about=about, tell=tell)
        chosen = self.dialogue.choose(page, _("Number"), choices, default=0, words=(Word.LOOK,))
        if isinstance(chosen, Word):
            return chosen
        return places[chosen] if chosen < len(places) else None

    def _ask_to_replace(self, there: AlreadyThere) -> None:
        """Raises Back where it is left: no file is written over by an Enter too many."""
        choices = [Choice(name=_("Leave it")), Choice(name=_("Replace it"))]

        def tell() -> None:
            self.dialogue.tell(printable(there.what))
            self.dialogue.tell(_("Replace that file?"))
            self.dialogue.tell_choices(choices)

        tell()
        page = Page(about=page_words.SAVE_ANSWERS, tell=tell)
        if self.dialogue.choose(page, _("Number"), choices, default=0) != 1:
            raise Back
