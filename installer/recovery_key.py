"""A second key for an encrypted disk: drawn here, shown once, typed back in part. Pure."""

import secrets
from typing import Final

from installer.secret import Secret

ALPHABET: Final = "cbdefghijklnrtuv"
"""Modhex: sixteen letters that QWERTY, QWERTZ and AZERTY have in the same places, so that they can
be typed whatever layout the prompt at the start of the machine has. That is not so of the hyphens
between the groups: whoever has another layout there than on the keys looks for them."""
GROUPS: Final = 4
GROUP_LENGTH: Final = 8
"""Four bits a letter: 128 bits in all."""


def draw_recovery_key() -> Secret:
    """A new key: groups of letters joined by hyphens, which belong to it as any passphrase's."""
    groups = (
        "".join(secrets.choice(ALPHABET) for _letter in range(GROUP_LENGTH))
        for _group in range(GROUPS)
    )
    return Secret("-".join(groups))


def has_group(key: Secret, number: int, typed: str) -> bool:
    """Whether `typed` is group `number` of `key`, counted from 0; case and blanks do not count."""
    return typed.strip().lower() == key.reveal().split("-")[number]
