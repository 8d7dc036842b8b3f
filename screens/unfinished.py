"""An installation came to no end: resume it, start it over, or make another one."""

import time
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from textual.message import Message
from textual.widget import Widget

from installer.draft import LUKS_STEP
from installer.printable import printable
from installer.question import QuestionId
from installer.text import N_, _
from installer.unfinished import Unfinished, began_words
from screens.cells import shortened, wrapped
from screens.page import Page
from screens.widgets import Item, Scrolled, Words

_WIDTH: Final = 72
"""As the list of disks: 80 columns less the margins and the mark of the row in focus."""
_INDENT: Final = "    "


class Way(StrEnum):
    """What becomes of it."""

    RESUME = "resume"
    START_OVER = "start-over"
    ANOTHER = "another"


class WayRow(Item):
    """One way: its name like a button, and below it what it means."""

    def __init__(self, way: Way, name: str, meaning: str) -> None:
        lines = "\n".join(wrapped(meaning, _WIDTH, indent=_INDENT))
        super().__init__(f"[ {name} ]\n{lines}", id=way)
        self.way = way


class UnfinishedRow(Item):
    """One of several: disk, system, how far it came."""

    def __init__(self, unfinished: Unfinished) -> None:
        disk, *rest = _lines(unfinished)
        super().__init__("\n".join([disk, *(_INDENT + line for line in rest)]), classes="spaced")
        self.unfinished = unfinished


class UnfinishedPage(Page):
    """One installation, and what can be done about it."""

    heading = N_("An installation was not finished")
    help_text = N_(
        "It was stopped, failed, or lost its power. What it has done is written down on its disk, "
        "so that it can go on from there; passphrases and passwords are never written down, and "
        "are asked for again. Nothing is written before you have read the plan and typed the "
        "disk's name."
    )

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
            disk, *rest = _lines(unfinished)
            yield Words(disk, classes="strong")
            yield Words("\n".join([*rest, *_further(unfinished, self._now)]), classes="indented")
        yield WayRow(Way.RESUME, _("Resume"), _meaning_of_resuming(unfinished))
        yield WayRow(Way.START_OVER, _("Start over"), _meaning_of_starting_over(unfinished))
        yield WayRow(
            Way.ANOTHER,
            _("Another installation"),
            _("All questions. This one stays as it is until its disk is written to."),
        )

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

    heading = N_("Installations were not finished")
    help_text = N_(
        "Each of these was stopped, failed, or lost its power. Choose one to see how far it came, "
        "and to resume it or start it over; or make another installation. Nothing is written "
        "before you have read the plan and typed the disk's name."
    )

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
        yield WayRow(
            Way.ANOTHER,
            _("Another installation"),
            _("All questions. These stay as they are until their disks are written to."),
        )

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


def _lines(unfinished: Unfinished) -> list[str]:
    """What tells it from others: disk, system, when it began, how far it came."""
    lines = [
        unfinished.disk_name,
        unfinished.system,
        _("Begun {when}").format(when=began_words(unfinished)),
        _("{done} of {count} steps are done").format(
            done=len(unfinished.done), count=len(unfinished.steps)
        ),
    ]
    return [_cut(printable(line)) for line in lines]


def _cut(line: str) -> str:
    return shortened(line, _WIDTH - len(_INDENT))


def _further(unfinished: Unfinished, now: float) -> Iterator[str]:
    if unfinished.began > now:
        words = _("The clock says {now} UTC now: it was set since, or is wrong")
        yield words.format(now=time.strftime("%Y-%m-%d %H:%M", time.gmtime(now)))
    if unfinished.begun is not None:
        sentence = printable(unfinished.begun_sentence)
        yield _cut(_("In work was: {step}").format(step=sentence))
    if unfinished.place is None:
        yield _("Known in memory only: a restart of this machine forgets it")


def _meaning_of_resuming(unfinished: Unfinished) -> str:
    words = [
        _("What is done is not done again; the disk ends up as if nothing had come in between.")
    ]
    if unfinished.keeps:
        words.append(_("Your data stay, as was chosen then."))
    *others, last = ("", *_needed(unfinished))
    needed = ", ".join(filter(None, others))
    if needed:
        last = _("{several} and {last}").format(several=needed, last=last)
    if last:
        words.append(_("You are asked for {what}.").format(what=last))
    return " ".join(words)


def _needed(unfinished: Unfinished) -> Iterator[str]:
    if unfinished.needs_passphrase:
        there = unfinished.keeps or LUKS_STEP in unfinished.done_ids
        yield _("the passphrase") if there else _("a new passphrase")
    if unfinished.needs_recovery_key:
        yield _("a new recovery key")
    if unfinished.answers.user is not None:
        yield _("the password of {user}").format(user=unfinished.answers.user.name)


def _meaning_of_starting_over(unfinished: Unfinished) -> str:
    words = _(
        "Everything is done again from the first step. All questions are asked, with the answers"
        " of then filled in."
    )
    if unfinished.keeps or unfinished.may_start:
        kept = _("What of the data on the disk is kept is asked again too.")
        return f"{words} {kept}"
    return words
