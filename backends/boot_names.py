"""What the boot partition has, by its names there: who only looks needs none of what writes it."""

from pathlib import PurePosixPath
from typing import Final

KERNEL: Final = "vmlinuz"
INITRD: Final = "initrd"
MENU: Final = PurePosixPath("grub/grub.cfg")
