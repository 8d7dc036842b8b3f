"""What the slots and Recovery hold, what runs, what starts next, and what can be done about it."""

from collections.abc import Iterator

from textual.message import Message
from textual.widget import Widget

from installer.boot_state import RECOVERY
from installer.layout import Role
from installer.printable import printable
from installer.text import _
from installer.upkeep import page_words
from installer.upkeep.cards import cards, remarks
from installer.upkeep.status import outlook, title
from installer.upkeep.system import System
from screens.upkeep.base import UpkeepPage
from screens.upkeep.card_row import CardRow
from screens.widgets import Item, Push, Scrolled, Words


class StatusPage(UpkeepPage):
    """`words` say what was done last."""

    about = page_words.STATUS

    class Update(Message):
        """Something newer, into the spare slot or into Recovery."""

        def __init__(self, *, recovery: bool) -> None:
            super().__init__()
            self.recovery = recovery

    class Unlock(Message):
        """The slots of an encrypted disk are to be seen."""

    class RollBack(Message):
        """The other slot first."""

    class Once(Message):
        """Something else, the next time only."""

    class Reset(Message):
        """What was changed is to go."""

    class Restart(Message):
        """Now."""

    def __init__(self, system: System, words: str = "") -> None:
        super().__init__()
        self._system = system
        self._words = words

    def body(self) -> Iterator[Widget]:
        """Three cards, what comes next, and what can be done."""
        system = self._system
        with Scrolled():
            yield CardRow(cards(system))
            for line in (*remarks(system), *outlook(system)):
                yield Words(printable(line))
        spare, is_locked = title(system.spare.name), system.running.is_locked
        if is_locked:
            yield Push(_("Unlock the disk"), id="unlock", first=True)
        yield Push(_("Update {name}").format(name=spare), id="update", first=not is_locked)
        has_recovery = system.running.table.find(Role.RECOVERY) is not None
        if has_recovery and not system.running.is_recovery:
            yield Push(_("Update {name}").format(name=title(RECOVERY)), id="recovery")
        yield Push(_("Start the other slot first from now on"), id="rollback")
        yield Push(_("Start something else once"), id="once")
        yield Push(_("Reset ..."), id="reset")
        yield Push(_("Restart the machine"), id="reboot")

    def on_mount(self) -> None:
        """Begin with what most come for."""
        self.query_one("#unlock" if self._system.running.is_locked else "#update").focus()
        self.say(self._words)

    def keys(self) -> tuple[tuple[str, str], ...]:
        """There is nothing before this page."""
        return (
            (_("Up Down"), _("Move")),
            (_("Enter"), _("Choose")),
            (_("PgUp PgDn"), _("Read")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """Each of them asks once more before anything is changed."""
        match message.item.id:
            case "unlock":
                self.leave(self.Unlock())
            case "rollback":
                self.post_message(self.RollBack())
            case "once":
                self.leave(self.Once())
            case "reset":
                self.leave(self.Reset())
            case "reboot":
                self.post_message(self.Restart())
            case which:
                self.leave(self.Update(recovery=which == "recovery"))

    def action_back(self) -> None:
        """Nowhere."""
