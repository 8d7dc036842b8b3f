"""Starting a disk for real: firmware, GRUB, its menu, and the kernel that it loads."""

import re
import subprocess
from pathlib import Path
from typing import Final

from tests.faults.crash.told_kernel import Told

WITHIN: Final = 180.0
"""Seconds; 10 on an idle machine without KVM, half of which the menu waits for a key."""
_SAID: Final = re.compile(rb"started kernel=(\S+) initrd=(\S+) (.*) end\r?\n")


def started(image: Path) -> Told | None:
    """What the kernel says that starts by itself from this disk, which stays as it is; None when
    it says nothing."""
    console = image.with_suffix(".console")
    argv = [
        *("qemu-system-x86_64", "-machine", "pc", "-m", "256", "-display", "none"),
        *("-nodefaults", "-no-user-config", "-no-reboot", "-vga", "std"),
        *("-serial", f"file:{console}", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"),
        *("-drive", f"file={image},format=raw,if=virtio,snapshot=on"),
    ]
    try:
        subprocess.run(argv, check=False, timeout=WITHIN, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return None
    match = _SAID.search(console.read_bytes())
    if match is None:
        return None
    kernel, initrd, line = (each.decode() for each in match.groups())
    return Told(sums=(kernel, initrd), words=tuple(line.split()))
