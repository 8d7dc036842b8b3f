"""What the machine remembers of updates between its starts, as files in /var/lib/atomos. Pure."""

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

from installer.errors import AnswersInvalid
from installer.revealed import revealed
from installer.strict import read_json
from installer.upkeep.policy import Action, UpdatePolicy


class Result(StrEnum):
    """How a look for a newer release ended."""

    NEWEST = "newest"
    """There is none."""
    NEWER = "newer"
    """There is one, and more was not asked for."""
    HELD = "held"
    TAKEN_BACK = "taken-back"
    """The other slot has it, whole, and somebody put it second."""
    FAILED_BEFORE = "failed-before"
    """It is one that did not come up when it was there."""
    DOWNLOADED = "downloaded"
    INSTALLED = "installed"
    NOT_NOW = "not-now"
    """The network or the battery spoke against it; nothing was asked."""
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class LastLook:
    """The latest time that the machine looked by itself."""

    at: str
    """ISO 8601, UTC, whole seconds."""
    result: Result
    version: str | None = None
    """The newest version that was seen, then or at an earlier look."""
    words: str = ""
    """Why it went no further, for people."""
    seen: Result | None = None
    """What was to be said of that version when it was seen; None: that is `result`."""
    slot: str | None = None
    """The slot into which that version was downloaded."""
    passed: tuple[str, ...] = ()
    """Newer ones that were there too, and are not taken by themselves."""

    @property
    def verdict(self) -> Result:
        """What is to be said of `version`, however the latest look ended."""
        return self.seen or self.result

    def ended(self, result: Result, words: str) -> "LastLook":
        """The same, of which no more came than that."""
        words = " ".join(filter(None, (words, self.words)))
        return replace(self, result=result, seen=self.verdict, words=words)

    def after(self, earlier: "LastLook | None") -> "LastLook":
        """With what an earlier look has seen, where this one saw nothing."""
        if earlier is None or earlier.version is None or self.version is not None:
            return self
        seen = earlier.ended(self.result, "")
        return replace(seen, at=self.at, words=self.words)

    @property
    def command(self) -> str:
        """What takes that version, and no newer one."""
        return f"atomos update --version {self.version}" if self.passed else "atomos update"

    def to_json(self) -> str:
        """One line."""
        return json.dumps(revealed(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "LastLook":
        """Raises ValueError when it is none."""
        return read_json(cls, text)


@dataclass(frozen=True, kw_only=True)
class FailedStart:
    """A slot that did not come up three times (live/system/usr/lib/atomos/passed-over)."""

    slot: str
    version: str
    """Of the image in it; empty: nobody had written it down."""
    why: str
    """Sentences."""
    log: str
    """Path of what the start that failed had written; empty: nothing of it was kept."""


@dataclass(frozen=True, kw_only=True)
class Notes:
    """All of it."""

    policy: UpdatePolicy | AnswersInvalid
    look: LastLook | None = None
    failed: FailedStart | None = None

    def is_downloaded(self, slot: str, version: str) -> bool:
        """Whether that version lies in that slot, and waits for somebody's word."""
        look = self.look
        return (
            look is not None
            and look.verdict is Result.DOWNLOADED
            and (look.slot, look.version) == (slot, version)
        )

    def has_failed(self, version: str) -> bool:
        """Whether that version is one that did not come up."""
        return version in self.failed_versions

    @property
    def failed_versions(self) -> tuple[str, ...]:
        """Those that did not come up, as far as is known."""
        return (self.failed.version,) if self.failed is not None and self.failed.version else ()


class NoteBook(Protocol):
    """Whoever keeps these files."""

    def read(self) -> Notes:
        """What is there; what cannot be read is not there. Raises nothing."""
        ...

    def write(self, look: LastLook, shown: str) -> None:
        """Keep `look`, and have `shown` said at each login; empty: nothing. Raises InstallError."""
        ...


class Surroundings(Protocol):
    """What the machine hangs on."""

    def is_metered(self) -> bool:
        """Whether the network is paid for by what goes through it, as far as is known."""
        ...

    def battery_percent(self) -> int | None:
        """How full the battery is, while it is what the machine runs on; None: it is not."""
        ...


class NoNotes:
    """A NoteBook of whoever keeps none."""

    def read(self) -> Notes:
        """See NoteBook."""
        return Notes(policy=UpdatePolicy(policy=Action.OFF))

    def write(self, look: LastLook, shown: str) -> None:
        """Nothing."""


NO_NOTES: Final = NoNotes()
