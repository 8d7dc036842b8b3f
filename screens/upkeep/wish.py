"""Where the newer release is, and whether it may be one that nobody vouches for."""

from collections.abc import Iterator

from textual.message import Message
from textual.widget import Widget

from installer.boot_state import RECOVERY
from installer.entry_words import label
from installer.flow import Entry
from installer.text import N_, _
from installer.upkeep import page_words
from installer.upkeep.status import title
from installer.upkeep.system import System
from screens.upkeep.base import LinePage
from screens.widgets import Line, Push, Row, Tick, Words


class WishPage(LinePage):
    """`place` is where releases of this system are, as far as it is written down."""

    about = page_words.WISH
    empty = N_("Say where the release is.")

    class Wished(Message):
        """That release."""

        def __init__(self, place: str, *, recovery: bool, allow_unsigned: bool) -> None:
            super().__init__()
            self.place = place
            self.recovery = recovery
            self.allow_unsigned = allow_unsigned

    def __init__(self, system: System, *, recovery: bool, place: str, unsigned: bool) -> None:
        super().__init__()
        self._name = title(RECOVERY if recovery else system.spare.name)
        self._recovery = recovery
        self._place_of_it = place
        self._unsigned = unsigned

    def body(self) -> Iterator[Widget]:
        """Address, consent, and on."""
        words = _("The newest one there goes into {name}; the plan is shown first.")
        yield Words(words.format(name=self._name), classes="spaced")
        yield Row(label(Entry.SOURCE_URL), Line(self._place_of_it, id="place", classes=""))
        yield Tick(
            label(Entry.ALLOW_UNSIGNED), value=self._unsigned, id="unsigned", classes="above"
        )
        note = _("Else only what a trusted key has signed is taken.")
        yield Words(note, classes="under")
        yield Push(_("Look for it"), id="look", first=True)
        yield Push(_("Back"), id="back")

    def on_mount(self) -> None:
        """Begin with what is still missing."""
        self.query_one("#look" if self._place_of_it else "#place").focus()

    def typed(self, text: str) -> Message:
        """That release."""
        unsigned = self.query_one("#unsigned", Tick).value
        return self.Wished(text.strip(), recovery=self._recovery, allow_unsigned=unsigned)
