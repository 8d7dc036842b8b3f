"""Where something is not what was written, and what that says of the disk."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from installer.errors import InstallError
from installer.hardware import SECTOR
from installer.quantity import MIB
from installer.text import _

_BLANK: Final = (b"\x00", b"\xff")
"""What a drive gives for a sector that nothing was ever written to, or that was erased."""
_PIECE: Final = MIB
"""Of a file, to compare at a time."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The first bytes of a device that are not what was written there."""

    offset: int
    """In bytes from the start of the device."""
    length: int
    """From the first byte that differs to the last one before a sector without any."""
    is_blank: bool
    """Whether the sectors that they lie in hold nothing but zeros, or nothing but ones."""
    is_lost: bool
    """Whether so much differs that it was never written: half of those sectors, or all is blank.
    What was written and went bad has a few wrong bits in a sector."""


class Comparison:
    """Finds the first stretch of sectors that are not as they should be, piece by piece."""

    def __init__(self) -> None:
        self._first: int | None = None
        self._last = 0
        self._bytes = 0
        self._differing = 0
        self._filler: set[bytes] = set()
        self._complete = False

    @property
    def is_complete(self) -> bool:
        """Whether the stretch has ended: further pieces change nothing."""
        return self._complete

    def add(self, offset: int, found: bytes, expected: bytes) -> None:
        """The next piece, at byte `offset` of the device; where it ended, `found` is shorter."""
        if self._complete or (self._first is None and found == expected):
            return
        start = 0
        while start < len(expected) and not self._complete:
            end = min(start + SECTOR - (offset + start) % SECTOR, len(expected))
            self._add_sector(offset + start, found[start:end], expected[start:end])
            start = end

    def _add_sector(self, offset: int, found: bytes, expected: bytes) -> None:
        if found == expected:
            self._complete = self._first is not None
            return
        wrong = _differing(found, expected)
        if self._first is None:
            self._first = offset + len(wrong) - len(wrong.lstrip(b"\0"))
        self._last = offset + len(wrong.rstrip(b"\0"))
        self._bytes += len(wrong)
        self._differing += len(wrong) - wrong.count(0)
        self._filler.add(found[:1] if found == found[:1] * len(found) else b"")

    def difference(self) -> Difference | None:
        """What was found; None when all was as it should be."""
        if self._first is None:
            return None
        is_blank = self._filler in [{each} for each in _BLANK]
        return Difference(
            offset=self._first,
            length=self._last - self._first,
            is_blank=is_blank,
            is_lost=is_blank or 2 * self._differing >= self._bytes,
        )


def _differing(found: bytes, expected: bytes) -> bytes:
    """As long as `expected`, zero where both are the same; what `found` lacks differs."""
    lacking = len(expected) - len(found)
    same = expected[: len(found)]
    wrong = int.from_bytes(found) ^ int.from_bytes(same)
    return wrong.to_bytes(len(found)) + b"\xff" * lacking


def first_difference(found: bytes, expected: bytes) -> int | None:
    """Offset of the first byte that differs or that one of them lacks; None: both are equal."""
    if found == expected:
        return None
    common = min(len(found), len(expected))
    wrong = _differing(found[:common], expected[:common])
    return len(wrong) - len(wrong.lstrip(b"\0"))


def first_difference_of_files(one: Path, other: Path) -> int | None:
    """The same of two files. Raises OSError."""
    offset = 0
    with one.open("rb") as first, other.open("rb") as second:
        while True:
            left, right = first.read(_PIECE), second.read(_PIECE)
            found = first_difference(left, right)
            if found is not None:
                return offset + found
            if not left:
                return None
            offset += len(left)


def not_as_written(device: str, file: str, difference: Difference) -> InstallError:
    """The error for a device that does not hold what `file` is, in words for what it means."""
    if difference.is_blank:
        what = _(
            "{device} does not read back as {file} was written: {count} bytes from byte {offset} on"
            " are blank, that write was lost"
        )
    elif difference.is_lost:
        what = _(
            "{device} does not read back as {file} was written: {count} bytes from byte {offset} on"
            " are something else, that write was lost"
        )
    else:
        what = _(
            "{device} does not read back as {file} was written: {count} bytes from byte {offset} on"
            " are damaged"
        )
    way_out = _("The disk loses data. Try once more, and then use another disk.")
    if not difference.is_lost:
        way_out = _(
            "The disk or its cable damages data, or the memory does. Try once more, and then use"
            " another disk."
        )
    words = what.format(device=device, file=file, count=difference.length, offset=difference.offset)
    return InstallError(words, device=device, way_out=way_out)
