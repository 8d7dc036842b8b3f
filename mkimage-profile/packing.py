"""A finished tree as the image that goes into a slot: a SquashFS that ends in its hash tree."""

import contextlib
import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from hash_tree import append_hash_tree
from installer.release import roothash_name
from installer.roothash import roothash_text
from layers import Layer, merged, say

_OUT_OF_SPACE: Final = os.strerror(errno.ENOSPC)
"""mksquashfs passes it on when it cannot write. Its file goes, and then there is room again."""


def pack_system(layers: Sequence[Layer], image: Path, *, epoch: int | None = None) -> None:
    """The system image at `image`, and the root of its hash tree beside it.

    With `epoch`, in seconds since 1970, no file in it is younger than that, and the same tree makes
    the same bytes. `image` is there whole or not at all, and after its root.
    """
    with packing(layers, image) as (tree, scratch):
        packed = scratch / "packed"
        squashed(tree, packed, "boot/*", epoch=epoch)
        # Before the image is in its place: one that is there is taken for complete.
        text = roothash_text(append_hash_tree(packed))
        image.with_name(roothash_name(image.name)).write_text(text)
        packed.rename(image)
    say_size(image)


@contextlib.contextmanager
def packing(layers: Sequence[Layer], image: Path) -> Iterator[tuple[Path, Path]]:
    """The tree of `layers`, and a folder beside `image` for what is half made."""
    say(f"packing {image.name} …")
    image.parent.mkdir(parents=True, exist_ok=True)
    prefix = f"packing-{os.getpid()}-"
    with (
        tempfile.TemporaryDirectory(dir=image.parent, prefix=prefix) as scratch,
        merged(layers) as tree,
    ):
        yield tree, Path(scratch)


def squashed(tree: Path, squash: Path, *without: str, epoch: int | None = None) -> None:
    """`tree` as a SquashFS, without those paths. Raises CalledProcessError, OSError (ENOSPC)."""
    argv = ["mksquashfs", str(tree), str(squash), "-noappend", "-no-progress", "-quiet"]
    argv += ["-comp", "zstd", "-Xcompression-level", "6", "-wildcards", "-e", *without]
    settings = {"SOURCE_DATE_EPOCH": str(epoch)} if epoch is not None else {}
    done = subprocess.run(
        argv,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "LC_ALL": "C.UTF-8", **settings},
        text=True,
    )
    print(done.stdout, end="", file=sys.stderr)
    if _OUT_OF_SPACE in done.stdout:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(squash))
    done.check_returncode()


def epoch_of(layers: Sequence[Layer]) -> int:
    """When the newest part of base and packages was made, in seconds since 1970.

    That is the day of the archive that they came from, or of the newest file of a base without one.
    """
    days = [
        _day(release)
        for layer in layers
        for release in (layer.path / "var/lib/apt/lists").glob("*InRelease")
        # What a later layer takes away is there as a device node (overlayfs, "whiteouts").
        if release.is_file()
    ]
    if days:
        return max(days)
    files = (each for each in layers[0].path.rglob("*") if each.is_file() and not each.is_symlink())
    return max((int(each.lstat().st_mtime) for each in files), default=0)


def _day(release: Path) -> int:
    """The date of an archive (Debian's repository format, "Date")."""
    for line in release.read_text(errors="replace").splitlines():
        if line.startswith("Date: "):
            return int(parsedate_to_datetime(line.removeprefix("Date: ")).timestamp())
    return 0


def say_size(image: Path) -> None:
    """A line about an image that is done."""
    say(f"{image.name}: {image.stat().st_size / 2**20:.0f} MiB")
