"""Where a release for this system is, as a person says it or as it is written down. Pure but for
reading that file."""

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from installer.answers import Source
from installer.errors import Refused
from installer.text import _

SOURCE_FILES: Final = (Path("/etc/atomos/source"), Path("/usr/lib/atomos/source"))
"""One line each: a release directory. The first one that is there counts: the owner knows better
than whoever made the image."""
_SCHEMES: Final = ("http", "https", "file", "volume")


def release_address(place: str) -> str:
    """The URL of a folder or of an address."""
    if urlsplit(place).scheme in _SCHEMES:
        return place
    return f"file://{quote(str(Path(place).absolute()))}"


def source_of(
    place: str | None,
    *,
    version: str | None,
    allow_unsigned: bool,
    files: Iterable[Path] = SOURCE_FILES,
) -> Source:
    """The release that is asked for. Raises Refused where nobody says where it is."""
    address = place or written_down(files)
    if address is None:
        raise Refused.because(
            _("Nothing says where newer releases are."),
            _("Say it with `--from`, or write the address into /etc/atomos/source."),
        )
    return Source(url=release_address(address), version=version, allow_unsigned=allow_unsigned)


def written_down(files: Iterable[Path] = SOURCE_FILES) -> str | None:
    """The address that the first of these says; None: none does."""
    for file in files:
        with contextlib.suppress(OSError):
            return file.read_text(encoding="utf-8", errors="replace").strip() or None
    return None
