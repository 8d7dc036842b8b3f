"""The recovery key that a page shows, and which part of it is asked for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from installer.secret import Secret


@dataclass(frozen=True, kw_only=True)
class DrawnKey:
    """A new key, and which of its groups is to be typed back, counted from 0."""

    key: "Secret"
    group: int


def draw_key() -> DrawnKey:
    """Both at random."""
    import secrets

    from installer.recovery_key import GROUPS, draw_recovery_key

    return DrawnKey(key=draw_recovery_key(), group=secrets.randbelow(GROUPS))
