"""The smallest thing that GRUB starts as a Linux: it tells what it was started with."""

import struct
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_ADDRESS: Final = "0x100000"
"""Where GRUB puts what is not relocatable."""
_COMMAND_LINE: Final = 2047
"""Bytes at most; Linux has as many."""
_SETUP: Final = 2 * 512
"""The boot sector with the header, and one more, which GRUB skips."""


def told_kernel(folder: Path, size: int) -> bytes:
    """The beginning of a kernel of `size` bytes: the rest may be anything, and is told too."""
    program = folder / "told_kernel"
    subprocess.run(
        [
            *("gcc", "-m32", "-Os", "-ffreestanding", "-fno-pic", "-fno-stack-protector"),
            *("-fno-asynchronous-unwind-tables", "-fcf-protection=none", "-nostdlib", "-static"),
            *(
                "-Wl,--build-id=none",
                "-Wl,-Ttext=" + _ADDRESS,
                "-Wl,-e,first",
                "-Wl,-N,--no-warn-rwx-segments",
            ),
            *("-o", str(program), str(_HERE / "told_kernel.c")),
        ],
        check=True,
    )
    binary = program.with_suffix(".bin")
    argv = ["objcopy", "-O", "binary", str(program), str(binary)]
    subprocess.run(argv, check=True)
    return _setup((size - _SETUP) // 16) + binary.read_bytes()


def told_size(kernel: bytes) -> int:
    """Bytes of a kernel that it tells the sum of."""
    (paragraphs,) = struct.unpack_from("<I", kernel, 0x1F4)
    return int(paragraphs) * 16


@dataclass(frozen=True, kw_only=True)
class Told:
    """What it says."""

    sums: tuple[str, str]
    """See `sums_of`."""
    words: tuple[str, ...]
    """Of the command line."""


def sums_of(kernel: bytes, initrd: bytes) -> tuple[str, str]:
    """What it has to say of these: Adler-32, as a kernel of 1 KiB computes it."""
    return _sum(kernel[_SETUP : _SETUP + told_size(kernel)]), _sum(initrd)


def _sum(data: bytes) -> str:
    return f"{zlib.adler32(data):08x}"


def _setup(paragraphs: int) -> bytes:
    """The boot sector and what belongs to it, of version 2.06 of the protocol."""
    block = bytearray(_SETUP)
    block[0x1F1] = _SETUP // 512 - 1
    struct.pack_into("<I", block, 0x1F4, paragraphs)
    struct.pack_into("<H", block, 0x1FE, 0xAA55)
    block[0x200:0x202] = b"\xeb\x3c"
    block[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", block, 0x206, 0x0206)
    block[0x211] = 1
    struct.pack_into("<I", block, 0x214, int(_ADDRESS, 16))
    struct.pack_into("<I", block, 0x22C, 0x37FFFFFF)
    struct.pack_into("<I", block, 0x230, 0x1000)
    struct.pack_into("<I", block, 0x238, _COMMAND_LINE)
    return bytes(block)
