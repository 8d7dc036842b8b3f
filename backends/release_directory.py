"""A release directory at one or more addresses: its signature is checked first, then its sums."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import quote, urlsplit

from backends.addresses import printable
from backends.image_source import ImageSource
from backends.signature import Signatures
from backends.source_failed import Absent, BrokenOff, SourceFailed
from installer.answers import Source
from installer.errors import Problem, Refused, Unreached
from installer.release import (
    SUMS_NAME,
    IndexFile,
    PackedFile,
    ReleaseFile,
    index_name,
    packed_name,
)
from installer.release_place import PLACES
from installer.signature import SIGNATURE_NAME, Unsigned, unsigned
from installer.sums import parse_sums
from installer.text import _

SCHEMES: Final = ("http", "https", "file", *PLACES)
_Got = TypeVar("_Got")


@dataclass(frozen=True, kw_only=True)
class ReleaseDirectory:
    """Its sums, and who has signed them."""

    source: ImageSource
    addresses: tuple[str, ...]
    """As in the answers, whichever of them has answered: equal answers make an equal plan."""
    answered: str
    sums: Mapping[str, str]
    signed_by: str | None
    doubts: tuple[str, ...]
    """Why nobody vouches for it, where it was signed all the same."""

    def read(self, name: str, problems: list[Problem]) -> bytes | None:
        """A small file that has its sum; None where there is none, which `problems` then says."""
        return self._first(lambda address: self._read(address, name), problems)

    def file(self, name: str, problems: list[Problem]) -> ReleaseFile | None:
        """A file with its length as a server says it, and its packed twin where the sums name one;
        None as `read`."""
        size = self._first(lambda address: self._size(address, name), problems)
        twin = packed_name(name)
        packed = self._packed(twin, problems) if twin in self.sums else None
        if size is None:
            return None
        url, *mirrors = self._urls(name)
        return ReleaseFile(
            url=url,
            size_bytes=size,
            sha256=self.sums[name],
            mirrors=tuple(mirrors),
            packed=packed,
        )

    def index(self, name: str) -> IndexFile | None:
        """The index of the blocks of the image `name`; a release may have none."""
        index = index_name(name)
        if index not in self.sums:
            return None
        url, *mirrors = self._urls(index)
        return IndexFile(url=url, sha256=self.sums[index], mirrors=tuple(mirrors))

    def _packed(self, name: str, problems: list[Problem]) -> PackedFile | None:
        size = self._first(lambda address: self._size(address, name), problems)
        if size is None:
            return None
        url, *mirrors = self._urls(name)
        return PackedFile(url=url, size_bytes=size, sha256=self.sums[name], mirrors=tuple(mirrors))

    def _urls(self, name: str) -> Iterator[str]:
        return (_url(address, name) for address in self.addresses)

    def _first(self, get: Callable[[str], _Got], problems: list[Problem]) -> _Got | None:
        """What the first address gives that gives it; the one that answered is asked first."""
        found: list[Problem] = []
        for address in dict.fromkeys((self.answered, *self.addresses)):
            try:
                return get(address)
            except SourceFailed as error:
                found.append(incomplete(sentence(error)))
            except _NotThatFile as error:
                found.append(incomplete(str(error)))
        problems += found
        return None

    def _read(self, address: str, name: str) -> bytes:
        data = self.source.read(_url(address, name))
        if hashlib.sha256(data).hexdigest() != self.sums[name]:
            what = _("The SHA-256 of {name} is not the one in {sums}.")
            raise _NotThatFile(what.format(name=name, sums=SUMS_NAME))
        return data

    def _size(self, address: str, name: str) -> int:
        url = _url(address, name)
        size = self.source.size(url)
        if not size:
            what = _("The server does not say how long {url} is, or it is empty.")
            raise _NotThatFile(what.format(url=printable(url)))
        return size


class _NotThatFile(Exception):
    """An address has something else; the text is a sentence."""


def open_directory(source: ImageSource, signatures: Signatures, wanted: Source) -> ReleaseDirectory:
    """The directory that `wanted` names, at the first of its addresses that has sums.

    What it finds there counts: a signature that is refused is no reason to ask the next address.
    Raises Refused: Unreached where none of them was.
    """
    addresses = tuple(each.rstrip("/") for each in (wanted.url, *wanted.mirrors))
    problems: list[Problem] = []
    reached = False
    for address in addresses:
        try:
            text, signature = _sums_and_signature(source, address)
        except SourceFailed as error:
            problems.append(_unreadable(address, error))
            reached |= not isinstance(error, BrokenOff | Absent)
            continue
        signed_by, doubts = _vouched(signatures, wanted, address, text, signature)
        return ReleaseDirectory(
            source=source,
            addresses=addresses,
            answered=address,
            sums=_sums(text, address),
            signed_by=signed_by,
            doubts=doubts,
        )
    raise (Refused if reached else Unreached)(tuple(problems))


def _sums_and_signature(source: ImageSource, address: str) -> tuple[bytes, bytes | None]:
    """Both from one address: those of another may be of another day."""
    if urlsplit(address).scheme not in SCHEMES:
        what = _("the release address {url} is not one that can be read")
        raise SourceFailed(what.format(url=printable(address)))
    sums = source.read(_url(address, SUMS_NAME))
    try:
        return sums, source.read(_url(address, SIGNATURE_NAME))
    except SourceFailed as error:
        if error.missing:
            return sums, None
        raise


def _vouched(
    signatures: Signatures, wanted: Source, address: str, text: bytes, signature: bytes | None
) -> tuple[str | None, tuple[str, ...]]:
    """Who vouches for the sums; nobody, and why, where that is allowed."""
    try:
        if signature is None:
            raise Unsigned((unsigned(printable(address)),))
        return signatures.signer(text, signature, SIGNATURE_NAME), ()
    except Unsigned as refusal:
        if not wanted.allow_unsigned:
            raise
        doubts = () if signature is None else tuple(each.what for each in refusal.problems)
        return None, doubts


def _sums(text: bytes, address: str) -> Mapping[str, str]:
    try:
        return parse_sums(text.decode("ascii"), f"{printable(address)}/{SUMS_NAME}")
    except UnicodeDecodeError:
        what = _("{url} is not a release: its {sums} is not text.")
        raise Refused.because(
            what.format(url=printable(address), sums=SUMS_NAME), _way_out()
        ) from None


def _unreadable(address: str, error: SourceFailed) -> Problem:
    what = sentence(error)
    if error.missing:
        what = _("{url} is not a release: it has no {sums}.")
        what = what.format(url=printable(address), sums=SUMS_NAME)
    return Problem(what=what, way_out=_way_out())


def _way_out() -> str:
    return _("Check the address of the release, and the network.")


def _url(address: str, name: str) -> str:
    return f"{address}/{quote(name)}"


def incomplete(what: str) -> Problem:
    """The release is not whole."""
    return Problem(what=what, way_out=_("Try again later, or tell whoever publishes the release."))


def sentence(error: SourceFailed) -> str:
    """The error as a sentence of its own. An address or a host name keeps its first letter."""
    return error.what if error.what.endswith("?") else f"{error.what}."
