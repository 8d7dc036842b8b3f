"""Rows of bad input: images packed with zstd."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import zstandard

from installer.quantity import MIB
from installer.release import PackedFile
from tests.tools.bad_inputs import NAME, Bad, Ground, Offer, changed, packed
from tests.tools.servers import Behaviour

SHA = f"^the SHA-256 of {NAME} is not the one"
SKIPPABLE = b"\x50\x2a\x4d\x18\x04\0\0\0skip"
"""A frame that readers pass over (RFC 8878, 3.1.2)."""


def rows() -> Iterator[Bad]:
    """All of them."""
    unpack = f"{NAME}.zst cannot be unpacked: "
    yield packed("bomb", unpack + "it unpacks to more", lambda data: _stream(bytes(2000 * MIB)))
    yield packed(
        "bomb that says so",
        unpack + f"it unpacks to {64 * MIB} bytes, the image has",
        lambda data: _pack(bytes(64 * MIB)),
    )
    for place in (3, 17, 2 * MIB, -1):
        yield packed(
            f"frame truncated at {place}",
            unpack,
            lambda data, place=place: _stream(data)[:place],  # type: ignore[misc]
        )
    yield packed("empty frame file", "is not packed with zstd", lambda data: b"")
    follows = unpack + "something follows after its end"
    yield packed("one byte of garbage behind", follows, lambda data: _stream(data) + b"!")
    yield packed("much garbage behind", follows, lambda data: _pack(data) + bytes(2 * MIB))
    yield packed("a second frame", follows, lambda data: _pack(data) + _pack(b"more"))
    yield packed("dictionary needed", unpack + "it needs a dictionary", _with_dictionary)
    yield packed(
        "a window that wants much memory", unpack + "it needs 128 MiB of memory", _long_window
    )
    yield packed("no zstd at all", unpack + "it is not packed with zstd", lambda data: data)
    yield packed("gzip instead", "is not packed with zstd", lambda data: b"\x1f\x8b\x08" + data)
    yield packed("a frame to be skipped", unpack, lambda data: SKIPPABLE)
    yield packed("a flipped bit in a block", SHA, lambda data: changed(_stream(data), 3 * MIB))
    yield packed(
        "a flipped checksum", unpack + "it is damaged", lambda data: changed(_sum(data), -1)
    )
    yield packed("another image packed", SHA, lambda data: _pack(data[::-1]))
    yield packed("less than the image", unpack + "it unpacks to", lambda data: _pack(data[:-1]))
    yield packed("less, and not said", "bytes, but only .* came", lambda data: _stream(data[:-1]))
    yield Bad(name="another packed file than the sums say", words="SHA-256", make=_other_sum)
    yield Bad(name="a packed file that breaks off", words="broke off", make=_broken_off)


def _pack(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(data)


def _sum(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=1, write_checksum=True).compress(data)


def _stream(data: bytes) -> bytes:
    """A frame that does not say how much it unpacks to."""
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    return packer.compress(data) + packer.flush()


def _with_dictionary(data: bytes) -> bytes:
    samples: list[bytes | bytearray | memoryview]
    samples = [f"sample {number} of {number * 7}".encode() * 9 for number in range(2000)]
    dictionary = zstandard.train_dictionary(4096, samples)
    return zstandard.ZstdCompressor(dict_data=dictionary).compress(data)


def _long_window(data: bytes) -> bytes:
    given = zstandard.ZstdCompressionParameters.from_level(1, window_log=27)
    packer = zstandard.ZstdCompressor(compression_params=given).compressobj()
    return packer.compress(data) + packer.flush()


def _other_sum(ground: Ground) -> Offer:
    data = _pack(ground.image)
    url = ground.file(data, f"{NAME}.zst")
    beside = PackedFile(url=url, size_bytes=len(data), sha256=hashlib.sha256(b"").hexdigest())
    return Offer(image=replace(ground.said("http://192.0.2.1/image"), packed=beside))


def _broken_off(ground: Ground) -> Offer:
    data = _pack(ground.image)
    file = Behaviour(data=data, cuts=(3 * MIB, 0, 0, 0))
    url = ground.serve({"/packed": file}).url + "/packed"
    beside = PackedFile(url=url, size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    return Offer(image=replace(ground.said("http://192.0.2.1/image"), packed=beside))
