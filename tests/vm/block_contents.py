"""What the two blocks of the boot state may hold: well, badly, and by chance."""

import random
from collections.abc import Callable
from typing import Final

from installer import environment_block
from installer.boot_state import (
    ONCE_NAME,
    RECOVERY,
    SIZE,
    SLOTS,
    TRIES,
    VARIABLES,
    BootState,
    SlotState,
)

MISSING: Final = None
"""Instead of bytes: there is no such file."""
Content = bytes | None
_HOSTILE: Final = (
    b"root=hd9",
    b"prefix=(hd9)/nowhere",
    b"default=2",
    b"fallback=2",
    b"timeout=0",
    b"atomos_valid1=yes",
    b"atomos_boot=hd9",
    b"atomos_names=root prefix",
    b"cmdpath=x",
    b"?=1",
    b"=",
    b"1=x",
)
_VALUES: Final = (
    b"",
    b" ",
    b"a b",
    b"'",
    b'"',
    b"$(reboot)",
    b"${root}",
    b"`halt`",
    b"; halt",
    b"1 -o 1",
    b"!",
    b"(",
    b"-z",
    b"--help",
    b"]",
    b"\\\n",
    b"ab\\\nba",
    b"\\a\\b",
    b"\\3",
    b"\xff\xfe",
    "ä".encode(),
    b"3:1",
    b"ab:3",
    b"4",
    b"-1",
    b"03",
    b"3\0",
    b"x" * 200,
)


def random_state(rng: random.Random) -> BootState:
    """Any state, those without tries more often than by chance."""
    a, b = (
        SlotState(tries=rng.choice((0, *range(TRIES + 1))), good=rng.random() < 0.5) for _ in SLOTS
    )
    order = rng.choice((("a", "b"), ("b", "a")))
    started, once = rng.choice((None, *SLOTS)), rng.choice((None, None, *SLOTS, RECOVERY))
    return BootState(order=order, a=a, b=b, started=started, once=once)


def random_content(rng: random.Random) -> Content:
    """Half of the time a valid block."""
    if rng.random() < 0.5:
        return random_state(rng).to_block()
    return rng.choice(_KINDS)(rng)


def _lines(rng: random.Random) -> list[bytes]:
    return [f"{name}={value}".encode() for name, value in random_state(rng).values().items()]


def _block(lines: list[bytes], size: int = SIZE, filler: bytes = b"#") -> bytes:
    text = environment_block.SIGNATURE + b"".join(line + b"\n" for line in lines)
    return text.ljust(size, filler)


def _missing(rng: random.Random) -> Content:
    return MISSING


def _empty(rng: random.Random) -> Content:
    return b""


def _random_bytes(rng: random.Random) -> Content:
    return rng.randbytes(rng.choice((1, 100, SIZE, 5000, 300_000)))


def _random_text(rng: random.Random) -> Content:
    text = "".join(rng.choices("abc=\\\n#$'\"01 atomos_", k=SIZE)).encode()
    return rng.choice((b"", environment_block.SIGNATURE)) + text


def _bytes_after_the_signature(rng: random.Random) -> Content:
    return environment_block.SIGNATURE + rng.randbytes(SIZE - len(environment_block.SIGNATURE))


def _a_field_wrong(rng: random.Random) -> Content:
    lines = _lines(rng)
    place = rng.randrange(len(lines))
    lines[place] = VARIABLES[place].encode() + b"=" + rng.choice(_VALUES)
    return _block(lines)


def _a_field_missing(rng: random.Random) -> Content:
    lines = _lines(rng)
    del lines[rng.randrange(len(lines))]
    return _block(lines)


def _another_order(rng: random.Random) -> Content:
    lines = _lines(rng)
    rng.shuffle(lines)
    return _block(lines)


def _a_field_twice(rng: random.Random) -> Content:
    lines = [*_lines(rng), rng.choice(_lines(rng))]
    rng.shuffle(lines)
    return _block(lines)


def _more_fields(rng: random.Random) -> Content:
    lines = _lines(rng)
    for _each in range(rng.randrange(1, 5)):
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(_HOSTILE))
    return _block(lines)


def _asked_for_once(rng: random.Random) -> Content:
    lines = _lines(rng)
    for _each in range(rng.randrange(1, 3)):
        value = rng.choice((b"a", b"b", b"r", b"-", *_VALUES))
        lines.insert(rng.randrange(len(lines) + 1), ONCE_NAME.encode() + b"=" + value)
    return _block(lines)


def _no_room_left(rng: random.Random) -> Content:
    block = _block(_lines(rng))
    return block.rstrip(b"#") + rng.choice((b"", b"# a comment\n", b"#no line end"))


def _truncated(rng: random.Random) -> Content:
    return _block(_lines(rng))[: rng.randrange(SIZE)]


def _oversized(rng: random.Random) -> Content:
    tail = rng.choice((b"#" * 100, bytes(100), rng.randbytes(5000), _block(_lines(rng))))
    return _block(_lines(rng)) + tail


def _editenv_s_size(rng: random.Random) -> Content:
    return _block(rng.choice(([], _lines(rng))), size=1024)


def _other_filler(rng: random.Random) -> Content:
    return _block(_lines(rng), filler=rng.choice((b"\0", b" ", b"\n", b"\xff")))


def _a_byte_wrong(rng: random.Random) -> Content:
    block = bytearray(_block(_lines(rng)))
    block[rng.randrange(200)] = rng.randrange(256)
    return bytes(block)


def _torn(rng: random.Random) -> Content:
    place = rng.randrange(SIZE)
    return _block(_lines(rng))[:place] + rng.choice((bytes(SIZE), rng.randbytes(SIZE)))[place:]


_KINDS: Final[tuple[Callable[[random.Random], Content], ...]] = (
    _missing,
    _empty,
    _random_bytes,
    _random_text,
    _bytes_after_the_signature,
    _a_field_wrong,
    _a_field_wrong,
    _a_field_missing,
    _another_order,
    _a_field_twice,
    _more_fields,
    _asked_for_once,
    _asked_for_once,
    _no_room_left,
    _truncated,
    _oversized,
    _editenv_s_size,
    _other_filler,
    _a_byte_wrong,
    _torn,
)
