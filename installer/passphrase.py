"""What a LUKS passphrase may be, and the file that holds one. Pure."""

import unicodedata
from typing import Final

from installer.secret import Secret
from installer.text import _

PASSPHRASE_MAXIMUM: Final = 511
"""Bytes in UTF-8. cryptsetup(8) reads 512 at its prompt and takes the last one for the end of the
line, so that a passphrase of 512 could be set and never typed."""


def passphrase_problem(text: str) -> str | None:
    """What is wrong with a passphrase, in words for a person, or None."""
    if not text:
        return _("Type a passphrase.")
    if any(unicodedata.category(each) == "Cc" for each in text):
        return _("A passphrase is one line without control characters.")
    try:
        length = len(text.encode())
    except UnicodeEncodeError:
        return _("A passphrase has characters of Unicode only.")
    if length > PASSPHRASE_MAXIMUM:
        return _(
            "A passphrase has at most {limit} bytes, and this one has {count}: the prompt at the"
            " start of the machine reads no more."
        ).format(limit=PASSPHRASE_MAXIMUM, count=length)
    return None


def passphrase_warning(text: str) -> str | None:
    """What a person should know of a passphrase that will do, or None."""
    if text.isascii():
        return None
    return _(
        "The passphrase has characters outside ASCII. The prompt at the start of the machine has"
        " the console's keyboard layout and no input method: what cannot be typed there cannot"
        " open the disk."
    )


def passphrase_in_file(data: bytes) -> Secret:
    """The only line of a passphrase file; its newline may be there or not.

    Raises ValueError in words that repeat nothing of the file.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(_("the passphrase file is not in UTF-8")) from None
    line = text.removesuffix("\n").removesuffix("\r")
    if not line:
        raise ValueError(_("the passphrase file is empty"))
    if "\n" in line:
        raise ValueError(_("the passphrase file has several lines"))
    if len(line.encode()) > PASSPHRASE_MAXIMUM:
        raise ValueError(
            _("the passphrase in the file is longer than {limit} bytes").format(
                limit=PASSPHRASE_MAXIMUM
            )
        )
    if passphrase_problem(line) is not None:
        raise ValueError(_("the passphrase in the file has control characters"))
    return Secret(line)
