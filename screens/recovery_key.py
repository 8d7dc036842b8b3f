"""The second key: shown once, typed back in part; and a copy of the LUKS header on a stick."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Checkbox

from installer.draft import Draft
from installer.flow import Entry
from installer.hardware import Machine
from installer.header_backup import BackupPlace
from installer.header_backup_offer import offered_places
from installer.printable import printable
from installer.quantity import format_size
from installer.question import QuestionId
from installer.recovery_key import GROUP_LENGTH, GROUPS
from installer.secret import Secret
from installer.text import N_, _
from screens.background import in_background
from screens.drawn_key import DrawnKey
from screens.form import Form
from screens.qr_code import qr_rows
from screens.widgets import Item, Line, Pick, Push, Row, Tick, Words

_HIDDEN: Final = "-".join(["*" * GROUP_LENGTH] * GROUPS)


class RecoveryKeyPage(Form):
    """Left the key in letters and what is asked, right the same key as a QR code.

    Every time it is shown it has another key: the one before may have been seen, and is never
    shown again.
    """

    question = QuestionId.RECOVERY_KEY
    heading = N_("A recovery key for this disk")
    help_text = N_(
        "The recovery key opens the disk as the passphrase does; type it with its hyphens. Keep "
        "it on paper, away from the machine. A copy of the LUKS header helps when that part of "
        "the disk is damaged, for then no passphrase opens it. But whoever has the copy and a "
        "passphrase or key of today can open the disk even after you have changed them: keep the "
        "stick locked away. F5 looks again for sticks."
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f5", "look", show=False)]

    class Looked(Message):
        """What is on sticks."""

        def __init__(self, places: tuple[BackupPlace, ...]) -> None:
            super().__init__()
            self.places = places

    def __init__(
        self,
        draft: Draft,
        look: Callable[[], Machine],
        draw: Callable[[], DrawnKey],
        *,
        with_qr_code: bool,
        place: str,
    ) -> None:
        super().__init__(draft, place=place)
        self._look = look
        self._drawn = draw()
        self._with_qr_code = with_qr_code
        self._backup = draft.header_backup
        self._is_settled = draft.going_on is not None
        """Whether there is to be a key, and where a copy of the header goes, was said before."""

    def body(self) -> Iterator[Widget]:
        """Two columns."""
        with Horizontal():
            with Vertical(id="key"):
                yield from self._questions()
            if self._with_qr_code:
                yield Words("\n".join(qr_rows(self._drawn.key.reveal())), id="qr")

    def _questions(self) -> Iterator[Widget]:
        if not self._is_settled:
            yield Tick(
                _("Make a recovery key"),
                value=self._before.wants_recovery_key,
                id=Entry.WANTS_RECOVERY_KEY,
            )
        yield Words(id="meaning", classes="indented")
        yield Words(id="letters", classes="indented strong above")
        yield Tick(_("It is written down: hide it"), id=Entry.RECOVERY_KEY_WRITTEN, classes="above")
        label = _("Type group {number} of {count}").format(
            number=self._drawn.group + 1, count=GROUPS
        )
        yield Row(label, Line("", id=Entry.RECOVERY_KEY_TYPED, classes="group"))
        if not self._is_settled:
            yield Words(_("  Copy of the LUKS header on a stick"), classes="above")
            yield Vertical(id=Entry.HEADER_BACKUP)
        yield Push(_("Continue"), id="continue", first=True)

    def keys(self) -> tuple[tuple[str, str], ...]:
        """Those that this page has and others lack, too."""
        look = () if self._is_settled else ((_("F5"), _("Look again")),)
        return (
            (_("Space"), _("Tick")),
            *look,
            (_("Esc"), _("Back")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def on_mount(self) -> None:
        """From the top; and look for sticks."""
        self._show_key()
        first = Entry.RECOVERY_KEY_WRITTEN if self._is_settled else Entry.WANTS_RECOVERY_KEY
        self.query_one(f"#{first}").focus()
        self.action_look()

    def action_look(self) -> None:
        """F5."""
        if self._is_settled:
            return
        target = self._before.disk_path
        in_background(self, lambda: self.Looked(offered_places(self._look(), target)))

    async def on_recovery_key_page_looked(self, message: Looked) -> None:
        """Offer them."""
        if self._backup not in [place.path for place in message.places]:
            self._backup = ""
        picks: list[Widget] = [Pick(_("no copy"), value="", picked=not self._backup)]
        for place in message.places:
            picked = place.path == self._backup
            picks.append(Pick(_described(place), value=place.path, picked=picked))
        if not message.places:
            picks = [Words(_("none: no stick is plugged in"), classes="indented")]
        holder = self.query_one(f"#{Entry.HEADER_BACKUP}")
        await holder.remove_children()
        await holder.mount_all(picks)

    def on_checkbox_changed(self, _message: Checkbox.Changed) -> None:
        """A key or none; hidden or not."""
        self._show_key()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """A stick. The button is any form's: Textual calls that one's handler as well."""
        if not isinstance(message.item, Pick):
            return
        self._backup = message.item.value
        for pick in self.query(Pick):
            pick.pick(pick is message.item)
        self.say(
            _("That copy and a passphrase of today will open this disk for ever (F1: more).")
            if self._backup
            else ""
        )

    def draft(self) -> Draft:
        """The key only where it is wanted."""
        wants = self._wants()
        return replace(
            self._before,
            wants_recovery_key=wants,
            recovery_key=self._drawn.key if wants else Secret(""),
            recovery_key_group=self._drawn.group,
            recovery_key_written=self.ticked(Entry.RECOVERY_KEY_WRITTEN),
            recovery_key_typed=Secret(self.line(Entry.RECOVERY_KEY_TYPED)),
            header_backup=self._backup,
        )

    def action_back(self) -> None:
        """The next time there is another key."""
        draft = self.draft()
        self.leave(self.Back(replace(draft, recovery_key=Secret(""))))

    def _wants(self) -> bool:
        return self._is_settled or self.ticked(Entry.WANTS_RECOVERY_KEY)

    def _show_key(self) -> None:
        wants = self._wants()
        written = self.ticked(Entry.RECOVERY_KEY_WRITTEN)
        meaning = _("Without one, all is lost when the passphrase is forgotten.")
        if self._is_settled:
            meaning = _(
                "The key that was shown before opens nothing: throw it away. This is another one."
                " Write it down: it is shown now, and never again."
            )
        elif wants and self._with_qr_code:
            meaning = _(
                "It opens the disk when the passphrase is forgotten. Write it down or scan it: it"
                " is shown now, and never again."
            )
        elif wants:
            meaning = _(
                "It opens the disk when the passphrase is forgotten. Write it down: it is shown"
                " now, and never again."
            )
        self.query_one("#meaning", Words).update(meaning)
        letters = self.query_one("#letters", Words)
        letters.update(_HIDDEN if written else self._drawn.key.reveal())
        letters.display = wants
        self.query_one(f"#{Entry.RECOVERY_KEY_WRITTEN}").display = wants
        self.query_one(Row).display = wants
        for code in self.query("#qr"):
            code.visible = wants and not written


def _described(place: BackupPlace) -> str:
    label = place.contents.label if place.contents is not None else None
    name = f'"{printable(label)}"' if label else place.disk.model or ""
    return f"{place.path} {format_size(place.size_bytes)} {printable(name)}".rstrip()
