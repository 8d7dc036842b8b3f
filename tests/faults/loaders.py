"""What a live system would start machines by: files in the place of shim and GRUB."""

import random
from pathlib import Path
from typing import Final

from backends.esp import BIOS_GRUB, LOADERS
from installer.quantity import MIB

BYTES: Final = MIB + 17
"""As much as shim; it does not end with a cluster."""


def make_loaders(root: Path, *, seed: int) -> Path:
    """Make them below `root`, each other bytes; GRUB for BIOS machines is this machine's."""
    for source in dict.fromkeys(source for source, _place in LOADERS):
        file = root / source
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(random.Random(f"{seed} {source}").randbytes(BYTES))
    (root / BIOS_GRUB).symlink_to("/" / BIOS_GRUB)
    return root
