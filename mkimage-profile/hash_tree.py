"""The dm-verity hash tree of a system image, appended to it (veritysetup(8)):
``python mkimage-profile/hash_tree.py IMAGE`` for an image that was made elsewhere.

Superblock and tree begin at the end of the SquashFS, on a block's boundary. SquashFS has its own
length in its superblock and passes over what comes after it.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from installer.release import Verity, roothash_name  # noqa: E402
from installer.roothash import BLOCK, parse_roothash, roothash_text  # noqa: E402
from layers import full_disk_told  # noqa: E402


def append_hash_tree(image: Path) -> Verity:
    """Pad the image to whole blocks, and append the tree of its bytes; 0.8 % of its size.

    Salt and UUID, random by default, are made of the image: the same image gets the same tree.
    Raises CalledProcessError, with the tool's words on standard error, OSError (ENOSPC).
    """
    with image.open("ab") as opened:
        opened.truncate(-(-opened.tell() // BLOCK) * BLOCK)
    with image.open("rb") as opened:
        salt = hashlib.file_digest(opened, "sha256")
    offset = image.stat().st_size
    root_hash = image.with_name(f"{image.name}.root-hash")
    options = {
        "hash": "sha256",
        "format": "1",
        "data-block-size": str(BLOCK),
        "hash-block-size": str(BLOCK),
        "data-blocks": str(offset // BLOCK),
        "hash-offset": str(offset),
        "salt": salt.hexdigest(),
        "uuid": str(uuid.UUID(bytes=salt.digest()[:16], version=4)),
        "root-hash-file": str(root_hash),
    }
    argv = ["veritysetup", "format", *(f"--{name}={value}" for name, value in options.items())]
    with full_disk_told(image.parent):
        subprocess.run(
            [*argv, str(image), str(image)],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
    verity = Verity(root_hash=root_hash.read_text().strip(), hash_offset_bytes=offset)
    root_hash.unlink()
    return verity


def complete(image: Path) -> Path:
    """The image with its tree in the place of the one without, and the root beside it.

    Killed at any point it leaves the image without a tree or with the one whose root is there, and
    can be run again; the new files that it leaves are overwritten then. Returns the root's file.
    Raises FileExistsError where the image has its tree.
    """
    beside = image.with_name(roothash_name(image.name))
    if beside.exists() and _has_tree(image, beside):
        raise FileExistsError(f"{beside} is there already, so {image} has its tree")
    copy = image.with_name(f"{image.name}.with-tree")
    shutil.copy(image, copy)
    fresh = beside.with_name(f"{beside.name}.new")
    fresh.write_text(roothash_text(append_hash_tree(copy)))
    fresh.replace(beside)
    copy.replace(image)
    return beside


def _has_tree(image: Path, beside: Path) -> bool:
    """Whether anything stands in the image where the tree begins by the text beside it."""
    verity = parse_roothash(beside.read_text(), beside.name)
    return image.stat().st_size > verity.hash_offset_bytes


def main() -> None:
    """Command line: appends the tree, and writes its root beside the image. Once for an image."""
    parser = argparse.ArgumentParser(prog="hash_tree.py")
    parser.add_argument("image", type=Path)
    try:
        print(complete(parser.parse_args().image))
    except FileExistsError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
