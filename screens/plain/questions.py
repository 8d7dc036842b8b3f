"""The questions of the flow that are forms: release, what is kept, passphrases, users."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from installer import page_words
from installer.draft import Draft
from installer.entry_words import (
    SHOW_STRENGTH,
    UNSIGNED_NOTE,
    WAIT_FOR_LOOK,
    WAIT_FOR_UNLOCKING,
    disk_passphrase_words,
    encryption_meaning,
    names_given,
    software_words,
    welcome_words,
    why_encrypted,
)
from installer.errors import Refused
from installer.flow import Entry
from installer.keep_words import KEEP_CHOICES, what_is_there
from installer.page_words import PageWords
from installer.passphrase import passphrase_warning
from installer.printable import printable
from installer.question import QuestionId
from installer.secret import Secret
from installer.text import _
from installer.unlocking import TRIES, gave_up_words, is_wrong_passphrase, tries_left_words
from installer.walk import place_of
from screens.looks import Looks
from screens.plain.dialogue import INDENT, Back, Choice, Dialogue, Page
from screens.plain.entries import BackFrom, Entries, Step, through
from screens.plain.words import ways
from screens.strength import strength_of


class GaveUp(Exception):
    """The passphrase of the disk was wrong too often; `words` say so."""

    def __init__(self, draft: Draft, words: str) -> None:
        super().__init__()
        self.draft = draft
        self.words = words


@dataclass(frozen=True, kw_only=True)
class Questions:
    """Each takes the draft and gives it back with the answers. Raises BackFrom, Left, Refused."""

    dialogue: Dialogue
    looks: Looks

    def welcome(self, draft: Draft, *, needs_medium: bool, words: str = "") -> Draft:
        """What will happen, and where the release comes from; `words` say why it is asked again."""

        def tell() -> None:
            if words:
                self.dialogue.tell(words)
            for each in welcome_words(needs_medium=needs_medium):
                self.dialogue.blank()
                self.dialogue.tell(each)
            self.dialogue.blank()

        def note() -> None:
            self.dialogue.tell(ways().fill(UNSIGNED_NOTE).replace("\n", " "))

        entries = self._entries(QuestionId.WELCOME, page_words.WELCOME, draft, tell)
        return through(
            draft,
            (
                entries.text(Entry.SOURCE_URL),
                entries.yes_or_no(Entry.ALLOW_UNSIGNED, before=note),
            ),
        )

    def keep(self, draft: Draft) -> Draft:
        """What stays; looked up at once where that needs no passphrase."""
        choices = [Choice(name=_(each.name), meaning=(_(each.meaning),)) for each in KEEP_CHOICES]

        def tell() -> None:
            self.dialogue.tell(what_is_there(draft))
            self.dialogue.tell_choices(choices)

        page = self._page(QuestionId.KEEP, page_words.KEEP, draft, tell)
        self.dialogue.open(page)
        keeps = [each.keep for each in KEEP_CHOICES]

        def ask(before: Draft) -> Draft:
            default = keeps.index(before.keep)
            chosen = self.dialogue.choose(page, _("Number"), choices, default=default)
            assert isinstance(chosen, int), "no other words are known here"
            after = replace(before, keep=keeps[chosen])
            if after.keeps and not after.encrypted_already:
                self.dialogue.work(_(WAIT_FOR_LOOK), lambda: self.looks.installation(after))
            return after

        return through(draft, (Step(ask=ask),))

    def unlock(self, draft: Draft) -> Draft:
        """The passphrase of the disk whose data are kept, tried. Raises GaveUp, too."""
        entries = self._disk_passphrase(
            draft, page_words.UNLOCK_SLOT if draft.opens_slot else page_words.UNLOCK
        )
        for left in reversed(range(TRIES)):
            tried = through(draft, (entries.secret(Entry.DISK_PASSPHRASE),))
            try:
                self.dialogue.work(_(WAIT_FOR_UNLOCKING), lambda: self._open(tried))  # noqa: B023
            except Back:
                raise BackFrom(tried) from None
            except Refused as refusal:
                if not is_wrong_passphrase(refusal):
                    raise
                draft = replace(draft, disk_passphrase=Secret(""))
                if left:
                    self.dialogue.problem(tries_left_words(left))
            else:
                return tried
        raise GaveUp(draft, gave_up_words(draft))

    def open_again(self, draft: Draft, *, words: str) -> Draft:
        """The passphrase of an installation that goes on; it is tried with the plan."""
        self._why_again(words)
        entries = self._disk_passphrase(draft, page_words.OPEN_AGAIN)
        return through(draft, (entries.secret(Entry.DISK_PASSPHRASE),))

    def passphrase(self, draft: Draft, *, words: str) -> Draft:
        """Whether to encrypt, where that can be chosen, and a new passphrase."""
        settled = why_encrypted(draft)

        def tell() -> None:
            self._why_again(words)
            self.dialogue.tell(settled or encryption_meaning(draft, encrypting=True))

        def meaning(now: Draft) -> Draft:
            if not now.new_luks:
                self.dialogue.tell(encryption_meaning(now, encrypting=False))
            return now

        about = page_words.PASSPHRASE if not settled else page_words.NEW_PASSPHRASE
        entries = self._entries(QuestionId.PASSPHRASE, about, draft, tell)
        encrypt = entries.yes_or_no(Entry.ENCRYPT)
        steps = (
            Step(
                ask=lambda now: meaning(encrypt.ask(now)),
                applies=lambda now: now.may_choose_encryption,
            ),
            entries.twice(
                Entry.PASSPHRASE,
                Entry.PASSPHRASE_AGAIN,
                judge=self._judge,
                applies=lambda now: now.new_luks,
            ),
        )
        return through(draft, steps)

    def user(self, draft: Draft) -> Draft:
        """The first account, and the machine's name."""
        entries = self._entries(QuestionId.USER, page_words.USER, draft)
        names = (Entry.FULL_NAME, Entry.USER_NAME, Entry.HOST_NAME)
        return through(
            draft,
            (
                *(entries.text(entry) for entry in names),
                entries.twice(Entry.PASSWORD, Entry.PASSWORD_AGAIN),
            ),
        )

    def software(self, draft: Draft) -> Draft:
        """Whether home-manager sets up the home, and by which flake; applications."""

        def tell() -> None:
            for words in software_words():
                self.dialogue.tell(words)

        entries = self._entries(QuestionId.SOFTWARE, page_words.SOFTWARE, draft, tell)
        flake = entries.text(Entry.HOME_FLAKE)
        return through(
            draft,
            (
                entries.yes_or_no(Entry.HOME_MANAGER),
                replace(entries.yes_or_no(Entry.HOME_LATER), applies=lambda now: now.home_manager),
                replace(flake, applies=lambda now: now.home_manager),
                entries.text(Entry.FLATPAKS),
            ),
        )

    def password(self, draft: Draft) -> Draft:
        """The password of the account whose names are settled."""

        def tell() -> None:
            for name, value in names_given(draft):
                self.dialogue.tell(f"{name}: {value}", indent=INDENT)

        entries = self._entries(QuestionId.USER, page_words.PASSWORD, draft, tell)
        return through(draft, (entries.twice(Entry.PASSWORD, Entry.PASSWORD_AGAIN),))

    def _disk_passphrase(self, draft: Draft, about: PageWords) -> Entries:
        there, which = disk_passphrase_words(draft)

        def tell() -> None:
            self.dialogue.tell(there)
            self.dialogue.tell(printable(draft.disk_name), indent=INDENT)
            self.dialogue.tell(which)

        return self._entries(QuestionId.UNLOCK, about, draft, tell)

    def _open(self, draft: Draft) -> None:
        self.looks.opened(draft)

    def _judge(self, passphrase: str) -> None:
        strength = strength_of(passphrase)
        self.dialogue.tell(f"{_(SHOW_STRENGTH)}: {strength.words()}")
        if strength.advice:
            self.dialogue.tell(strength.advice)
        warning = passphrase_warning(passphrase)
        if warning:
            self.dialogue.problem(warning)

    def _why_again(self, words: str) -> None:
        if words:
            self.dialogue.problem(words)

    def _entries(
        self,
        id: QuestionId,
        about: PageWords,
        draft: Draft,
        tell: Callable[[], None] = lambda: None,
    ) -> Entries:
        """The page is opened."""
        page = self._page(id, about, draft, tell)
        self.dialogue.open(page)
        return Entries(dialogue=self.dialogue, page=page, id=id)

    def _page(
        self, id: QuestionId, about: PageWords, draft: Draft, tell: Callable[[], None]
    ) -> Page:
        return Page(about=about, tell=tell, place=place_of(id, draft))
