"""An update's image onto a slot, in a process of its own: seconds, and the most memory it had.

``update_once.py URL SIZE SHA256 TARGET [INDEX_URL INDEX_SHA256 ROOT_HASH HASH_OFFSET SEED]``
"""

import sys
import time

from backends.image_source import ImageSource
from backends.images import DirectImages
from installer.release import IndexFile, ReleaseFile, Verity
from tests.bench.write_once import most_memory


def main(url: str, size: str, sha256: str, target: str, *delta: str) -> None:
    """Write and read back, and print both."""
    import backends.ranges

    image = ReleaseFile(url=url, size_bytes=int(size), sha256=sha256)
    images = DirectImages(ImageSource(say=_to_stderr), reads_back=True)
    began = time.monotonic()
    if delta:
        index, index_sha256, root_hash, hash_offset, seed = delta
        verity = Verity(root_hash=root_hash, hash_offset_bytes=int(hash_offset))
        with_index = ReleaseFile(
            url=url,
            size_bytes=int(size),
            sha256=sha256,
            index=IndexFile(url=index, sha256=index_sha256),
            verity=verity,
        )
        images.write_changed(with_index, target, (seed,), _silent)
    else:
        images.write(image, (target,), _silent)
    images.verify(image, target, _silent)
    seconds = time.monotonic() - began
    assert backends.ranges
    print(seconds, most_memory())


def _to_stderr(line: str) -> None:
    print(f"    {line}", file=sys.stderr, flush=True)


def _silent(done: int, total: int) -> None:
    """Nobody watches."""


if __name__ == "__main__":
    main(*sys.argv[1:])
