"""What is to be written into a slot: a release in a directory, or an image of one's own."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from backends.image_release import image_release, is_among_sums
from backends.keyrings import OWN_KEYS
from backends.mounts import Mounts
from backends.release_directory import ReleaseDirectory
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

    def directory(self, source: Source) -> ReleaseDirectory:
        """Its sums, and who has signed them. Raises Refused."""
        ...


class WishedReleasesHere:
    """Fulfils WishedReleases."""

    def __init__(self, releases: Directories, mounts: Mounts) -> None:
        self._releases = releases
        self._mounts = mounts

    def find(self, wish: Wish, architecture: str) -> Release:
        """See WishedReleases. How to allow what nobody vouches for is said as this command has
        it."""
        try:
            if wish.image is not None:
                return self._image(Path(wish.image).absolute(), wish.source)
            return self._releases.find(wish.source, architecture, wish.passing)
        except Unsigned as refusal:
            way_out = _(
                "Put the key of whoever made it into {folder}, or say `--allow-unsigned` if you"
                " trust it all the same."
            ).format(folder=OWN_KEYS)
            raise Refused(
                tuple(replace(each, way_out=way_out) for each in refusal.problems)
            ) from refusal

    def _image(self, image: Path, source: Source) -> Release:
        vouched = None
        if is_among_sums(image):
            folder = f"file://{quote(str(image.parent))}"
            vouched = self._releases.directory(replace(source, url=folder))
        return image_release(self._mounts, image, vouched)
