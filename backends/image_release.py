"""An image of one's own as a release: a SquashFS in a file, with its root hash beside it, and sums
that somebody has signed."""

import hashlib
from pathlib import Path
from typing import Final
from urllib.parse import quote

from backends.file_errors import file_errors
from backends.image_tree import MountedImage
from backends.mounts import Mounts
from backends.regular_file import read_regular
from backends.release_directory import ReleaseDirectory
from backends.squashfs_file import squashfs_file
from installer.contract import CONTRACT_PATH
from installer.contract_file import load_contract
from installer.errors import InstallError, Problem, Refused
from installer.quantity import MIB
from installer.release import SUMS_NAME, Release, ReleaseFile, Verity, roothash_name
from installer.roothash import parse_roothash
from installer.text import _

_CHUNK: Final = 1 << 20
_LONGEST_SUMS: Final = MIB


def is_among_sums(image: Path) -> bool:
    """Whether a file of sums lies beside it that speaks of it. One that does not is of something
    else, as in a folder of downloads, and nobody vouches for the image."""
    with file_errors(str(image.parent)):
        text = read_regular(image.with_name(SUMS_NAME), _LONGEST_SUMS).decode(errors="replace")
    return any(line.endswith((f" {image.name}", f"*{image.name}")) for line in text.splitlines())


def image_release(mounts: Mounts, image: Path, vouched: ReleaseDirectory | None = None) -> Release:
    """Read the whole file once, and its contract out of it. Whoever has signed the sums of
    `vouched` vouches for it, else nobody does.

    Raises Refused: there is no such file, it is no SquashFS with a system in it, or not the one
    that was vouched for.
    """
    path = image.absolute()
    try:
        file = squashfs_file(path)
        with mounts.device(str(path), "squashfs", read_only=True) as tree:
            text = MountedImage(tree, str(path)).contract_text()
        contract = load_contract(text.decode(errors="replace"), CONTRACT_PATH.name)
        verity, sha256 = _verity(path), _sha256(path)
        if vouched is not None:
            _compare(path, sha256, vouched)
    except Refused:
        raise
    except InstallError as error:
        raise Refused.because(
            f"{error.what}.",
            _("`./dev contract check` tells what an image has to have (docs/contract.md)."),
        ) from error
    url = f"file://{quote(str(path))}"
    return Release(
        url=url,
        version=contract.version,
        architecture=contract.architecture,
        image=ReleaseFile(url=url, size_bytes=file.size_bytes, sha256=sha256),
        contract=contract,
        contract_sha256=hashlib.sha256(text).hexdigest(),
        verity=verity,
        signed_by=vouched.signed_by if vouched is not None else None,
        doubts=vouched.doubts if vouched is not None else (),
    )


def _compare(image: Path, sha256: str, vouched: ReleaseDirectory) -> None:
    """With the sums. Raises Refused."""
    found = {image.name: sha256}
    beside = image.with_name(roothash_name(image.name))
    if beside.is_file():
        found[beside.name] = _sha256(beside)
    wrong = [name for name, digest in found.items() if vouched.sums.get(name) != digest]
    what = _("The SHA-256 of {name} is not the one in {sums}.")
    problems = tuple(
        Problem(
            what=what.format(name=name, sums=SUMS_NAME),
            way_out=_("Make the sums of the image and its root hash anew, and sign them."),
        )
        for name in wrong
    )
    if problems:
        raise Refused(problems)


def _verity(image: Path) -> Verity | None:
    beside = image.with_name(roothash_name(image.name))
    if not beside.is_file():
        return None
    with file_errors(str(beside)):
        return parse_roothash(beside.read_text(encoding="utf-8", errors="replace"), beside.name)


def _sha256(image: Path) -> str:
    digest = hashlib.sha256()
    with file_errors(str(image)), image.open("rb") as opened:
        while piece := opened.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()
