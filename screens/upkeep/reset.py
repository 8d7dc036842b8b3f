"""What was changed, taken away by the next start: which of it, and whether that is meant."""

from collections.abc import Iterator

from textual.message import Message
from textual.widget import Widget

from installer.text import _
from installer.upkeep import page_words
from installer.upkeep.reset import GOES, STAYS
from installer.upkeep.system import Level, System
from screens.upkeep.base import UpkeepPage
from screens.widgets import Item, Line, Push, Row, Scrolled, Words


class ResetPage(UpkeepPage):
    """The levels, each in words."""

    about = page_words.RESET

    class Chosen(Message):
        """That one, to be confirmed; None: nothing, after all."""

        def __init__(self, level: Level | None) -> None:
            super().__init__()
            self.level = level

    def __init__(self, system: System) -> None:
        super().__init__()
        self._system = system

    def body(self) -> Iterator[Widget]:
        """What goes with each; Back is what one begins with."""
        with Scrolled():
            for level in Level:
                yield Words(level.value, classes="strong")
                yield Words(_(GOES[level]), classes="under spaced")
        for level in Level:
            yield Push(
                _("Reset: {level}").format(level=level.value),
                id=f"level-{level.value}",
                first=level is Level.SETTINGS,
            )
        if self._system.reset is not None:
            yield Push(_("Reset nothing, after all"), id="cancel")
        yield Push(_("Back"), id="back")

    def on_mount(self) -> None:
        """Nothing is chosen for anybody."""
        self.query_one("#back").focus()

    def keys(self) -> tuple[tuple[str, str], ...]:
        """As everywhere, and how to read on."""
        return self.reading_keys()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """On to the word, or back."""
        match message.item.id:
            case "back":
                self.action_back()
            case "cancel":
                self.leave(self.Chosen(None))
            case which:
                self.leave(self.Chosen(Level(str(which).removeprefix("level-"))))


class ResetWordPage(UpkeepPage):
    """What goes and what stays, and the word that has to be typed."""

    about = page_words.RESET

    class Typed(Message):
        """The word was."""

        def __init__(self, level: Level) -> None:
            super().__init__()
            self.level = level

    def __init__(self, level: Level, word: str) -> None:
        super().__init__()
        self._level = level
        self._word = word

    def body(self) -> Iterator[Widget]:
        """Both lists, the line, Back."""
        with Scrolled():
            yield Words(_("This goes, for good:"), classes="danger")
            yield Words(_(GOES[self._level]), classes="under spaced")
            yield Words(_("This stays:"), classes="strong")
            yield Words(_(STAYS[self._level]), classes="under")
        words = _("Type {word} if this is meant: ").format(word=self._word)
        yield Words(words, classes="above")
        yield Row(_("Word"), Line("", id="word", classes="short"))
        yield Push(_("Reset it with the next start"), id="reset", first=True)
        yield Push(_("Back"), id="back")

    def on_mount(self) -> None:
        """An Enter too many does nothing: the line is empty."""
        self.query_one("#word").focus()

    def keys(self) -> tuple[tuple[str, str], ...]:
        """As everywhere, and how to read on."""
        return self.reading_keys()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """Only by the word."""
        message.stop()
        if message.item.id == "back":
            self.action_back()
            return
        line = self.query_one("#word", Line)
        if line.value.strip() != self._word:
            text = _("The word {word} was not given: nothing is reset.")
            self.query_one(Row).say(text.format(word=self._word))
            line.focus()
            return
        self.leave(self.Typed(self._level))
