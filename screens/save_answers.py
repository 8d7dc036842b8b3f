"""The answers as a file: where to, with or without a hash of the password."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget

from installer import page_words
from installer.answers import Answers
from installer.answers_saved import SavedAnswers, saved_answers
from installer.answers_store import AlreadyThere, AnswersStore, SavePlace, save_places
from installer.errors import InstallError
from installer.hardware import Disk, Machine
from installer.printable import printable
from installer.secret import Secret
from installer.text import _
from screens.background import WorkFailed, in_background
from screens.dialog import Dialog
from screens.page import Page
from screens.widgets import Item, Scrolled, Tick, Words

_HASH = "with-hash"


@dataclass(frozen=True, kw_only=True)
class Saving:
    """What is saved, and by whom."""

    answers: Answers
    disk: Disk
    machine: Callable[[], Machine]
    store: AnswersStore


class PlaceRow(Item):
    """One place."""

    def __init__(self, place: SavePlace) -> None:
        super().__init__(f"{place.words}\n    {place.file}", classes="spaced")
        self.place = place


class SaveAnswers(Page, ModalScreen[None]):
    """Lies over the page that it was called from, and leaves that as it is."""

    about = page_words.SAVE_ANSWERS

    class Looked(Message):
        """These places there are."""

        def __init__(self, machine: Machine) -> None:
            super().__init__()
            self.machine = machine

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
        super().__init__()
        self._saving = saving
        self._machine: Machine | None = None
        self._writing = False

    def body(self) -> Iterator[Widget]:
        """Places; the box where there is a password to hash."""
        with Scrolled():
            yield Words(_("Looking for sticks ..."))
        user = self._saving.answers.user
        if user is not None and user.password is not None and user.password.reveal():
            yield Tick(_("With a hash of the password"), value=True, id=_HASH)

    def on_mount(self) -> None:
        """Look, beside the app."""
        in_background(self, lambda: self.Looked(self._saving.machine()))

    async def on_save_answers_looked(self, message: Looked) -> None:
        """Offer the places; a stick first."""
        self._machine = message.machine
        scrolled = self.query_one(Scrolled)
        await scrolled.remove_children()
        places = save_places(message.machine, self._saving.disk.path)
        await scrolled.mount_all([PlaceRow(place) for place in places])
        self.query(PlaceRow).first().focus()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """Write there."""
        message.stop()
        if isinstance(message.item, PlaceRow):
            self._save(message.item.place, replaces=False)

    def on_save_answers_exists(self, message: Exists) -> None:
        """Ask: somebody's file is not written over by an Enter too many."""
        self._writing = False
        self.say("")

        def answered(yes: bool | None) -> None:
            if yes:
                self._save(message.place, replaces=True)

        words = printable(message.words)
        self.app.push_screen(
            Dialog(_("Replace that file?"), words, no=_("Leave it"), yes=_("Replace it")), answered
        )

    async def on_save_answers_saved(self, message: Saved) -> None:
        """Say where it is, and what is not in it."""
        self._writing = False
        file, device = message.place.file, message.place.device
        words = _("Saved as {file}.") if device is None else _("Saved as {file} on {device}.")
        self.say(words.format(file=file, device=device))
        for each in self.query(".left-out"):
            await each.remove()
        told = [Words(_("Not in the file:"), classes="strong left-out")] + [
            Words(f"- {printable(each)}", classes="left-out") for each in message.saved.left_out
        ]
        if message.saved.left_out:
            await self.query_one(Scrolled).mount_all(told)

    def on_work_failed(self, message: WorkFailed) -> None:
        """Told here: the page below has nothing to do with it."""
        self._writing = False
        error = message.error
        if not isinstance(error, InstallError):
            return
        message.stop()
        self.say(f"! {printable(' '.join(filter(None, (error.what, error.way_out))))}", danger=True)

    def action_back(self) -> None:
        """To the page below."""
        self.dismiss()

    def _save(self, place: SavePlace, *, replaces: bool) -> None:
        machine = self._machine
        if self._writing or machine is None:
            return
        self._writing = True
        self.say(_("Writing ..."))
        hashes = any(tick.value for tick in self.query(Tick))

        def save() -> Message:
            saved = saved_answers(self._answers(hashes=hashes), self._saving.disk, machine)
            try:
                self._saving.store.save(place, saved.text, replaces=replaces)
            except AlreadyThere as error:
                return self.Exists(place, error.what)
            return self.Saved(place, saved)

        in_background(self, save)

    def _answers(self, *, hashes: bool) -> Answers:
        answers, user = self._saving.answers, self._saving.answers.user
        if user is None or user.password is None:
            return answers
        hash = None
        if hashes and user.password.reveal():
            hash = self._saving.store.hashed(user.password)
        password = None if hash is not None else Secret("")
        return replace(answers, user=replace(user, password=password, password_hash=hash))
