"""What the name and the passphrase of a Wi-Fi network may be. Pure."""

from typing import Final

from installer.text import _

SSID_MAX: Final = 32
"""Bytes of a name (IEEE 802.11)."""
_SHORTEST: Final = 8
_LONGEST: Final = 63
"""Characters of a passphrase (IEEE 802.11); one of 64 is the key itself, in hexadecimal."""


def ssid_problem(ssid: str) -> str | None:
    """What is wrong with the name of a network, in words; None when it will do."""
    if not ssid:
        return _("Type the name of the network.")
    if len(ssid.encode()) > SSID_MAX:
        return _("The name of a network has {limit} bytes at the most.").format(limit=SSID_MAX)
    if not ssid.isprintable():
        return _("The name of the network has control characters.")
    return None


def wifi_passphrase_problem(passphrase: str) -> str | None:
    """What is wrong with a passphrase, in words that do not repeat it; None when it will do."""
    if len(passphrase) == _LONGEST + 1 and all(
        each in "0123456789abcdefABCDEF" for each in passphrase
    ):
        return None
    if not _SHORTEST <= len(passphrase) <= _LONGEST:
        return _("A Wi-Fi passphrase has {least} to {most} characters.").format(
            least=_SHORTEST, most=_LONGEST
        )
    if not (passphrase.isascii() and passphrase.isprintable()):
        return _("A Wi-Fi passphrase has neither umlauts nor other letters beyond ASCII.")
    return None
