"""Whether to encrypt, and the passphrase."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Checkbox

from installer import page_words
from installer.draft import Draft
from installer.entry_words import SHOW_STRENGTH, encryption_meaning, label, why_encrypted
from installer.flow import Entry
from installer.passphrase import passphrase_problem, passphrase_warning
from installer.question import QuestionId
from installer.secret import Secret
from installer.text import _
from screens.background import in_background
from screens.form import SHOWN, Form
from screens.one_line import fits
from screens.strength import Strength, strength_of
from screens.widgets import Line, Push, Row, Tick, Words

_STRENGTH: Final = "strength"
_ADVICE: Final = "advice"
_WARNING: Final = "warning"
_PAUSE_SECONDS: Final = 0.3
"""After the last key, then it is judged: zxcvbn takes 13 ms for four words, in which Python does
nothing else, and keys would wait for it."""
_PASSPHRASES: Final = (Entry.PASSPHRASE, Entry.PASSPHRASE_AGAIN)


class PassphrasePage(Form):
    """A box, the passphrase twice, and how strong it is while it is typed."""

    question = QuestionId.PASSPHRASE
    secrets = _PASSPHRASES
    about = page_words.PASSPHRASE

    class Judged(Message):
        """The strength of `passphrase`, which may have been changed by now."""

        def __init__(self, passphrase: Secret, strength: Strength) -> None:
            super().__init__()
            self.passphrase = passphrase
            self.strength = strength

    def __init__(self, draft: Draft, *, place: str) -> None:
        super().__init__(draft, place=place)
        self._judging = False
        self._pause: Timer

    def body(self) -> Iterator[Widget]:
        """The box where there is a choice; what it means; the rest only when it is ticked."""
        before = self._before
        settled = why_encrypted(before)
        if settled:
            yield Words(settled)
        else:
            yield Tick(label(Entry.ENCRYPT), value=before.encrypt, id=Entry.ENCRYPT)
        yield Words(id="meaning", classes="under spaced")
        yield Row(
            label(Entry.PASSPHRASE),
            Line(before.passphrase.reveal(), id=Entry.PASSPHRASE, password=True),
        )
        yield Row(
            label(Entry.PASSPHRASE_AGAIN),
            Line(before.passphrase_again.reveal(), id=Entry.PASSPHRASE_AGAIN, password=True),
        )
        yield Tick(_("Show the passphrase"), id=SHOWN)
        yield Words(id=_STRENGTH, classes="above")
        yield Words(id=_ADVICE, classes="aside")
        yield Words(id=_WARNING, classes="indented notice")
        yield Push(_("Continue"), id="continue", first=True)

    def on_mount(self) -> None:
        """From the top, where encrypting is declined; the passphrase is what most will type."""
        self._pause = self.set_interval(_PAUSE_SECONDS, self._judge, pause=True)
        self._tell()
        line = self.query_one(f"#{Entry.PASSPHRASE}", Line)
        self.watch(line, "value", self._tell_strength, init=False)
        self.query_one(f"#{Entry.PASSPHRASE if self._encrypting() else Entry.ENCRYPT}").focus()

    def on_checkbox_changed(self, message: Checkbox.Changed) -> None:
        """Ask for them or not."""
        if message.checkbox.id == Entry.ENCRYPT:
            self._tell()

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
            self._judge()
            return
        strength = f"  {_(SHOW_STRENGTH)}"
        self._tell_bar(f"{strength:<20}{message.strength.bar()}")
        self.query_one(f"#{_ADVICE}", Words).update(message.strength.advice)

    def _encrypting(self) -> bool:
        return not self._before.may_choose_encryption or self.ticked(Entry.ENCRYPT)

    def _tell(self) -> None:
        encrypting = self._encrypting()
        meaning = encryption_meaning(self._before, encrypting=encrypting)
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
            self._tell_bar("")
            self.query_one(f"#{_ADVICE}", Words).update("")
        self._pause.reset()
        self._pause.resume()

    def _tell_bar(self, text: str) -> None:
        bar = self.query_one(f"#{_STRENGTH}", Words)
        # One row, filled or not: no layout of the page.
        bar.update(text, layout=bar.size.height != 1 or not fits(text, bar.size.width))

    def _judge(self) -> None:
        self._pause.pause()
        typed = self.line(Entry.PASSPHRASE)
        # One at a time: some texts cost zxcvbn seconds.
        if not self._judging and passphrase_problem(typed) is None:
            self._judging = True
            in_background(self, lambda: self.Judged(Secret(typed), strength_of(typed)))


class NewPassphrasePage(PassphrasePage):
    """Where it is settled that the disk is encrypted."""

    about = page_words.NEW_PASSPHRASE
