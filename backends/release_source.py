"""Reading a release directory: sums, contracts and lengths; no image is fetched."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from backends.image_source import ImageSource, SourceFailed, printable
from installer.answers import Source
from installer.contract import Contract, ImageKind
from installer.contract_file import load_contract
from installer.errors import Problem, Refused
from installer.release import (
    SUMS_NAME,
    Release,
    ReleaseFile,
    Verity,
    contract_name,
    live_name,
    roothash_name,
)
from installer.roothash import parse_roothash
from installer.sums import Chosen, choose, parse_sums
from installer.text import _

SCHEMES: Final = ("http", "https", "file")


@dataclass(frozen=True, kw_only=True)
class _Directory:
    """A release directory with its sums."""

    url: str
    sums: Mapping[str, str]

    def url_of(self, name: str) -> str:
        return f"{self.url}/{quote(name)}"


class WebRelease:
    """Releases in directories on web servers, or in file systems by file:// URLs."""

    def __init__(self, source: ImageSource) -> None:
        self._source = source

    def find(self, source: Source, architecture: str) -> Release:
        """The release that `source` names. Raises Refused with every problem that was found."""
        directory = self._directory(source.url)
        chosen = choose(directory.sums, architecture, source.version)
        problems: list[Problem] = []
        image = self._file(directory, chosen.image, problems)
        contract = self._contract(directory, chosen.image, chosen, ImageKind.SYSTEM, problems)
        live, live_contract = self._live(directory, chosen, problems)
        verity = self._verity(directory, roothash_name(chosen.image), problems)
        if problems or image is None or contract is None:
            raise Refused(tuple(problems))
        return Release(
            url=directory.url,
            version=chosen.version,
            architecture=chosen.architecture,
            image=image,
            contract=contract,
            contract_sha256=directory.sums[contract_name(chosen.image)],
            live=live,
            live_contract=live_contract,
            verity=verity,
        )

    def _directory(self, url: str) -> _Directory:
        """The directory's sums. Raises Refused when it cannot be read or is no release."""
        way_out = _("Check the address of the release, and the network.")
        if urlsplit(url).scheme not in SCHEMES:
            what = _("The release address {url} is not http://, https:// or file://.")
            raise Refused.because(what.format(url=printable(url)), way_out)
        url = url.rstrip("/")
        try:
            text = self._source.read(f"{url}/{SUMS_NAME}").decode()
        except SourceFailed as error:
            if error.missing:
                what = _("{url} is not a release: it has no {sums}.")
                what = what.format(url=printable(url), sums=SUMS_NAME)
            else:
                what = _sentence(error)
            raise Refused.because(what, way_out) from None
        except UnicodeDecodeError:
            what = _("{url} is not a release: its {sums} is not text.")
            what = what.format(url=printable(url), sums=SUMS_NAME)
            raise Refused.because(what, way_out) from None
        return _Directory(url=url, sums=parse_sums(text, f"{printable(url)}/{SUMS_NAME}"))

    def _live(
        self, directory: _Directory, chosen: Chosen, problems: list[Problem]
    ) -> tuple[ReleaseFile | None, Contract | None]:
        """The live ISO and its contract; a release may have none."""
        name = live_name(chosen.version, chosen.architecture)
        if name not in directory.sums:
            return None, None
        live = self._file(directory, name, problems)
        return live, self._contract(directory, name, chosen, ImageKind.LIVE, problems)

    def _file(
        self, directory: _Directory, name: str, problems: list[Problem]
    ) -> ReleaseFile | None:
        """A file of the release with its length as the server says it."""
        url = directory.url_of(name)
        try:
            size = self._source.size(url)
        except SourceFailed as error:
            problems.append(_incomplete(_sentence(error)))
            return None
        if not size:
            what = _("The server does not say how long {url} is, or it is empty.")
            problems.append(_incomplete(what.format(url=printable(url))))
            return None
        return ReleaseFile(url=url, size_bytes=size, sha256=directory.sums[name])

    def _text(self, directory: _Directory, name: str, problems: list[Problem]) -> bytes | None:
        """A small file of the release that has the sum of the release."""
        try:
            data = self._source.read(directory.url_of(name))
        except SourceFailed as error:
            problems.append(_incomplete(_sentence(error)))
            return None
        if hashlib.sha256(data).hexdigest() != directory.sums[name]:
            what = _("The SHA-256 of {name} is not the one in {sums}.")
            problems.append(_incomplete(what.format(name=name, sums=SUMS_NAME)))
            return None
        return data

    def _verity(self, directory: _Directory, name: str, problems: list[Problem]) -> Verity | None:
        """The root of the image's hash tree; a release may have none."""
        data = self._text(directory, name, problems) if name in directory.sums else None
        if data is None:
            return None
        try:
            return parse_roothash(data.decode(errors="replace"), name)
        except Refused as error:
            problems += error.problems
            return None

    def _contract(
        self,
        directory: _Directory,
        image: str,
        chosen: Chosen,
        kind: ImageKind,
        problems: list[Problem],
    ) -> Contract | None:
        """The contract beside `image`, whose text has the sum of the release."""
        name = contract_name(image)
        if name not in directory.sums:
            what = _("The release has {image}, but not its contract {name} in {sums}.")
            problems.append(_incomplete(what.format(image=image, name=name, sums=SUMS_NAME)))
            return None
        data = self._text(directory, name, problems)
        if data is None:
            return None
        try:
            contract = load_contract(data.decode(errors="replace"), name)
        except Refused as error:
            problems += error.problems
            return None
        problems += _contradictions(contract, name, chosen, kind)
        return contract


def _contradictions(
    contract: Contract, name: str, chosen: Chosen, kind: ImageKind
) -> list[Problem]:
    """Where the contract speaks of something else than the file that it stands beside."""
    pairs = (
        (contract.kind.value, kind.value),
        (contract.version, chosen.version),
        (contract.architecture, chosen.architecture),
    )
    return [
        _incomplete(
            _("{name} speaks of {found}, but stands beside {expected}.").format(
                name=name, found=found, expected=expected
            )
        )
        for found, expected in pairs
        if found != expected
    ]


def _incomplete(what: str) -> Problem:
    way_out = _("Try again later, or tell whoever publishes the release.")
    return Problem(what=what, way_out=way_out)


def _sentence(error: SourceFailed) -> str:
    """The error as a sentence of its own. An address or a host name keeps its first letter."""
    return f"{error.what}."
