"""Places of a release that are no web server and no folder of this system, as URLs. Pure.

``medium:/FOLDER`` is a folder of the live medium, ``volume:LABEL/FOLDER`` one of the volume whose
file system has that label. Names are percent-encoded as in any URL.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

MEDIUM: Final = "medium"
VOLUME: Final = "volume"
PLACES: Final = (MEDIUM, VOLUME)


@dataclass(frozen=True, kw_only=True)
class ReleasePlace:
    """A path in a file system; `label` is None for that of the live medium."""

    label: str | None
    path: PurePosixPath


def release_place(url: str) -> ReleasePlace | None:
    """The place that `url` names; None for a URL of another kind."""
    parts = urlsplit(url)
    if parts.scheme == MEDIUM:
        return ReleasePlace(label=None, path=PurePosixPath(unquote(parts.path)))
    if parts.scheme == VOLUME:
        label, _, path = parts.path.partition("/")
        return ReleasePlace(label=unquote(label), path=PurePosixPath(unquote(path)))
    return None
