"""Whether to encrypt, and the passphrase."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from textual.message import Message
from textual.widget import Widget
from textual.widgets import Checkbox, Input

from installer.draft import Draft
from installer.flow import Entry
from installer.passphrase import passphrase_problem, passphrase_warning
from installer.question import QuestionId
from installer.secret import Secret
from installer.text import N_, _
from screens.background import in_background
from screens.form import SHOWN, Form
from screens.strength import Strength, strength_of
from screens.widgets import Line, Push, Row, Tick, Words

_STRENGTH: Final = "strength"
_ADVICE: Final = "advice"
_WARNING: Final = "warning"
_PASSPHRASES: Final = (Entry.PASSPHRASE, Entry.PASSPHRASE_AGAIN)


class PassphrasePage(Form):
    """A box, the passphrase twice, and how strong it is while it is typed."""

    question = QuestionId.PASSPHRASE
    secrets = _PASSPHRASES
    heading = N_("Shall this disk be encrypted?")
    help_text = N_(
        "Encrypted, a disk that is lost or stolen tells nobody anything. The passphrase is asked "
        "for once, at every start. Several words that do not belong together are easy to keep in "
        "mind and hard to guess. A weak passphrase is allowed; the bar says how weak it is. The "
        "boot menu, the kernels and Recovery are not encrypted: they hold nothing of yours."
    )

    class Judged(Message):
        """The strength of `passphrase`, which may have been changed by now."""

        def __init__(self, passphrase: Secret, strength: Strength) -> None:
            super().__init__()
            self.passphrase = passphrase
            self.strength = strength

    def __init__(self, draft: Draft, *, place: str) -> None:
        super().__init__(draft, place=place)
        self._judging = False

    def body(self) -> Iterator[Widget]:
        """The box where there is a choice; what it means; the rest only when it is ticked."""
        before = self._before
        if before.table_stays:
            yield Words(_("This disk stays encrypted, since its partitions stay as they are."))
        elif before.going_on is not None:
            yield Words(_("This disk will be encrypted, as was chosen then."))
        else:
            yield Tick(_("Encrypt this disk (recommended)"), value=before.encrypt, id=Entry.ENCRYPT)
        yield Words(id="meaning", classes="under spaced")
        yield Row(
            _("Passphrase"),
            Line(before.passphrase.reveal(), id=Entry.PASSPHRASE, password=True),
        )
        yield Row(
            _("Passphrase again"),
            Line(before.passphrase_again.reveal(), id=Entry.PASSPHRASE_AGAIN, password=True),
        )
        yield Tick(_("Show the passphrase"), id=SHOWN)
        yield Words(id=_STRENGTH, classes="above")
        yield Words(id=_ADVICE, classes="aside")
        yield Words(id=_WARNING, classes="indented notice")
        yield Push(_("Continue"), id="continue", first=True)

    def on_mount(self) -> None:
        """From the top, where encrypting is declined; the passphrase is what most will type."""
        self._tell()
        self.query_one(f"#{Entry.PASSPHRASE if self._encrypting() else Entry.ENCRYPT}").focus()

    def on_checkbox_changed(self, message: Checkbox.Changed) -> None:
        """Ask for them or not."""
        if message.checkbox.id == Entry.ENCRYPT:
            self._tell()

    def on_input_changed(self, message: Input.Changed) -> None:
        """Judge it anew."""
        if message.input.id == Entry.PASSPHRASE:
            self._tell_strength()

    def draft(self) -> Draft:
        """Exactly as typed."""
        return replace(
            self._before,
            encrypt=self._encrypting()
            if self._before.may_choose_encryption
            else self._before.encrypt,
            passphrase=Secret(self.line(Entry.PASSPHRASE)),
            passphrase_again=Secret(self.line(Entry.PASSPHRASE_AGAIN)),
        )

    def on_passphrase_page_judged(self, message: Judged) -> None:
        """Show it, unless another has been typed by now: then that one is judged."""
        self._judging = False
        if message.passphrase.reveal() != self.line(Entry.PASSPHRASE):
            self._tell_strength()
            return
        label = _("  Strength")
        self.query_one(f"#{_STRENGTH}", Words).update(f"{label:<20}{message.strength.bar()}")
        self.query_one(f"#{_ADVICE}", Words).update(message.strength.advice)

    def _encrypting(self) -> bool:
        return not self._before.may_choose_encryption or self.ticked(Entry.ENCRYPT)

    def _tell(self) -> None:
        encrypting = self._encrypting()
        meaning = _("Whoever holds the disk in hand can read and change everything on it.")
        if encrypting and (self._before.going_on is None or self._before.new_recovery_key):
            meaning = _(
                "Both systems and all files are encrypted. Without the passphrase (or a recovery"
                " key, which comes next) they are lost, and nobody can help."
            )
        elif encrypting:
            meaning = _(
                "Both systems and all files are encrypted. Without the passphrase they are lost,"
                " and nobody can help."
            )
        self.query_one("#meaning", Words).update(meaning)
        for row in self.query(Row):
            row.display = encrypting
        self.query_one(f"#{SHOWN}").display = encrypting
        for part in (_STRENGTH, _ADVICE, _WARNING):
            self.query_one(f"#{part}").display = encrypting
        self._tell_strength()

    def _tell_strength(self) -> None:
        typed = self.line(Entry.PASSPHRASE)
        taken = passphrase_problem(typed) is None
        warning = passphrase_warning(typed) if taken else None
        self.query_one(f"#{_WARNING}", Words).update(f"! {warning}" if warning else "")
        if not taken:
            self.query_one(f"#{_STRENGTH}", Words).update("")
            self.query_one(f"#{_ADVICE}", Words).update("")
        elif not self._judging:
            # One at a time: some texts cost zxcvbn seconds, and keys come faster than that.
            self._judging = True
            in_background(self, lambda: self.Judged(Secret(typed), strength_of(typed)))


class NewPassphrasePage(PassphrasePage):
    """Where it is settled that the disk is encrypted."""

    heading = N_("A passphrase for this disk")
