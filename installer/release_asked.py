"""What one process of this program has another one find out about a release, and what it is told.

Both are of the same program and the same user, and nothing in between can be written by anybody
else: so they speak by pickle(3), which no reader of files may.
"""

import base64
import pickle
from dataclasses import dataclass

from installer.answers import Source
from installer.errors import InstallError
from installer.release import Release, ReleaseSource
from installer.release_offer import ReleaseOffer
from installer.text import speak


@dataclass(frozen=True, kw_only=True)
class AskedRelease:
    """A question to a ReleaseSource."""

    source: Source
    architecture: str
    all_versions: bool
    """What there is, and not the release that the source names."""
    language: str
    """Of what is refused."""

    def to_bytes(self) -> bytes:
        """For standard input."""
        return pickle.dumps(self)


def told(releases: ReleaseSource, document: bytes) -> str:
    """What `releases` say to the AskedRelease in `document`: one line, for standard output."""
    asked = pickle.loads(document)
    assert isinstance(asked, AskedRelease)
    speak(asked.language)
    find = releases.offer if asked.all_versions else releases.find
    answer: Release | ReleaseOffer | InstallError
    try:
        answer = find(asked.source, asked.architecture)
    except InstallError as error:
        answer = error
    return base64.b64encode(pickle.dumps(answer)).decode("ascii")


def heard(line: str) -> Release | ReleaseOffer:
    """What was told. Raises what was raised there: Refused, InstallError."""
    answer = pickle.loads(base64.b64decode(line))
    if isinstance(answer, InstallError):
        raise answer
    assert isinstance(answer, Release | ReleaseOffer)
    return answer
