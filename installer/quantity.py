"""Sizes in bytes, as a person writes and reads them."""

import re
from typing import Final

from installer.text import _

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB
TIB: Final = 1024 * GIB

_UNITS: Final = {"B": 1, "KiB": KIB, "MiB": MIB, "GiB": GIB, "TiB": TIB}
_SIZE: Final = re.compile(r"(\d+)(?:\.(\d+))? ?([KMGT]iB|B)")


def parse_size(text: str) -> int:
    """Bytes in a size such as ``2 GiB`` or ``1536 MiB``.

    Only binary units are read: "GB" means two things to two people, and a slot that is 7 % too
    small is found out at the next update.

    Raises ValueError when `text` is not such a size or not a whole number of bytes.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        words = _("{text!r} is not a size; write for example '2 GiB' or '1536 MiB'")
        raise ValueError(words.format(text=text))
    whole, fraction, unit = match.groups()
    digits = fraction or ""
    size, rest = divmod(int(whole + digits) * _UNITS[unit], int(10 ** len(digits)))
    if rest:
        raise ValueError(_("{text!r} is not a whole number of bytes").format(text=text))
    return size


def format_size(size: int) -> str:
    """`size` bytes for a person: three digits at most after rounding, binary units."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if size >= _UNITS[unit]:
            number = size / _UNITS[unit]
            text = f"{number:.0f}" if number >= 100 else f"{number:.1f}".removesuffix(".0")
            return f"{text} {unit}"
    return f"{size} B"


def align_up(size: int, step: int) -> int:
    """The smallest multiple of `step` that is not below `size`."""
    return -(-size // step) * step
