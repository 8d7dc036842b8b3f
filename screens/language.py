"""The first question: which language, and which keyboard. Both count at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from installer import page_words
from installer.draft import Draft
from installer.entry_words import KEYBOARD_ELSEWHERE
from installer.errors import InstallError
from installer.keymaps import LAYOUTS
from installer.languages import LANGUAGES, Language, Speech, missing
from installer.remote_access import RemoteAccess
from installer.text import _
from screens.background import in_background
from screens.page import Page
from screens.widgets import Item, Line, Pick, Push, Row, Scrolled, Words

_TRY: Final = "try"
_LOOK_SECONDS: Final = 5.0
"""Between two looks whether the network has come, or another one; a look opens one small file."""


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """What the terminal in front of the person can show and be given."""

    font: frozenset[str] | None = None
    """The characters of its font; None where that is not known, and then it draws all."""
    load_keymap: Callable[[str], None] | None = None
    """Gives it a keyboard layout (raises InstallError); None where it has a keyboard of its own."""


class LanguagePage(Page):
    """Languages, keyboards, a line to try the keys in."""

    about = page_words.LANGUAGE

    class Picked(Message):
        """Another language, from now on."""

        def __init__(self, speech: Speech) -> None:
            super().__init__()
            self.speech = speech

    class Settled(Message):
        """On, with that language and keyboard."""

        def __init__(self, speech: Speech, draft: Draft) -> None:
            super().__init__()
            self.speech = speech
            self.draft = draft

    class Loaded(Message):
        """The console has the keyboard `layout`, or not, and then why."""

        def __init__(self, layout: str, problem: str) -> None:
            super().__init__()
            self.layout = layout
            self.problem = problem

    class Reachable(Message):
        """By `remote` now; None: not from another machine."""

        def __init__(self, remote: RemoteAccess | None) -> None:
            super().__init__()
            self.remote = remote

    def __init__(
        self,
        draft: Draft,
        speech: Speech,
        terminal: Terminal,
        look: Callable[[], RemoteAccess | None],
        *,
        changed: bool,
        words: str = "",
    ) -> None:
        """`look` tells how to come here from another machine. `changed`: the language was picked
        just now. `words` say what is wrong with it."""
        super().__init__()
        self._look = look
        self._remote: RemoteAccess | None = None
        self._before = draft
        self._speech = speech
        self._terminal = terminal
        self._changed = changed
        self._words = words
        self._problem = ""

    def body(self) -> Iterator[Widget]:
        """Few languages, all in sight; many keyboards, which scroll."""
        yield Words(_("Language"), classes="strong")
        with Vertical(id="languages"):
            for language in LANGUAGES:
                yield self._row(language)
        yield Words(_("Keyboard"), classes="strong above")
        with Scrolled(id="keymaps"):
            for layout, name in self._layouts():
                picked = layout == self._speech.keymap
                yield Pick(f"{layout:<6} {name}".rstrip(), value=layout, picked=picked)
        yield Row(_("Try the keys"), Line("", id=_TRY))
        if self._terminal.load_keymap is None:
            yield Words(_(KEYBOARD_ELSEWHERE), classes="indented")
        yield Push(_("Continue"), id="continue", first=True)

    def keys(self) -> tuple[tuple[str, str], ...]:
        """There is nothing to go back to."""
        return (
            (_("Up Down"), _("Move")),
            (_("Enter"), _("Choose")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def on_mount(self) -> None:
        """Begin with the language; who has just picked one goes on."""
        self._tell()
        self._look_for_network()
        self.set_interval(_LOOK_SECONDS, self._look_for_network)
        if self._changed:
            self.query_one("#continue").focus()
        else:
            self._picked("languages").focus()
        self._picked("keymaps").scroll_visible(animate=False)
        self._load(self._speech.keymap)

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """A language, a keyboard, or on."""
        message.stop()
        if isinstance(message.item, Push):
            speech = replace(self._speech, chosen=True)
            self.leave(self.Settled(speech, self._before.speaking(speech)))
        elif isinstance(message.item, Pick) and message.item.parent is not None:
            if message.item.parent.id == "languages":
                self._take_language(message.item.value)
            else:
                self._take_keymap(message.item)

    def on_language_page_loaded(self, message: Loaded) -> None:
        """Say so when it did not work out; of an earlier pick it is of no interest any more."""
        if message.layout == self._speech.keymap:
            self._problem = message.problem
            self._tell()

    def on_language_page_reachable(self, message: Reachable) -> None:
        """Say so, where nothing is wrong."""
        self._remote = message.remote
        self._tell()

    def _tell(self) -> None:
        wrong = self._problem or self._words
        self.say(wrong or (self._remote.words() if self._remote else ""), danger=bool(wrong))

    def _look_for_network(self) -> None:
        in_background(self, lambda: self.Reachable(self._look()))

    def _take_language(self, code: str) -> None:
        language = next(each for each in LANGUAGES if each.code == code)
        if code == self._speech.language:
            self.query_one("#continue").focus()
        else:
            # The keyboard that most who speak it have; another can be picked below.
            self.leave(self.Picked(Speech(language=code, keymap=language.keymap)))

    def _take_keymap(self, item: Pick) -> None:
        self._speech = replace(self._speech, keymap=item.value)
        for pick in self.query_one("#keymaps").query(Pick):
            pick.pick(pick is item)
        self._load(item.value)
        self.query_one(f"#{_TRY}").focus()

    def _load(self, layout: str) -> None:
        load = self._terminal.load_keymap
        if load is None:
            return

        def work() -> Message:
            try:
                load(layout)
            except InstallError as error:
                return self.Loaded(layout, f"! {error.what}")
            return self.Loaded(layout, "")

        in_background(self, work)

    def _row(self, language: Language) -> Item:
        if missing(language, self._terminal.font):
            words = _("{language} (the font of this console lacks its letters)")
            row = Item(words.format(language=language.in_ascii), classes="greyed")
            row.can_focus = False
            return row
        picked = language.code == self._speech.language
        return Pick(language.name, value=language.code, picked=picked)

    def _layouts(self) -> Iterator[tuple[str, str]]:
        """Those on offer, and what the kernel's command line named beside them."""
        if self._speech.keymap not in LAYOUTS:
            yield self._speech.keymap, ""
        yield from LAYOUTS.items()

    def _picked(self, group: str) -> Pick:
        return next(pick for pick in self.query_one(f"#{group}").query(Pick) if pick.picked)
