"""What is to be written into a slot: a release in a directory, or an image of one's own."""

from dataclasses import replace
from pathlib import Path

from backends.image_release import image_release
from backends.keyrings import OWN_KEYS
from backends.mounts import Mounts
from installer.errors import Refused
from installer.release import Release, ReleaseSource
from installer.signature import Unsigned
from installer.text import _
from installer.upkeep.wish import Wish


class WishedReleasesHere:
    """Fulfils WishedReleases."""

    def __init__(self, releases: ReleaseSource, mounts: Mounts) -> None:
        self._releases = releases
        self._mounts = mounts

    def find(self, wish: Wish, architecture: str) -> Release:
        """See WishedReleases. How to allow what nobody vouches for is said as this command has
        it."""
        if wish.image is not None:
            return image_release(self._mounts, Path(wish.image))
        try:
            return self._releases.find(wish.source, architecture)
        except Unsigned as refusal:
            way_out = _(
                "Put the key of whoever made it into {folder}, or say `--allow-unsigned` if you"
                " trust it all the same."
            ).format(folder=OWN_KEYS)
            raise Refused(
                tuple(replace(each, way_out=way_out) for each in refusal.problems)
            ) from refusal
