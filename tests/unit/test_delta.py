"""What of an image is fetched, planned by where its blocks were found."""

import struct

import pytest

from installer.delta import BlockIndex, Match, Part, Places, fetched_bytes, read_index
from installer.quantity import KIB, MIB

BLOCK = 8 * KIB
HERE = 0
TARGET = 1


def index_of(*contents: str) -> BlockIndex:
    """One with a block for each; equal contents have equal sums."""
    return BlockIndex(block=BLOCK, sums=tuple(each.encode() for each in contents))


def places(contents: str, last: int = BLOCK) -> Places:
    return Places(index_of(*contents), (len(contents) - 1) * BLOCK + last)


def blocks(first: int, count: int, offset: int) -> Match:
    return Match(start=first * BLOCK, offset=offset, length=count * BLOCK)


def fetched(first: int, end: int) -> Part:
    return Part(start=first * BLOCK, end=end * BLOCK, seed=None)


def copied(first: int, end: int, offset: int, seed: int = HERE) -> Part:
    return Part(start=first * BLOCK, end=end * BLOCK, seed=seed, offset=offset)


def test_nothing_is_here() -> None:
    parts = places("abcd").parts(4 * BLOCK)
    assert parts == (fetched(0, 4),)
    assert fetched_bytes(parts) == 4 * BLOCK


def test_parts_are_as_long_as_they_can_be() -> None:
    """One begins where the place in the seed jumps, and where there is nothing."""
    found = places("abcdefghijklmnop")
    found.add(HERE, [blocks(0, 5, 77), blocks(5, 5, 1_000_000)])
    parts = found.parts(16 * BLOCK)
    assert parts == (copied(0, 5, 77), copied(5, 10, 1_000_000), fetched(10, 16))
    assert fetched_bytes(parts) == 6 * BLOCK


def test_the_end_is_where_it_is_said_to_be() -> None:
    """Behind it stands what is made here; it need be no end of a block."""
    found = places("abcdefgh", last=17)
    found.add(HERE, [Match(start=0, offset=5, length=7 * BLOCK + 17)])
    assert found.parts(7 * BLOCK + 17)[-1].end == 7 * BLOCK + 17
    assert found.parts(3 * BLOCK + 1) == (Part(start=0, end=3 * BLOCK + 1, seed=HERE, offset=5),)


def test_little_between_two_fetched_parts_is_fetched_too() -> None:
    few, enough = 3, 4
    for count, expected in ((few, 1), (enough, 3)):
        found = places("abcdefghijklmnop"[: 2 + count + 2])
        found.add(HERE, [blocks(2, count, 0)])
        assert len(found.parts((4 + count) * BLOCK)) == expected


def test_little_at_the_beginning_or_the_end_is_taken_from_here() -> None:
    found = places("abcdef")
    found.add(HERE, [blocks(0, 1, 0), blocks(5, 1, MIB)])
    assert found.parts(6 * BLOCK) == (copied(0, 1, 0), fetched(1, 5), copied(5, 6, MIB))


def test_a_block_that_occurs_twice_was_looked_for_once() -> None:
    found = places("aZbcdeZf")
    found.add(HERE, [blocks(1, 1, 500)])
    taken = [part for part in found.parts(8 * BLOCK) if part.seed is not None]
    assert not taken  # little between fetched parts
    found.add(HERE, [blocks(0, 1, 0), blocks(2, 4, 2 * BLOCK), blocks(7, 1, 7 * BLOCK)])
    assert [part.offset for part in found.parts(8 * BLOCK)] == [
        *(0, 500, 2 * BLOCK, 500, 7 * BLOCK)
    ]


def test_the_first_seed_that_has_it_is_taken() -> None:
    found = places("abcdefgh")
    found.add(HERE, [blocks(0, 4, 100)])
    found.add(TARGET, [blocks(0, 8, 64 * MIB)], overwritten=MIB)
    assert found.parts(8 * BLOCK) == (
        copied(0, 4, 100),
        copied(4, 8, 64 * MIB + 4 * BLOCK, TARGET),
    )


@pytest.mark.parametrize(
    ("offset", "count"),
    [
        (MIB, 0),  # the very place: what stands there is written with what was there
        (MIB + 1, 0),
        (MIB - 1 - 4 * BLOCK, 3),  # overwritten by then; the five before these are in memory
        (0, 0),
    ],
)
def test_of_the_target_only_what_is_still_there(offset: int, count: int) -> None:
    """Block 128 begins at 1 MiB, where the target is not zeroed any more. What is, is in memory."""
    first = MIB // BLOCK
    found = places("".join(chr(0x4000 + number) for number in range(first + 8)))
    found.add(TARGET, [blocks(first, 8, offset)], overwritten=MIB)
    wanted = fetched_bytes(found.parts((first + 8) * BLOCK)) - MIB
    assert wanted == count * BLOCK


def test_the_head_of_the_target_is_in_memory() -> None:
    found = places("abcd")
    found.add(TARGET, [blocks(0, 4, MIB - 2 * BLOCK)], overwritten=MIB)
    assert found.parts(4 * BLOCK) == (copied(0, 4, MIB - 2 * BLOCK, TARGET),)


def test_of_two_places_on_the_target_the_farther_one() -> None:
    found = places("abcd")
    found.add(TARGET, [blocks(0, 4, 2 * MIB), blocks(0, 4, MIB)], overwritten=MIB)
    assert found.parts(4 * BLOCK) == (copied(0, 4, 2 * MIB, TARGET),)


def an_index(magic: int, block: int, long_sum: int, data: bytes) -> bytes:
    return struct.pack(">III", magic, block, long_sum) + data


@pytest.mark.parametrize("magic", [0x72730137, 0x72730147])
def test_an_index_is_read(magic: int) -> None:
    sums = (b"short, long1", b"sums, short2")
    data = an_index(magic, BLOCK, 8, b"".join(sums))
    assert read_index(data, BLOCK + 1) == BlockIndex(block=BLOCK, sums=sums)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(11),
        an_index(0x72730136, BLOCK, 8, bytes(24)),  # MD4
        an_index(0x72730137, 0, 8, bytes(24)),
        an_index(0x72730137, 1, 8, bytes(24)),
        an_index(0x72730137, 0xFFFFFFFF, 8, bytes(12)),
        an_index(0x72730137, BLOCK, 4, bytes(16)),  # a sum that chance could meet
        an_index(0x72730137, BLOCK, 8, bytes(23)),
        an_index(0x72730137, BLOCK, 8, bytes(36)),
    ],
)
def test_what_is_no_index_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="index"):
        read_index(data, BLOCK + 1)
