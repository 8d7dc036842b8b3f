"""The journal of an installation that may come to no end: what was begun and done, line by line.

Version 1: one JSON object a line. The first is the header: ``journal`` (the version), ``program``
(that of the installer), ``began``, ``disk``, ``system``, ``answers`` (secrets empty),
``answers_sha256``, ``identifiers``, ``steps``. Then, for each step, ``{"begun": id, "at": t}``
before it and ``{"done": id, "at": t}`` after it was verified, with ``deed`` (`Operation.deed`)
where a later run need not do it again. Times are only told, never compared. No secret is in it.
Pure.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from installer import VERSION
from installer.answers import Answers
from installer.events import Step
from installer.hardware import Disk
from installer.identifiers import Identifiers
from installer.revealed import revealed
from installer.strict import read_json
from installer.text import _
from installer.unfinished import Done, Unfinished, answers_sha256, without_secrets
from installer.well_formed import are_answers, are_identifiers

JOURNAL_VERSION: Final = 1


class JournalUnreadable(Exception):
    """There is a journal, and it cannot be gone by. `str()` of it is why, as a clause."""


@dataclass(frozen=True, kw_only=True)
class DiskIdentity:
    """What a disk is known by, however it is called: it may be called otherwise the next time."""

    path: str
    name: str
    serial: str | None
    size_bytes: int
    ids: tuple[str, ...]

    @classmethod
    def of(cls, disk: Disk) -> "DiskIdentity":
        """That of `disk`."""
        return cls(
            path=disk.path,
            name=disk.name,
            serial=disk.serial,
            size_bytes=disk.size_bytes,
            ids=disk.ids,
        )

    def is_of(self, disk: Disk) -> bool:
        """Whether `disk` is the same one. Names of links stand in for a missing serial number."""
        same = self.serial == disk.serial and self.size_bytes == disk.size_bytes
        return same and (self.serial is not None or self.ids == disk.ids)


@dataclass(frozen=True, kw_only=True)
class Header:
    """The first line."""

    journal: int
    program: str
    began: float
    disk: DiskIdentity
    system: str
    answers: Answers
    answers_sha256: str
    identifiers: Identifiers
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class InstallJournal:
    """A journal that was read."""

    header: Header
    done: tuple[Done, ...]
    begun: str | None
    touched: tuple[str, ...]
    has_written: bool
    """Whether a step was begun that leaves something on the disk."""
    text: str
    """Its lines, without a last one that is not whole."""

    def unfinished(self, disk: Disk, place: str | None) -> Unfinished:
        """What it tells, of the disk that it is about as it is called now."""
        return Unfinished(
            disk=disk.path,
            disk_name=disk.name,
            began=self.header.began,
            system=self.header.system,
            answers=self.header.answers,
            identifiers=self.header.identifiers,
            steps=self.header.steps,
            done=self.done,
            begun=self.begun,
            touched=self.touched,
            place=place,
            text=self.text,
        )


def header_line(
    *,
    began: float,
    disk: Disk,
    system: str,
    answers: Answers,
    identifiers: Identifiers,
    steps: tuple[Step, ...],
) -> str:
    """The first line, secrets left out; each line has its newline."""
    header = Header(
        journal=JOURNAL_VERSION,
        program=VERSION,
        began=began,
        disk=DiskIdentity.of(disk),
        system=system,
        answers=without_secrets(answers),
        answers_sha256=answers_sha256(answers),
        identifiers=identifiers,
        steps=steps,
    )
    return _line(revealed(header))


def begun_line(id: str, deed: str | None, at: float) -> str:
    """Before a step. With a `deed` it says that what came after it earlier counts no more."""
    return _line({"begun": id, **({"deed": deed} if deed else {}), "at": at})


def done_line(id: str, deed: str | None, at: float) -> str:
    """After a step was verified."""
    return _line({"done": id, **({"deed": deed} if deed else {}), "at": at})


def read_journal(data: bytes) -> InstallJournal:
    """The journal in a file, which ends at its first NUL. Raises JournalUnreadable.

    A last line without its newline was cut short by a power cut: it never happened.
    """
    text = _text(data.split(b"\0")[0])
    lines = text.split("\n")[:-1]
    header = _header(lines[0])
    story = _Story(order=tuple(step.id for step in header.steps))
    for number, line in enumerate(lines[1:], start=2):
        try:
            story.tell(json.loads(line))
        except (ValueError, TypeError, KeyError):
            raise JournalUnreadable(_("its line {number} is none").format(number=number)) from None
    return InstallJournal(
        header=header,
        done=tuple(story.done.values()),
        begun=story.begun,
        touched=tuple(story.touched),
        has_written=story.has_written,
        text=text,
    )


class _Story:
    """What the lines tell, one after the other."""

    def __init__(self, order: tuple[str, ...]) -> None:
        self._order = order
        self.done: dict[str, Done] = {}
        self.begun: str | None = None
        self.touched: list[str] = []
        self.has_written = False

    def tell(self, line: Mapping[str, object]) -> None:
        """Take in one line. Raises ValueError, TypeError or KeyError when it is none."""
        at, deed = line["at"], line.get("deed")
        if not isinstance(at, int | float) or not isinstance(deed, str | None):
            raise TypeError
        if "begun" in line:
            self._begin(_id(line["begun"]), deed)
        else:
            self._end(_id(line["done"]), deed, float(at))

    def _begin(self, id: str, deed: str | None) -> None:
        self.begun = id
        if id not in self.touched:
            self.touched.append(id)
        if deed is not None:
            self.has_written = True
            for later in self._from(id):
                self.done.pop(later, None)

    def _end(self, id: str, deed: str | None, at: float) -> None:
        self.begun = None
        if deed is not None:
            self.done[id] = Done(id=id, deed=deed, at=at)

    def _from(self, id: str) -> tuple[str, ...]:
        """`id` and all that come after it: what is done anew takes away what stood on it."""
        return self._order[self._order.index(id) :] if id in self._order else (id,)


def _id(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _text(data: bytes) -> str:
    whole = data[: data.rfind(b"\n") + 1]
    if not data:
        raise JournalUnreadable(_("it is empty"))
    if not whole:
        raise JournalUnreadable(_("it ends within its first line"))
    try:
        return whole.decode("utf-8")
    except UnicodeDecodeError:
        raise JournalUnreadable(_("it is not text")) from None


def _header(line: str) -> Header:
    """Raises JournalUnreadable, which repeats nothing of the line."""
    from pydantic_core import ValidationError

    try:
        version = json.loads(line)["journal"]
    except (ValueError, TypeError, KeyError):
        raise JournalUnreadable(_("its first line is none of ours")) from None
    if version != JOURNAL_VERSION:
        raise JournalUnreadable(
            _("it is of version {found}, and this installer reads version {known}").format(
                found=version, known=JOURNAL_VERSION
            )
        )
    try:
        header = read_json(Header, line)
    except ValidationError:
        raise JournalUnreadable(_("its first line lacks something")) from None
    if not are_identifiers(header.identifiers) or not are_answers(header.answers):
        raise JournalUnreadable(_("its first line says what no installer writes"))
    return header


def _line(value: object) -> str:
    return json.dumps(value) + "\n"
