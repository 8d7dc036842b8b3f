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
class Downloaded:
    """An image that was brought for whoever asks for it."""

    slot: str
    version: str


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
    """The slot into which that version was written."""
    passed: tuple[str, ...] = ()
    """Newer ones that were there too, and are not taken by themselves."""
    downloaded: Downloaded | None = None
    """What was brought into the spare slot, then or at an earlier look; something else may be there
    by now."""

    @property
    def verdict(self) -> Result:
        """What is to be said of `version`, however the latest look ended."""
        return self.seen or self.result

    @property
    def brought(self) -> Downloaded | None:
        """See `downloaded`; older installers kept it as slot and version alone."""
        if self.downloaded is None and self.verdict is Result.DOWNLOADED and self.slot:
            return Downloaded(slot=self.slot, version=self.version or "")
        return self.downloaded

    def ended(self, result: Result, words: str) -> "LastLook":
        """The same, of which no more came than that."""
        words = " ".join(filter(None, (words, self.words)))
        return replace(self, result=result, seen=self.verdict, words=words)

    def after(self, earlier: "LastLook | None") -> "LastLook":
        """With what an earlier look has seen, where this one saw nothing."""
        if earlier is None:
            return self
        kept = replace(self, downloaded=self.brought or earlier.brought)
        if earlier.version is None or self.version is not None:
            return kept
        seen = earlier.ended(self.result, "")
        return replace(seen, at=self.at, words=self.words, downloaded=kept.downloaded)

    @property
    def command(self) -> str:
        """What takes that version, and no newer one."""
        return _exactly(self.version) if self.passed and self.version else "atomos update"

    def to_json(self) -> str:
        """One line."""
        return json.dumps(revealed(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "LastLook":
        """Raises ValueError when it is none."""
        return read_json(cls, text)


def _exactly(version: str) -> str:
    return f"atomos update --version {version}"


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
    """The latest one."""
    failed_before: tuple[str, ...] = ()
    """Versions that did not come up, of all such starts."""

    def command_for(self, image: Downloaded) -> str | None:
        """What starts that image; None: it is not known as one that was downloaded."""
        look = self.look
        if look is None or look.brought != image:
            return None
        return look.command if image.version == look.version else _exactly(image.version)

    def has_failed(self, version: str) -> bool:
        """Whether that version is one that did not come up."""
        return version in self.failed_versions

    @property
    def failed_versions(self) -> tuple[str, ...]:
        """Those that did not come up, as far as is known."""
        latest = (self.failed.version,) if self.failed is not None and self.failed.version else ()
        return tuple(dict.fromkeys((*latest, *self.failed_before)))


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
