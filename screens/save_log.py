"""The log as a file on a stick, for whoever is asked for help."""

from collections.abc import Callable

from textual.message import Message

from installer import page_words
from installer.hardware import Machine
from installer.log_store import LogStore
from installer.save_place import SavePlace
from screens.save_places import SavePage


class SaveLog(SavePage):
    """Each time another file: nothing is written over."""

    about = page_words.SAVE_LOG

    class Saved(Message):
        """It is written, with that name."""

        def __init__(self, place: SavePlace, file_name: str) -> None:
            super().__init__()
            self.place = place
            self.file_name = file_name

    def __init__(self, look: Callable[[], Machine], store: LogStore) -> None:
        super().__init__(look, file_name="atomos-install-*.tar.gz", target=None)
        self._store = store

    def saving(self, place: SavePlace, machine: Machine) -> Callable[[], Message]:  # noqa: ARG002
        """See SavePage."""
        return lambda: self.Saved(place, self._store.save(place))

    def on_save_log_saved(self, message: Saved) -> None:
        """Say where it is."""
        self.saved_as(message.place, message.file_name)
