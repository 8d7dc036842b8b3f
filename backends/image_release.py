"""An image of one's own as a release: a SquashFS in a file, with its root hash beside it."""

import hashlib
from pathlib import Path
from typing import Final
from urllib.parse import quote

from backends.file_errors import file_errors
from backends.image_tree import MountedImage
from backends.mounts import Mounts
from backends.squashfs_file import squashfs_file
from installer.contract import CONTRACT_PATH
from installer.contract_file import load_contract
from installer.errors import InstallError, Refused
from installer.release import Release, ReleaseFile, Verity, roothash_name
from installer.roothash import parse_roothash
from installer.text import _

_CHUNK: Final = 1 << 20


def image_release(mounts: Mounts, image: Path) -> Release:
    """Read the whole file once, and its contract out of it. Nobody vouches for it.

    Raises Refused: there is no such file, or it is no SquashFS with a system in it.
    """
    path = image.absolute()
    try:
        file = squashfs_file(path)
        with mounts.device(str(path), "squashfs", read_only=True) as tree:
            text = MountedImage(tree, str(path)).contract_text()
        contract = load_contract(text.decode(errors="replace"), CONTRACT_PATH.name)
        verity, sha256 = _verity(path), _sha256(path)
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
    )


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
