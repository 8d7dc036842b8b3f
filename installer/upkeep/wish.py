"""What a person wants in the spare slot or in Recovery, and how that is handed over. Pure."""

import json
from dataclasses import dataclass

from installer.answers import Source
from installer.holder import NOBODY, Starter
from installer.revealed import revealed
from installer.run_words import DOWNLOAD, RENEW_RECOVERY, UPDATE, RunWords
from installer.strict import read_json
from installer.text import ENGLISH


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A release, or an image of one's own."""

    source: Source
    """Of a release; of an image, what is allowed."""
    image: str | None = None
    """Path of a SquashFS with a system in it, instead of a release."""
    any_version: bool = False
    """Whether it may be as new as what runs, or older."""
    kept: bool = False
    """Whether it is the image that was downloaded into the spare slot, and no release is asked."""
    passing: tuple[str, ...] = ()
    """Versions of the release that are not taken as the newest."""
    starts: bool = True
    """Whether it is what starts next; else it lies in the slot, and nothing starts it by itself."""
    recovery: bool = False
    """Whether the release's live image is to become Recovery, and no slot is written."""

    @property
    def words(self) -> RunWords:
        """How the run that fulfils it is spoken of."""
        if self.recovery:
            return RENEW_RECOVERY
        return UPDATE if self.starts else DOWNLOAD


@dataclass(frozen=True, kw_only=True)
class Errand:
    """All that the process which writes is told: one JSON document on its standard input."""

    wish: Wish
    digest: str
    """Of the plan that was made; it plans again, and refuses another one."""
    starter: Starter = NOBODY
    language: str = ENGLISH

    def to_json(self) -> bytes:
        """The document."""
        return json.dumps(revealed(self)).encode()

    @classmethod
    def from_json(cls, document: bytes) -> "Errand":
        """Raises ValueError when it is not one."""
        return read_json(cls, document)
