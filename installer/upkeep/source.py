"""Where a release for this system is, as a person says it or as it is written down. Pure but for
reading that file."""

import contextlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from installer.answers import Source
from installer.errors import Refused
from installer.release import SUMS_NAME
from installer.sums import image_version, live_version
from installer.text import _
from installer.upkeep.wish import Wish

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


def wish_of(source: Source, *, any_version: bool) -> Wish:
    """What is asked for where `source` may be a file too: an image of a release is that version of
    it, any other file of this machine an image of one's own, with whatever lies beside it."""
    folder, _slash, name = source.url.rpartition("/")
    file, version = _own_file(source.url), image_version(name)
    if file is not None and (version is None or not file.with_name(SUMS_NAME).is_file()):
        return Wish(source=source, image=str(file), any_version=any_version)
    if version is not None:
        source = replace(source, url=folder, version=source.version or version)
    return Wish(source=source, any_version=any_version)


def recovery_wish(source: Source, *, any_version: bool) -> Wish:
    """The same of Recovery, which is made of a release: its live ISO or its image are that version
    of it. Raises Refused for another file."""
    folder, _slash, name = source.url.rpartition("/")
    file, version = _own_file(source.url), live_version(name) or image_version(name)
    if file is not None and (version is None or not file.with_name(SUMS_NAME).is_file()):
        raise Refused.because(
            _("{file} is no file of a release, which Recovery is made of.").format(file=file),
            _("Name the folder that has the release: {sums} is in it.").format(sums=SUMS_NAME),
        )
    if version is not None:
        source = replace(source, url=folder, version=source.version or version)
    return Wish(source=source, any_version=any_version, recovery=True)


def _own_file(url: str) -> Path | None:
    parts = urlsplit(url)
    path = Path(unquote(parts.path))
    return path if parts.scheme == "file" and path.is_file() else None


def known_source(files: Iterable[Path] = SOURCE_FILES) -> str | None:
    """The address that is written down, if it is one of one line without blanks, and nothing in it
    may be a secret: it goes to the boot partition, which is not encrypted."""
    address = written_down(files)
    if address is None or any(each.isspace() or not each.isprintable() for each in address):
        return None
    parts = urlsplit(address)
    if parts.username is not None or parts.query or parts.fragment:
        return None
    return release_address(address)


def written_down(files: Iterable[Path] = SOURCE_FILES) -> str | None:
    """The address that the first of these says; None: none does."""
    for file in files:
        with contextlib.suppress(OSError):
            return file.read_text(encoding="utf-8", errors="replace").strip() or None
    return None
