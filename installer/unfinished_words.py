"""An installation that came to no end, and what can become of it, in words for a person."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from installer.draft import LUKS_STEP
from installer.printable import printable
from installer.text import _
from installer.unfinished import Unfinished, began_words


class Way(StrEnum):
    """What becomes of it."""

    RESUME = "resume"
    START_OVER = "start-over"
    ANOTHER = "another"


@dataclass(frozen=True, kw_only=True)
class WayWords:
    """One way: its name, and what it means."""

    way: Way
    name: str
    meaning: str


def ways(unfinished: Unfinished) -> tuple[WayWords, ...]:
    """Three; that which loses nothing first."""
    return (
        WayWords(way=Way.RESUME, name=_("Resume"), meaning=_meaning_of_resuming(unfinished)),
        WayWords(
            way=Way.START_OVER,
            name=_("Start over"),
            meaning=_meaning_of_starting_over(unfinished),
        ),
        WayWords(
            way=Way.ANOTHER,
            name=_("Another installation"),
            meaning=_("All questions. This one stays as it is until its disk is written to."),
        ),
    )


def none_of_several() -> WayWords:
    """The way past all of them."""
    return WayWords(
        way=Way.ANOTHER,
        name=_("Another installation"),
        meaning=_("All questions. These stay as they are until their disks are written to."),
    )


def unfinished_lines(unfinished: Unfinished) -> tuple[str, ...]:
    """What tells it from others: disk, system, when it began, how far it came."""
    return tuple(
        printable(line)
        for line in (
            unfinished.disk_name,
            unfinished.system,
            _("Begun {when}").format(when=began_words(unfinished)),
            _("{done} of {count} steps are done").format(
                done=len(unfinished.done), count=len(unfinished.steps)
            ),
        )
    )


def further_lines(
    unfinished: Unfinished, now: float, *, cut: Callable[[str], str] = lambda line: line
) -> Iterator[str]:
    """What else is to be known of it; `now` is in seconds since the epoch.

    `cut` shortens the sentence of a step, which may be longer than a row.
    """
    if unfinished.began > now:
        words = _("The clock says {now} UTC now: it was set since, or is wrong")
        yield words.format(now=time.strftime("%Y-%m-%d %H:%M", time.gmtime(now)))
    if unfinished.begun is not None:
        sentence = printable(unfinished.begun_sentence)
        yield cut(_("In work was: {step}").format(step=sentence))
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
    if unfinished.lacks_source:
        yield _("a release, since the system that was on the disk is gone")
    elif unfinished.from_slot and unfinished.needs_passphrase and not unfinished.slots_are_gone:
        yield _("the passphrase that the disk has so far")
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
