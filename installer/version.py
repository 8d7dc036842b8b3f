"""Order of versions: the UAPI Version Format Specification, as systemd-sysupdate orders releases.

Source: https://uapi-group.org/specifications/specs/version_format_specification/
"""

import functools
import re
from typing import Final

_IGNORED: Final = re.compile(r"[^a-zA-Z0-9~^.-]+")
_DIGITS: Final = re.compile(r"[0-9]*")
_LETTERS: Final = re.compile(r"[a-zA-Z]*")
_SEPARATORS: Final = "-^."
"""Each makes what follows it older than a text without it at that place, in this order."""


def compare(left: str, right: str) -> int:
    """-1 when `left` is the older version, 1 when it is the newer, 0 when they are the same."""
    while True:
        left, right = _drop_ignored(left), _drop_ignored(right)
        if left.startswith("~") or right.startswith("~"):
            order = _sign(not left.startswith("~"), not right.startswith("~"))
            if order:
                return order
            left, right = left[1:], right[1:]
        if not left or not right:
            return _sign(bool(left), bool(right))
        for separator in _SEPARATORS:
            if not (left.startswith(separator) or right.startswith(separator)):
                continue
            order = _sign(not left.startswith(separator), not right.startswith(separator))
            if order:
                return order
            left, right = left[1:], right[1:]
        order, left, right = _compare_segments(left, right)
        if order:
            return order


version_key: Final = functools.cmp_to_key(compare)
"""Sort key: ``max(versions, key=version_key)`` is the newest."""


def _sign(left: bool | int, right: bool | int) -> int:
    return (left > right) - (left < right)


def _drop_ignored(text: str) -> str:
    match = _IGNORED.match(text)
    return text[match.end() :] if match else text


def _compare_segments(left: str, right: str) -> tuple[int, str, str]:
    """Order of the leading numbers or words, and what follows them."""
    numeric = left[:1].isdigit() or right[:1].isdigit()
    pattern = _DIGITS if numeric else _LETTERS
    first, second = _leading(pattern, left), _leading(pattern, right)
    rest = (left[len(first) :], right[len(second) :])
    if not numeric:
        # Letters are ordered as ASCII orders them, and a word before a longer one it begins.
        return (first > second) - (first < second), *rest
    if not first or not second:
        return _sign(bool(first), bool(second)), *rest
    return _sign(int(first), int(second)), *rest


def _leading(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.match(text)
    return match.group() if match else ""
