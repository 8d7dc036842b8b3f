"""The medium that the live system was started from, as its initramfs wrote it down."""

import shlex
import struct
from pathlib import Path
from typing import Final

from backends.sysfs import Sysfs, device_path
from installer.hardware import SECTOR, Medium

NOTE: Final = "run/atomos/medium"
"""Lines ``DEVICE=/dev/sda``, ``IN_RAM=yes``, ``RECOVERY=no`` and, where it may be pulled out,
``UUID=2026-…``, quoted as for a shell."""
_SIGNATURE: Final = b"EFI PART"
_ALTERNATE_LBA: Final = 32
"""Offset in the GPT header (UEFI 2.10, table 5.5), 64 bits, little-endian."""


def live_medium(sysfs: Sysfs) -> Medium | None:
    """The medium; None when the system was not started from one."""
    note = _note(sysfs.root / NOTE)
    if "DEVICE" not in note:
        return None
    is_recovery = note.get("RECOVERY") == "yes"
    name = _holding_device(sysfs, sysfs.name_of(note["DEVICE"]), is_recovery)
    return Medium(
        device=device_path(name),
        in_ram=note.get("IN_RAM") == "yes",
        is_recovery=is_recovery,
        length_bytes=iso_length(sysfs.root / device_path(name).lstrip("/")),
        uuid=note.get("UUID") or None,
    )


def iso_length(device: Path) -> int | None:
    """Bytes of the hybrid ISO at the start of a device: its GPT's alternate LBA + 1.

    The GPT of an ISO counts 512 bytes a sector on any disk. None when the device cannot be read
    or no GPT is there.
    """
    try:
        with device.open("rb") as stream:
            stream.seek(SECTOR)
            header = stream.read(SECTOR)
    except OSError:
        return None
    if not header.startswith(_SIGNATURE) or len(header) < SECTOR:
        return None
    (alternate,) = struct.unpack_from("<Q", header, _ALTERNATE_LBA)
    return (int(alternate) + 1) * SECTOR


def _holding_device(sysfs: Sysfs, name: str, is_recovery: bool) -> str:
    """The device that the ISO begins on.

    On 4096-byte sectors a loop device lies over it. A stick's first partition is a part of the
    ISO; a recovery partition holds a whole one.
    """
    backing = sysfs.text(name, "loop/backing_file")
    if backing is not None and backing.startswith("/dev/"):
        name = sysfs.name_of(backing)
    return name if is_recovery else sysfs.parent(name) or name


def _note(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    words = shlex.split(file.read_text(encoding="utf-8"), comments=True)
    return {key: value for key, equals, value in (word.partition("=") for word in words) if equals}
