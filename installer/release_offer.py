"""What a release directory has on offer, before a person has chosen."""

from dataclasses import dataclass
from typing import Final

MOST_VERSIONS: Final = 12
"""Each costs a question to the server, for its length; who wants an older one than these twelve
names it in an answers file."""


@dataclass(frozen=True, kw_only=True)
class VersionOffer:
    """One version for this machine."""

    version: str
    size_bytes: int | None
    """Of its system image; None: the image is not there, and it cannot be installed."""


@dataclass(frozen=True, kw_only=True)
class ReleaseOffer:
    """The directory as it was when it was looked at."""

    url: str
    versions: tuple[VersionOffer, ...]
    """The newest first; at least one of them can be installed."""
    older: int = 0
    """How many there are besides."""
    signed_by: str | None = None
    """See Release."""
    doubts: tuple[str, ...] = ()
    """See Release."""

    @property
    def newest(self) -> VersionOffer:
        """Of those that can be installed."""
        return next(each for each in self.versions if each.size_bytes is not None)

    def answer(self, chosen: VersionOffer, before: str) -> str:
        """What `chosen` says: the newest is called so, unless it was named `before`."""
        is_newest = chosen is self.newest and chosen.version != before
        return "" if is_newest else chosen.version
