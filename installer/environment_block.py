"""GRUB's environment block, read and changed byte for byte as GRUB does it. Pure.

Format: GRUB manual 2.12, "Environment block". What GRUB makes of a block that is no proper one is
nowhere written but in its code (grub-core/lib/envblk.c, the same in 2.06 and 2.12), and it is GRUB
who has the last word on what a block says.
"""

from typing import Final

SIGNATURE: Final = b"# GRUB Environment Block\n"
_FILLER: Final = b"#"
_BACKSLASH: Final = 0x5C
_NEWLINE: Final = 0x0A


def read(data: bytes) -> dict[bytes, bytes] | None:
    """All variables, as GRUB's ``load_env`` sets them; None where `data` is no block to it.

    The last one of several with the same name counts. A name goes on over line ends until there is
    an equals sign. A NUL ends a name or a value.
    """
    if len(data) <= len(SIGNATURE) or not data.startswith(SIGNATURE):
        return None
    found: dict[bytes, bytes] = {}
    place = len(SIGNATURE)
    while place < len(data):
        if not data.startswith(_FILLER, place):
            equals = data.find(b"=", place)
            if equals < 0:
                break
            end = _line_end(data, equals + 1)
            if end >= len(data):
                break
            name, value = data[place:equals], _unescaped(data[equals + 1 : end])
            found[name.split(b"\0")[0]] = value.split(b"\0")[0]
            place = end
        place = _line_end(data, place) + 1
    return found


def changed(data: bytes, name: bytes, value: bytes) -> bytes | None:
    """The block with `name` set to `value`, as GRUB's ``save_env`` writes it; of the same length.

    The first one of several with the same name is changed, a new one is added behind the others.
    None where GRUB would write nothing: there is no room, or something else than a line end
    stands before the filling. `value` is without backslashes and line ends.
    """
    used = data.rstrip(_FILLER)
    if not used.endswith(b"\n"):
        return None
    place = len(SIGNATURE)
    while place + len(name) + 1 < len(used):
        start = place + len(name) + 1
        if data[place:start] == name + b"=":
            end = _line_end(data, start)
            return None if end >= len(data) else _fitted(data, used, start, end, value)
        place = _line_end(data, place) + 1
    return _fitted(data, used, len(used), len(used), name + b"=" + value + b"\n")


def _fitted(data: bytes, used: bytes, start: int, end: int, new: bytes) -> bytes | None:
    """`data` with `new` from `start` to `end`, and as much less or more filling behind it."""
    whole = used[:start] + new + used[end:]
    return None if len(whole) > len(data) else whole.ljust(len(data), _FILLER)


def _line_end(data: bytes, place: int) -> int:
    """Where the line ends that `place` is in; a backslash takes what follows it along."""
    while place < len(data) and data[place] != _NEWLINE:
        place += 2 if data[place] == _BACKSLASH else 1
    return place


def _unescaped(value: bytes) -> bytes:
    plain = bytearray()
    place = 0
    while place < len(value):
        place += value[place] == _BACKSLASH
        plain += value[place : place + 1]
        place += 1
    return bytes(plain)
