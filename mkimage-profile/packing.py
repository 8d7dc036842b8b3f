"""A finished tree as the image that goes into a slot: a SquashFS that ends in its hash tree."""

import contextlib
import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from hash_tree import append_hash_tree
from layers import Layer, merged, say

from installer.release import roothash_name
from installer.roothash import roothash_text

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


def say_size(image: Path) -> None:
    """A line about an image that is done."""
    say(f"{image.name}: {image.stat().st_size / 2**20:.0f} MiB")
