"""A release directory of built images, in a shape that systemd-sysupdate reads too (DESIGN §4)."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from backends.keyrings import Keyrings
from backends.runner import Runner
from backends.signature import Signatures
from installer.errors import Refused
from installer.release import (
    SUMS_NAME,
    contract_name,
    index_name,
    packed_name,
    roothash_name,
)
from installer.signature import SIGNATURE_NAME
from keys import sign
from layers import run, say

WORTH = 0.97
"""A packed file is offered where it is smaller than this part of the image. A SquashFS is
compressed already, and to unpack it costs a processor."""
LEVEL = 10
BLOCK = 8192
"""Bytes of a block of the index: of 4096 a little less is fetched, and the index is twice as
large."""
MOST_BLOCKS = 1 << 16
"""An index of 768 KiB; it is read whole, and 1 MiB is the most that is read so."""
LONG_SUM = 8
"""Bytes of a block's long sum, beside a short one of 4: enough against chance. The image's own
SHA-256 is against all else."""


def make_release(
    folder: Path,
    images: Sequence[Path],
    keys: Sequence[Path],
    trusted: Keyrings | None = None,
    seeds: Sequence[Path] = (),
    *,
    signed_at: int | None = None,
) -> None:
    """A directory of these images and what stands beside them, links where they can be, and home
    seeds.

    Signed by each of the secret `keys`; unsigned without any. `trusted` are the keyrings of the
    live image among them: where that would refuse its own release, which needs one of the keys to
    be in them and good, ValueError is raised before anything is put into `folder`. `signed_at`: see
    `keys.sign`.
    """
    files = [*(each for image in images for each in _files_of(image)), *seeds]
    sums = "".join(f"{_sha256(file)}  {file.name}\n" for file in files).encode()
    signature = sign(sums, keys, signed_at) if keys else b""
    if keys:
        _check(sums, signature, trusted)
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        _put(file, folder / file.name)
    # What was signed is there before the sums, and the sums before their signature: somebody may
    # be reading, and finds the old signature over new sums for a moment, which is refused.
    _write(folder / SUMS_NAME, sums)
    if keys:
        _write(folder / SIGNATURE_NAME, signature)
    else:
        (folder / SIGNATURE_NAME).unlink(missing_ok=True)


def packed(image: Path) -> Path | None:
    """The image packed with zstd, beside it; None where that gains less than 3 %.

    What was measured stays beside the image as well: the cache has an image many times.
    """
    result = image.with_name(packed_name(image.name))
    measured = image.with_name(f"{packed_name(image.name)}.measured")
    if not measured.exists():
        fresh = result.with_name(f"{result.name}.{os.getpid()}")
        try:
            # What level 3 cannot pack by 3 % no other level can by much more.
            for level in (3, LEVEL):
                run("zstd", "-q", "-f", f"-{level}", "-T0", image, "-o", fresh)
                share = fresh.stat().st_size / image.stat().st_size
                if share >= WORTH:
                    break
            if share < WORTH:
                fresh.rename(result)
        finally:
            fresh.unlink(missing_ok=True)
        measured.write_text(f"{share:.4f}\n")
        say(f"{image.name}: packed it has {share:.1%} of its size")
    return result if result.exists() else None


def indexed(image: Path) -> Path | None:
    """The index of the blocks of a system image, beside it (docs/delta.md); None for others: a live
    image is fetched where nothing is yet."""
    if image.suffix != ".squashfs":
        return None
    result = image.with_name(index_name(image.name))
    made = result.stat().st_mtime_ns if result.exists() else 0
    if made < image.stat().st_mtime_ns:
        block = BLOCK
        while image.stat().st_size > MOST_BLOCKS * block:
            block *= 2
        fresh = result.with_name(f"{result.name}.{os.getpid()}")
        options = ("-f", "-H", "blake2", "-b", str(block), "-S", str(LONG_SUM))
        try:
            run("rdiff", *options, "signature", image, fresh)
            fresh.rename(result)
        finally:
            fresh.unlink(missing_ok=True)
    return result


def _files_of(image: Path) -> Iterator[Path]:
    yield image
    yield image.with_name(contract_name(image.name))
    roothash = image.with_name(roothash_name(image.name))
    if roothash.exists():
        yield roothash
    index = indexed(image)
    if index is not None:
        yield index
    twin = packed(image)
    if twin is not None:
        yield twin


def _check(sums: bytes, signature: bytes, trusted: Keyrings | None) -> None:
    """By what the installer itself checks with."""
    if trusted is None:
        raise ValueError("the live image of this release would trust nobody")
    try:
        Signatures(Runner(), trusted).signer(sums, signature, SIGNATURE_NAME)
    except Refused as refusal:
        reasons = " ".join(each.what for each in refusal.problems)
        raise ValueError(
            f"the live image of this release, which trusts the keys in {trusted.folder}, would"
            f" refuse it: {reasons}"
        ) from None


def _put(source: Path, target: Path) -> None:
    """Put in place whole: somebody may be reading a release that is there already."""
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        try:
            os.link(source, fresh)
        except OSError:  # another file system
            shutil.copyfile(source, fresh)
        fresh.replace(target)
    finally:
        # Where both were links to one file already, rename(2) does nothing and leaves it.
        fresh.unlink(missing_ok=True)


def _write(file: Path, data: bytes) -> None:
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    fresh.write_bytes(data)
    fresh.replace(file)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
