"""The dm-verity hash tree of a system image, appended to it (veritysetup(8)):
``python mkimage-profile/hash_tree.py IMAGE`` for an image that was made elsewhere.

Superblock and tree begin at the end of the SquashFS, on a block's boundary. SquashFS has its own
length in its superblock and passes over what comes after it.
"""

import argparse
import hashlib
import subprocess
import sys
import uuid
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

from installer.release import Verity, roothash_name  # noqa: E402
from installer.roothash import BLOCK, roothash_text  # noqa: E402


def append_hash_tree(image: Path) -> Verity:
    """Pad the image to whole blocks, and append the tree of its bytes; 0.8 % of its size.

    Salt and UUID, random by default, are made of the image: the same image gets the same tree.
    Raises CalledProcessError, with the tool's words on standard error.
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
    subprocess.run(
        [*argv, str(image), str(image)],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    verity = Verity(root_hash=root_hash.read_text().strip(), hash_offset_bytes=offset)
    root_hash.unlink()
    return verity


def main() -> None:
    """Command line: appends the tree, and writes its root beside the image. Once for an image."""
    parser = argparse.ArgumentParser(prog="hash_tree.py")
    parser.add_argument("image", type=Path)
    image: Path = parser.parse_args().image
    beside = image.with_name(roothash_name(image.name))
    if beside.exists():
        parser.error(f"{beside} is there already, so {image} has its tree")
    beside.write_text(roothash_text(append_hash_tree(image)))
    print(beside)


if __name__ == "__main__":
    main()
