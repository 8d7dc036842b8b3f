"""An AtomOS is on the disk: what of it is kept."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from textual.message import Message
from textual.widget import Widget

from installer.answers import Keep
from installer.draft import Draft
from installer.printable import printable
from installer.text import N_, _
from screens.background import in_background
from screens.cells import wrapped
from screens.page import Page
from screens.widgets import Item, Words

_WIDTH = 72
"""As the list of disks: 80 columns less the margins and the mark of the row in focus."""


class KeepRow(Item):
    """One choice: its name, and below it what it means."""

    def __init__(self, keep: Keep, name: str, meaning: str) -> None:
        lines = "\n".join(wrapped(meaning, _WIDTH, indent="    "))
        super().__init__(f"{name}\n{lines}", id=f"keep-{keep}", classes="spaced")
        self.keep = keep


class KeepPage(Page):
    """Three choices; Enter takes one and goes on."""

    heading = N_("What shall stay of the AtomOS on this disk?")
    help_text = N_(
        "Root A and Root B, the boot menu and the kernels are made anew in any case. What is kept "
        "is used as it is: nothing is formatted and nothing is copied. Whether it can be kept is "
        "looked up before anything is written. A copy of your files elsewhere is still a good "
        "thing to have."
    )

    class Looked(Message):
        """What is to be kept can be kept."""

        def __init__(self, draft: Draft) -> None:
            super().__init__()
            self.draft = draft

    def __init__(self, draft: Draft, look: Callable[[Draft], object], *, place: str) -> None:
        """`look` raises Refused when the data cannot be kept."""
        super().__init__(place=place)
        self._before = draft
        self._look = look

    def body(self) -> Iterator[Widget]:
        """Which disk, and the choices; the safest first."""
        holds = (
            _("{disk} holds an AtomOS, encrypted.")
            if self._before.encrypted_already
            else _("{disk} holds an AtomOS.")
        )
        words = [holds.format(disk=printable(self._before.disk_name))]
        if self._before.table_stays:
            words.append(
                _("This system is its Recovery: partitions and Recovery stay as they are.")
            )
        yield Words(" ".join(words), classes="spaced")
        yield KeepRow(
            Keep.DATA,
            _("Keep home directories, Nix and snapshots"),
            _(
                "/home, /nix and the snapshots stay. People log in as before: accounts, host"
                " keys, host name, language, keyboard, time zone and networks are carried over."
                " Everything else in /var and every other change in /etc goes."
            ),
        )
        yield KeepRow(
            Keep.DATA_AND_VAR,
            _("Keep /var as well"),
            _(
                "Also what services have stored (databases, logs, containers) and all changes in"
                " /etc. If a setting there is what broke the system, it stays too."
            ),
        )
        yield KeepRow(
            Keep.NOTHING,
            _("Erase everything"),
            _("All files, accounts, settings and snapshots on it are lost for good."),
        )

    def on_mount(self) -> None:
        """The choice made before, or that which loses least by mistake."""
        self.query_one(f"#keep-{self._before.keep}").focus()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """On, once it is clear that it can be kept; an encrypted disk is looked into later."""
        row = message.item
        if not isinstance(row, KeepRow):
            return
        draft = replace(self._before, keep=row.keep)
        if not draft.keeps or draft.encrypted_already:
            self.leave(self.Answered(draft))
            return
        self.say(_("Looking at what is on the disk ..."))
        for each in self.query(KeepRow):
            each.disabled = True

        def look() -> Message:
            self._look(draft)
            return self.Looked(draft)

        in_background(self, look)

    def on_keep_page_looked(self, message: Looked) -> None:
        """On."""
        self.leave(self.Answered(message.draft))

    def action_back(self) -> None:
        """To the disks, with the choice in focus."""
        row = self.focused
        keep = row.keep if isinstance(row, KeepRow) else self._before.keep
        self.leave(self.Back(replace(self._before, keep=keep)))
