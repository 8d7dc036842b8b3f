"""The flow of questions as data: what is asked, in which order, and when an answer will do.

Screens, a plain line-by-line mode and the first start of an OEM machine walk the same list.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from installer import answers_rules as rules
from installer.answers import ANSWERS_VERSION, Answers, DiskChoice, Source, User
from installer.names import (
    full_name_problem,
    host_name_problem,
    password_problem,
    user_name_problem,
)
from installer.question import QuestionId
from installer.secret import Secret
from installer.text import _

SCHEMES: Final = ("https://", "http://", "file://")
_NOTHING: Final = Secret("")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Answers while they are being given: every field may still be empty or wrong."""

    source_url: str = ""
    allow_unsigned: bool = False
    disk_path: str = ""
    reinstall: bool = False
    """The disk holds AtomOS already, and the person was told so when they chose it."""
    recovery: bool = True
    full_name: str = ""
    user_name: str = ""
    host_name: str = "atomos"
    password: Secret = _NOTHING
    password_again: Secret = _NOTHING

    def answers(self) -> Answers:
        """The answers model, for a draft without problems.

        Consent to wiping is in it, since a plan is for a disk that may be wiped: nothing is
        carried out before the person has read that plan and typed the disk's name.
        """
        return Answers(
            version=ANSWERS_VERSION,
            disk=DiskChoice(path=self.disk_path),
            wipe=True,
            reinstall=self.reinstall,
            recovery=self.recovery,
            source=Source(url=self.source_url, allow_unsigned=self.allow_unsigned),
            user=User(name=self.user_name, full_name=self.full_name, password=self.password),
            hostname=self.host_name,
        )


class Entry(StrEnum):
    """One thing a person fills in; the value is the name of its field in `Draft`."""

    SOURCE_URL = "source_url"
    ALLOW_UNSIGNED = "allow_unsigned"
    DISK_PATH = "disk_path"
    RECOVERY = "recovery"
    FULL_NAME = "full_name"
    USER_NAME = "user_name"
    HOST_NAME = "host_name"
    PASSWORD = "password"
    PASSWORD_AGAIN = "password_again"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One step of the flow."""

    id: QuestionId
    title: str
    entries: tuple[Entry, ...]


FLOW: Final = (
    Question(
        id=QuestionId.WELCOME,
        title=_("Release"),
        entries=(Entry.SOURCE_URL, Entry.ALLOW_UNSIGNED),
    ),
    Question(id=QuestionId.DISK, title=_("Disk"), entries=(Entry.DISK_PATH, Entry.RECOVERY)),
    Question(
        id=QuestionId.USER,
        title=_("User"),
        entries=(
            Entry.FULL_NAME,
            Entry.USER_NAME,
            Entry.HOST_NAME,
            Entry.PASSWORD,
            Entry.PASSWORD_AGAIN,
        ),
    ),
    Question(id=QuestionId.SUMMARY, title=_("Summary"), entries=()),
)


def place_of(id: QuestionId) -> int:
    """Which question of the flow it is, counted from 0."""
    return next(place for place, question in enumerate(FLOW) if question.id is id)


def after(id: QuestionId) -> QuestionId | None:
    """The question that follows; None after the last."""
    place = place_of(id) + 1
    return FLOW[place].id if place < len(FLOW) else None


def before(id: QuestionId) -> QuestionId | None:
    """The question that precedes; None before the first."""
    place = place_of(id)
    return FLOW[place - 1].id if place else None


@dataclass(frozen=True, kw_only=True)
class EntryProblem:
    """What is wrong with one entry, in words for a person."""

    entry: Entry
    what: str


def problems(id: QuestionId, draft: Draft) -> tuple[EntryProblem, ...]:
    """All that is wrong with the entries of a question, in their order; nothing is looked up."""
    return tuple(
        EntryProblem(entry=entry, what=what)
        for entry in FLOW[place_of(id)].entries
        if entry in _CHECKS and (what := _CHECKS[entry](draft)) is not None
    )


def _source_problem(draft: Draft) -> str | None:
    if not draft.source_url:
        return _("Type its address: https://, http:// or file://.")
    scheme = next((each for each in SCHEMES if draft.source_url.startswith(each)), None)
    if scheme is None or draft.source_url == scheme:
        return _("Begin with https://, http:// or file:// and a place.")
    if not rules.URL.allows(draft.source_url):
        return _("Leave out blanks, user name and password; a path begins with file:///.")
    return None


def _unsigned_problem(draft: Draft) -> str | None:
    # Until signatures are checked every release is unsigned (see Source.allow_unsigned).
    if not draft.allow_unsigned:
        return _("Signatures are not checked yet: agree to that with Space to go on.")
    return None


def _disk_problem(draft: Draft) -> str | None:
    return None if draft.disk_path else _("Choose a disk.")


def _again_problem(draft: Draft) -> str | None:
    if draft.password != draft.password_again:
        return _("The two passwords differ; type both again.")
    return None


_CHECKS: Final[dict[Entry, Callable[[Draft], str | None]]] = {
    Entry.SOURCE_URL: _source_problem,
    Entry.ALLOW_UNSIGNED: _unsigned_problem,
    Entry.DISK_PATH: _disk_problem,
    Entry.FULL_NAME: lambda draft: full_name_problem(draft.full_name),
    Entry.USER_NAME: lambda draft: user_name_problem(draft.user_name),
    Entry.HOST_NAME: lambda draft: host_name_problem(draft.host_name),
    Entry.PASSWORD: lambda draft: password_problem(draft.password.reveal()),
    Entry.PASSWORD_AGAIN: _again_problem,
}
