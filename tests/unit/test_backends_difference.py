"""Where something is not what was written, and what that is taken for."""

from pathlib import Path

import pytest

from backends.difference import (
    Comparison,
    Difference,
    first_difference,
    first_difference_of_files,
    not_as_written,
)
from installer.quantity import MIB

IMAGE = bytes(range(1, 256)) * 257
"""Not whole in sectors, and nowhere zero."""


def compared(found: bytes, *, piece: int = 4096, expected: bytes = IMAGE) -> Difference | None:
    comparison = Comparison()
    for offset in range(0, len(expected), piece):
        end = offset + piece
        comparison.add(offset, found[offset:end], expected[offset:end])
    return comparison.difference()


def with_changes(*changes: tuple[int, bytes]) -> bytes:
    found = bytearray(IMAGE)
    for offset, data in changes:
        found[offset : offset + len(data)] = data
    return bytes(found)


def test_nothing_differs() -> None:
    assert compared(IMAGE) is None


@pytest.mark.parametrize("piece", [100, 512, 4096, len(IMAGE)])
@pytest.mark.parametrize("offset", [0, 511, 512, 5000, len(IMAGE) - 1])
def test_one_byte(offset: int, piece: int) -> None:
    found = compared(with_changes((offset, b"\0")), piece=piece)
    assert found is not None
    assert (found.offset, found.length) == (offset, 1)
    assert not found.is_blank


def test_a_few_wrong_bits_are_damage() -> None:
    found = compared(with_changes((700, b"\0"), (800, b"\0\0")))
    assert found == Difference(offset=700, length=102, is_blank=False, is_lost=False)


@pytest.mark.parametrize("filler", [b"\0", b"\xff"])
def test_blank_sectors_are_a_lost_write(filler: bytes) -> None:
    expected = IMAGE.replace(b"\xff", b"\x01")
    found = bytearray(expected)
    found[1024:4096] = filler * 3072
    assert compared(bytes(found), expected=expected) == Difference(
        offset=1024, length=3072, is_blank=True, is_lost=True
    )


def test_blank_where_the_image_has_little_is_a_lost_write() -> None:
    expected = bytearray(2048)
    expected[600] = 1
    assert compared(bytes(2048), expected=bytes(expected)) == Difference(
        offset=600, length=1, is_blank=True, is_lost=True
    )


def test_other_content_is_a_lost_write() -> None:
    found = compared(with_changes((512, b"old content" * 100)))
    assert found == Difference(offset=512, length=1100, is_blank=False, is_lost=True)


def test_only_the_first_stretch_counts() -> None:
    found = compared(with_changes((512, bytes(512)), (4096, bytes(4096))))
    assert found == Difference(offset=512, length=512, is_blank=True, is_lost=True)


def test_what_ends_early() -> None:
    found = compared(IMAGE[:1000])
    assert found == Difference(offset=1000, length=len(IMAGE) - 1000, is_blank=False, is_lost=True)


@pytest.mark.parametrize(
    ("found", "expected", "offset"),
    [
        (b"same", b"same", None),
        (b"", b"", None),
        (b"Same", b"same", 0),
        (b"samE", b"same", 3),
        (b"sam", b"same", 3),
        (b"same!", b"same", 4),
        (b"", b"same", 0),
    ],
)
def test_first_difference(
    found: bytes, expected: bytes, offset: int | None, tmp_path: Path
) -> None:
    assert first_difference(found, expected) == offset
    for before in (b"", b"x" * (MIB - 1), b"x" * 2 * MIB):
        (tmp_path / "one").write_bytes(before + found)
        (tmp_path / "other").write_bytes(before + expected)
        wanted = None if offset is None else offset + len(before)
        assert first_difference_of_files(tmp_path / "one", tmp_path / "other") == wanted


def test_words_say_what_it_means() -> None:
    blank = Difference(offset=5, length=7, is_blank=True, is_lost=True)
    error = not_as_written("/dev/vda4", "atomos.squashfs", blank)
    assert str(error) == (
        "/dev/vda4 does not read back as atomos.squashfs was written:"
        " 7 bytes from byte 5 on are blank, that write was lost"
    )
    assert error.device == "/dev/vda4"
    assert "loses data" in error.way_out
    damaged = Difference(offset=5, length=7, is_blank=False, is_lost=False)
    error = not_as_written("/dev/vda4", "atomos.squashfs", damaged)
    assert str(error).endswith("7 bytes from byte 5 on are damaged")
    assert "damages data" in error.way_out
