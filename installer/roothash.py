"""``.roothash`` beside an image: the root of its hash tree, and where in the image that begins.

The first line is that of systemd's files of this name, 64 hex digits; the second is
``hash-offset=BYTES``, since the tree is part of the image here.
"""

import re
from typing import Final

from installer.errors import Refused
from installer.release import Verity
from installer.text import _

_TEXT: Final = re.compile(r"([0-9a-f]{64})\nhash-offset=([1-9][0-9]*)\n?")
BLOCK: Final = 4096
"""Bytes of a block of data and of hashes."""


def parse_roothash(text: str, name: str) -> Verity:
    """What it says; `name` is what the person is told of the file. Raises Refused."""
    match = _TEXT.fullmatch(text)
    if match is None or int(match[2]) % BLOCK:
        raise Refused.because(
            _("{name} is not a root hash and the offset of its tree.").format(name=name),
            _("Tell whoever publishes the release."),
        )
    return Verity(root_hash=match[1], hash_offset_bytes=int(match[2]))


def roothash_text(verity: Verity) -> str:
    """The file's text."""
    return f"{verity.root_hash}\nhash-offset={verity.hash_offset_bytes}\n"
