"""An installation came to no end: resume it, start it over, or make another one."""

from collections.abc import Iterator
from typing import Final

from textual.message import Message
from textual.widget import Widget

from installer import page_words
from installer.question import QuestionId
from installer.text import _
from installer.unfinished import Unfinished
from installer.unfinished_words import (
    Way,
    WayWords,
    further_lines,
    none_of_several,
    unfinished_lines,
    ways,
)
from screens.cells import shortened
from screens.page import Page
from screens.widgets import Item, Scrolled, Words

_WIDTH: Final = 72
"""As the list of disks: 80 columns less the margins and the mark of the row in focus."""
_INDENT: Final = "    "


class WayRow(Item):
    """One way: its name like a button, and below it what it means."""

    def __init__(self, words: WayWords) -> None:
        super().__init__(f"[ {words.name} ]\n{_INDENT}{words.meaning}", id=words.way)
        self.way = words.way


class UnfinishedRow(Item):
    """One of several: disk, system, how far it came."""

    def __init__(self, unfinished: Unfinished) -> None:
        disk, *rest = map(_cut, unfinished_lines(unfinished))
        super().__init__("\n".join([disk, *(_INDENT + line for line in rest)]), classes="spaced")
        self.unfinished = unfinished


class UnfinishedPage(Page):
    """One installation, and what can be done about it."""

    about = page_words.UNFINISHED

    class Chosen(Message):
        """What is to become of `unfinished`."""

        def __init__(self, way: Way, unfinished: Unfinished) -> None:
            super().__init__()
            self.way = way
            self.unfinished = unfinished

    class BackToList(Message):
        """There are others."""

    def __init__(self, unfinished: Unfinished, *, is_only_one: bool, now: float) -> None:
        """`now`: seconds since the epoch."""
        super().__init__()
        self._unfinished = unfinished
        self._is_only_one = is_only_one
        self._now = now

    def body(self) -> Iterator[Widget]:
        """What is known of it, and three ways; that which loses nothing first."""
        unfinished = self._unfinished
        with Scrolled():
            disk, *rest = map(_cut, unfinished_lines(unfinished))
            yield Words(disk, classes="strong")
            lines = [*rest, *further_lines(unfinished, self._now, cut=_cut)]
            yield Words("\n".join(lines), classes="indented")
        for words in ways(unfinished):
            yield WayRow(words)

    def keys(self) -> tuple[tuple[str, str], ...]:
        """As everywhere, and how to move."""
        return (
            (_("Up Down"), _("Move")),
            (_("Enter"), _("Choose")),
            (_("Esc"), _("Back")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def on_mount(self) -> None:
        """Resuming loses nothing."""
        self.query_one(f"#{Way.RESUME}").focus()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """One of the ways."""
        if isinstance(message.item, WayRow):
            self.leave(self.Chosen(message.item.way, self._unfinished))

    def action_back(self) -> None:
        """To the others; from the only one to the language."""
        if self._is_only_one:
            self.leave(self.Change(QuestionId.LANGUAGE))
        else:
            self.leave(self.BackToList())


class UnfinishedList(Page):
    """Several of them: which one?"""

    about = page_words.UNFINISHED_LIST

    class Picked(Message):
        """That one."""

        def __init__(self, unfinished: Unfinished) -> None:
            super().__init__()
            self.unfinished = unfinished

    class Another(Message):
        """None of them."""

    def __init__(self, found: tuple[Unfinished, ...]) -> None:
        super().__init__()
        self._found = found

    def body(self) -> Iterator[Widget]:
        """One below the other."""
        with Scrolled():
            for unfinished in self._found:
                yield UnfinishedRow(unfinished)
        yield WayRow(none_of_several())

    def keys(self) -> tuple[tuple[str, str], ...]:
        """As everywhere, and how to move."""
        return (
            (_("Up Down"), _("Move")),
            (_("Enter"), _("Choose")),
            (_("Esc"), _("Back")),
            (_("Ctrl+Q"), _("Shell")),
        )

    def on_mount(self) -> None:
        """From the top."""
        self.query(UnfinishedRow).first().focus()

    def on_item_chosen(self, message: Item.Chosen) -> None:
        """One of them, or none."""
        if isinstance(message.item, UnfinishedRow):
            self.leave(self.Picked(message.item.unfinished))
        else:
            self.leave(self.Another())

    def action_back(self) -> None:
        """To the language."""
        self.leave(self.Change(QuestionId.LANGUAGE))


def _cut(line: str) -> str:
    return shortened(line, _WIDTH - len(_INDENT))
