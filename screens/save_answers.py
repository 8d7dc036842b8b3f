"""The answers as a file: where to, with or without a hash of the password."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from textual.message import Message
from textual.widget import Widget

from installer import page_words
from installer.answers import Answers
from installer.answers_saved import FILE_NAME, SavedAnswers, saved_answers
from installer.answers_store import AnswersStore
from installer.answers_to_save import has_password, to_save
from installer.hardware import Disk, Machine
from installer.printable import printable
from installer.save_place import AlreadyThere, SavePlace
from installer.text import _
from screens.dialog import Dialog
from screens.save_places import SavePage
from screens.widgets import Scrolled, Tick, Words

_HASH = "with-hash"


@dataclass(frozen=True, kw_only=True)
class Saving:
    """What is saved, and by whom."""

    answers: Answers
    disk: Disk
    machine: Callable[[], Machine]
    store: AnswersStore


class SaveAnswers(SavePage):
    """Says afterwards what is not in the file."""

    about = page_words.SAVE_ANSWERS

    class Saved(Message):
        """It is written."""

        def __init__(self, place: SavePlace, saved: SavedAnswers) -> None:
            super().__init__()
            self.place = place
            self.saved = saved

    class Exists(Message):
        """There is one already."""

        def __init__(self, place: SavePlace, words: str) -> None:
            super().__init__()
            self.place = place
            self.words = words

    def __init__(self, saving: Saving) -> None:
        super().__init__(saving.machine, file_name=FILE_NAME, target=saving.disk.path)
        self._saving = saving
        self._replaces = False

    def body(self) -> Iterator[Widget]:
        """Places; the box where there is a password to hash."""
        yield from super().body()
        if has_password(self._saving.answers):
            yield Tick(_("With a hash of the password"), value=True, id=_HASH)

    def saving(self, place: SavePlace, machine: Machine) -> Callable[[], Message]:
        """See SavePage."""
        replaces, self._replaces = self._replaces, False
        hashes = any(tick.value for tick in self.query(Tick))

        def save() -> Message:
            store = self._saving.store
            answers = to_save(self._saving.answers, store, hashes=hashes)
            saved = saved_answers(answers, self._saving.disk, machine)
            try:
                store.save(place, saved.text, replaces=replaces)
            except AlreadyThere as error:
                return self.Exists(place, error.what)
            return self.Saved(place, saved)

        return save

    def on_save_answers_exists(self, message: Exists) -> None:
        """Ask: somebody's file is not written over by an Enter too many."""
        self.ended("")

        def answered(yes: bool | None) -> None:
            if yes:
                self._replaces = True
                self.begin(message.place)

        words = printable(message.words)
        self.app.push_screen(
            Dialog(_("Replace that file?"), words, no=_("Leave it"), yes=_("Replace it")), answered
        )

    async def on_save_answers_saved(self, message: Saved) -> None:
        """Say where it is, and what is not in it."""
        self.saved_as(message.place, FILE_NAME)
        for each in self.query(".left-out"):
            await each.remove()
        told = [Words(_("Not in the file:"), classes="strong left-out")] + [
            Words(f"- {printable(each)}", classes="left-out") for each in message.saved.left_out
        ]
        if message.saved.left_out:
            await self.query_one(Scrolled).mount_all(told)
