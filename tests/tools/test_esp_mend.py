"""An ESP whose table of clusters was not written, though what stands in its folders was."""

import hashlib
import struct
import subprocess
from pathlib import Path, PurePosixPath

import pytest

from backends.esp import Esp
from backends.runner import Runner
from installer.errors import ToolFailed
from installer.quantity import MIB
from tests.tools.conftest import LoopMaker

KEPT = PurePosixPath("/EFI/atomos/shimx64.efi")
OLD = PurePosixPath("/EFI/atomos.old/grubx64.efi")
_RESERVED = 14
"""Offset of the count of sectors before the first table, of 512 bytes each (FAT specification)."""


@pytest.fixture
def esp() -> Esp:
    return Esp(Runner())


@pytest.fixture
def device(esp: Esp, loop: LoopMaker) -> str:
    made = str(loop(64 * MIB))
    subprocess.run(["mkfs.vfat", "-F", "32", made], check=True, capture_output=True)
    esp.put(made, b"shim" * 1000, KEPT)
    esp.flush(made)
    return made


def tables(device: str) -> bytes:
    """Both of them."""
    with Path(device).open("rb") as opened:
        boot = opened.read(512)
        (reserved,) = struct.unpack_from("<H", boot, _RESERVED)
        (sectors,) = struct.unpack_from("<I", boot, 36)
        opened.seek(reserved * 512)
        return opened.read(2 * sectors * 512)


def write_tables(device: str, data: bytes) -> None:
    with Path(device).open("r+b") as opened:
        (reserved,) = struct.unpack_from("<H", opened.read(512), _RESERVED)
        opened.seek(reserved * 512)
        opened.write(data)


def test_what_mtools_cannot_go_on_with_is_repaired(esp: Esp, device: str) -> None:
    before = tables(device)
    esp.put(device, b"grub" * 100_000, OLD)
    # As where the sector with the table failed, and those with folders did not.
    write_tables(device, before)
    esp.forget_cache(device)
    with pytest.raises(ToolFailed):
        esp.put(device, b"grub" * 100_000, OLD)
    esp.mend(device)
    esp.forget_cache(device)
    esp.put(device, b"grub" * 100_000, OLD)
    esp.flush(device)
    esp.forget_cache(device)
    assert esp.get(device, OLD) == b"grub" * 100_000
    assert esp.get(device, KEPT) == b"shim" * 1000
    subprocess.run(["fsck.fat", "-n", device], check=True, capture_output=True)


def test_what_belongs_to_nobody_is_free_again(esp: Esp, device: str) -> None:
    free = room(device)
    before = folders(device)
    esp.put(device, b"grub" * 100_000, PurePosixPath("/EFI/atomos/grubx64.efi"))
    # The other way round: the folder was not written.
    with Path(device).open("r+b") as opened:
        for place, data in before.items():
            opened.seek(place)
            opened.write(data)
    esp.forget_cache(device)
    assert room(device) < free
    esp.mend(device)
    esp.forget_cache(device)
    assert room(device) == free
    assert esp.get(device, KEPT) == b"shim" * 1000


def test_a_sound_one_is_as_it_was(esp: Esp, device: str) -> None:
    before = hashlib.sha256(Path(device).read_bytes()).hexdigest()
    esp.mend(device)
    esp.forget_cache(device)
    assert hashlib.sha256(Path(device).read_bytes()).hexdigest() == before


def room(device: str) -> int:
    """Bytes that are free, as the tables say."""
    data = tables(device)
    entries = struct.unpack(f"<{len(data) // 8}I", data[: len(data) // 2])
    return len([each for each in entries if not each & 0x0FFFFFFF]) * 512


def folders(device: str) -> dict[int, bytes]:
    """Each sector with an entry of the loader's folder, by its offset."""
    data = Path(device).read_bytes()
    found: dict[int, bytes] = {}
    place = data.find(b"SHIMX64 EFI")
    while place >= 0:
        start = place // 512 * 512
        found[start] = data[start : start + 512]
        place = data.find(b"SHIMX64 EFI", place + 1)
    return found
