"""In which language a person reads the screens."""

import gettext
import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

Tongue = Callable[[str], str]
"""Gives a message of the source as that person reads it."""
_GERMAN: Final = Path(__file__).parents[2] / "installer/locale/de/LC_MESSAGES/atomos.po"


def english(message: str) -> str:
    """As it is in the source."""
    return message


def german(message: str) -> str:
    """As its catalogue has it. Raises AssertionError where that has nothing else."""
    made = subprocess.run(
        ["msgfmt", "--output-file=-", str(_GERMAN)], check=True, capture_output=True
    )
    words = gettext.GNUTranslations(io.BytesIO(made.stdout)).gettext(message)
    assert words != message, f"not translated: {message}"
    return words
