"""What is to be written into a slot: a release in a directory, or an image of one's own."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from backends.image_release import image_release
from backends.keyrings import OWN_KEYS
from backends.mounts import Mounts
from installer.answers import Source
from installer.errors import Refused
from installer.release import Release
from installer.signature import Unsigned
from installer.text import _
from installer.upkeep.wish import Wish


class Directories(Protocol):
    """Whoever reads release directories (`backends.release_source.WebRelease`)."""

    def find(self, source: Source, architecture: str, passing: Collection[str]) -> Release:
        """See ReleaseSource; versions in `passing` are not taken where there are others."""
        ...


class WishedReleasesHere:
    """Fulfils WishedReleases."""

    def __init__(self, releases: Directories, mounts: Mounts) -> None:
        self._releases = releases
        self._mounts = mounts

    def find(self, wish: Wish, architecture: str) -> Release:
        """See WishedReleases. How to allow what nobody vouches for is said as this command has
        it."""
        if wish.image is not None:
            return image_release(self._mounts, Path(wish.image))
        try:
            return self._releases.find(wish.source, architecture, wish.passing)
        except Unsigned as refusal:
            way_out = _(
                "Put the key of whoever made it into {folder}, or say `--allow-unsigned` if you"
                " trust it all the same."
            ).format(folder=OWN_KEYS)
            raise Refused(
                tuple(replace(each, way_out=way_out) for each in refusal.problems)
            ) from refusal
