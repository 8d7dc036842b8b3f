"""Reading a release directory: signature, sums, contracts and lengths; no image is fetched."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import replace

from backends.image_source import ImageSource
from backends.release_directory import ReleaseDirectory, incomplete, open_directory
from backends.signature import Signatures
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
    seed_name,
)
from installer.release_offer import MOST_VERSIONS, ReleaseOffer, VersionOffer
from installer.roothash import parse_roothash
from installer.sums import Chosen, choose, newer_ones, versions
from installer.text import _

Connect = Callable[[Source], AbstractContextManager[ImageSource]]
"""Makes what files are read with, by the proxy and the certificates of a source."""


class WebRelease:
    """Releases in directories: on web servers, in file systems, on the live medium, on volumes."""

    def __init__(self, connect: Connect, signatures: Signatures) -> None:
        self._connect = connect
        self._signatures = signatures

    def find(self, source: Source, architecture: str, passing: Collection[str] = ()) -> Release:
        """The release that `source` names, `passing` as in `choose`. Raises Refused: of a signature
        that is not good enough nothing else is read, of one that is with every problem that was
        found."""
        with self._connect(source) as files:
            directory = open_directory(files, self._signatures, source)
            sums = directory.sums
            chosen = choose(sums, architecture, source.version, passing)
            newer = newer_ones(sums, architecture, chosen.version)
            passed = tuple(each for each in newer if each in passing)
            return replace(_release(directory, chosen), passed=passed)

    def directory(self, source: Source) -> ReleaseDirectory:
        """The sums of the directory that `source` names, and who has signed them; of it nothing can
        be read any more. Raises Refused."""
        with self._connect(source) as files:
            return open_directory(files, self._signatures, source)

    def offer(self, source: Source, architecture: str) -> ReleaseOffer:
        """See ReleaseSource. Of each of the newest versions its image is asked for its length."""
        with self._connect(source) as files:
            directory = open_directory(files, self._signatures, source)
            return _offer(directory, versions(directory.sums, architecture), source.version)


def _offer(
    directory: ReleaseDirectory, found: tuple[Chosen, ...], named: str | None
) -> ReleaseOffer:
    """`named`: the version that the answers name, which is among them however old it is."""
    shown = [
        each for place, each in enumerate(found) if place < MOST_VERSIONS or each.version == named
    ]
    problems: list[Problem] = []
    offers = [
        VersionOffer(version=each.version, size_bytes=_size(directory, each, problems))
        for each in shown
    ]
    if all(each.size_bytes is None for each in offers):
        raise Refused(tuple(problems))
    return ReleaseOffer(
        url=directory.addresses[0],
        versions=tuple(offers),
        older=len(found) - len(shown),
        signed_by=directory.signed_by,
        doubts=directory.doubts,
    )


def _size(directory: ReleaseDirectory, chosen: Chosen, problems: list[Problem]) -> int | None:
    file = directory.file(chosen.image, problems)
    return None if file is None else file.size_bytes


def _release(directory: ReleaseDirectory, chosen: Chosen) -> Release:
    problems: list[Problem] = []
    image = directory.file(chosen.image, problems)
    contract = _contract(directory, chosen.image, chosen, ImageKind.SYSTEM, problems)
    verity = _verity(directory, roothash_name(chosen.image), problems)
    live, live_contract = _live(directory, chosen, problems)
    if problems or image is None or contract is None:
        raise Refused(tuple(problems))
    return Release(
        url=directory.addresses[0],
        version=chosen.version,
        architecture=chosen.architecture,
        image=replace(image, index=directory.index(chosen.image), verity=verity),
        contract=contract,
        contract_sha256=directory.sums[contract_name(chosen.image)],
        live=live,
        live_contract=live_contract,
        live_contract_sha256=directory.sums.get(
            contract_name(live_name(chosen.version, chosen.architecture)), ""
        ),
        verity=verity,
        seed=_seed(directory, chosen),
        signed_by=directory.signed_by,
        doubts=directory.doubts,
    )


def _live(
    directory: ReleaseDirectory, chosen: Chosen, problems: list[Problem]
) -> tuple[ReleaseFile | None, Contract | None]:
    """The live ISO and its contract; a release may have none."""
    name = live_name(chosen.version, chosen.architecture)
    if name not in directory.sums:
        return None, None
    live = directory.file(name, problems)
    return live, _contract(directory, name, chosen, ImageKind.LIVE, problems)


def _seed(directory: ReleaseDirectory, chosen: Chosen) -> ReleaseFile | None:
    """The home seed; a release may have none, and one that cannot be had stops nothing."""
    name = seed_name(chosen.version, chosen.architecture)
    return directory.file(name, []) if name in directory.sums else None


def _verity(directory: ReleaseDirectory, name: str, problems: list[Problem]) -> Verity | None:
    """The root of the image's hash tree; a release may have none."""
    data = directory.read(name, problems) if name in directory.sums else None
    if data is None:
        return None
    try:
        return parse_roothash(data.decode(errors="replace"), name)
    except Refused as error:
        problems += error.problems
        return None


def _contract(
    directory: ReleaseDirectory,
    image: str,
    chosen: Chosen,
    kind: ImageKind,
    problems: list[Problem],
) -> Contract | None:
    """The contract beside `image`, whose text has the sum of the release."""
    name = contract_name(image)
    if name not in directory.sums:
        what = _("The release has {image}, but not its contract {name} in {sums}.")
        problems.append(incomplete(what.format(image=image, name=name, sums=SUMS_NAME)))
        return None
    data = directory.read(name, problems)
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
        incomplete(
            _("{name} speaks of {found}, but stands beside {expected}.").format(
                name=name, found=found, expected=expected
            )
        )
        for found, expected in pairs
        if found != expected
    ]
