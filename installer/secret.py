"""Values that must never be printed: passwords, password hashes, passphrases."""

import hmac
from typing import Final

MASK: Final = "********"


class Secret:
    """A string that shows itself only to `reveal`.

    It has no hash of its content and no printable form, so that neither a log line, a traceback,
    a journal entry nor a plan's digest can carry it or become an oracle to guess it against.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself: for a tool's standard input, never for its arguments."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(Secret)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")
