"""Where a file is saved: what the pages for answers and for the log have in common."""

from abc import abstractmethod
from collections.abc import Callable, Iterator

from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget

from installer.errors import InstallError
from installer.hardware import Machine
from installer.printable import printable
from installer.save_place import SavePlace, save_places, saved_words
from installer.text import _
from screens.background import WorkFailed, in_background
from screens.page import Page
from screens.widgets import Item, Scrolled, Words


class PlaceRow(Item):
    """One place."""

    def __init__(self, place: SavePlace, name: str) -> None:
        super().__init__(f"{place.words}\n    {place.file(name)}", classes="spaced")
        self.place = place


class SavePage(Page, ModalScreen[None]):
    """Lies over the page that it was called from, and leaves that as it is.

    `file_name` is what a row calls the file; `target` the disk that AtomOS goes onto, if that is
    known.
    """

    class Looked(Message):
        """These places there are."""

        def __init__(self, machine: Machine) -> None:
            super().__init__()
            self.machine = machine

    def __init__(self, look: Callable[[], Machine], *, file_name: str, target: str | None) -> None:
        super().__init__()
        self._look = look
        self._file_name = file_name
        self._target = target
        self.machine: Machine | None = None
        """As it was found."""
        self._writing = False

    @abstractmethod
    def saving(self, place: SavePlace, machine: Machine) -> Callable[[], Message]:
        """What writes there, in a thread; what that gives is posted. It may raise InstallError."""

    def body(self) -> Iterator[Widget]:
        """Places."""
        with Scrolled():
            yield Words(_("Looking for sticks ..."))

    def on_mount(self) -> None:
        """Look, beside the app."""
        in_background(self, lambda: SavePage.Looked(self._look()))

    async def on_save_page_looked(self, message: Looked) -> None:
        """Offer the places; a stick first."""
        self.machine = message.machine
        scrolled = self.query_one(Scrolled)
        await scrolled.remove_children()
        places = save_places(message.machine, self._target)
        rows = [PlaceRow(place, self._file_name) for place in places]
        # None of them is there where the page is being left.
        await scrolled.mount_all(rows)
        rows[0].focus()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """Write there."""
        message.stop()
        if isinstance(message.item, PlaceRow):
            self.begin(message.item.place)

    def begin(self, place: SavePlace) -> None:
        """Write there, one at a time."""
        machine = self.machine
        if self._writing or machine is None:
            return
        self._writing = True
        self.say(_("Writing ..."))
        in_background(self, self.saving(place, machine))

    def ended(self, words: str) -> None:
        """Written, or not; `words` say where."""
        self._writing = False
        self.say(words)

    def saved_as(self, place: SavePlace, name: str) -> None:
        """It is written."""
        self.ended(saved_words(place, name))

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
