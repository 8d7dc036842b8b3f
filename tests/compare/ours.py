"""Our own screens by the same ruler: keys, bytes, seconds to the plan; the machine is made up."""

import sys
from pathlib import Path
from typing import Final

from tests.compare.foreign import DOWN, ENTER, UP, Foreign

_ROOT: Final = Path(__file__).parents[2]
PASSPHRASE: Final = "abacus lantern thicket plum"
PASSWORD: Final = "Snyder-Sort-Merge-51"


def main() -> None:
    """Walk to the plan; the pictures are those of ``./dev pictures``."""
    child = (sys.executable, "-m", "tests.ui.console_child", "fresh")
    ours = Foreign("atomos", ("env", f"PYTHONPATH={_ROOT}", *child), term="linux")
    try:
        _walk(ours)
    finally:
        ours.close()


def _walk(ours: Foreign) -> None:
    ours.shows("Install AtomOS on this machine")
    ours.tell("first")
    _continue(ours)
    ours.shows("the newest")
    ours.press(ENTER)
    ours.shows("Which disk")
    ours.tell("disk")
    ours.press(ENTER)
    ours.shows("Encrypt this disk")
    ours.type(PASSPHRASE)
    ours.press(DOWN)
    ours.type(PASSPHRASE)
    ours.tell("passphrase")
    _continue(ours)
    ours.shows("recovery key for this disk")
    while "> [x] Make a recovery key" not in ours.text:
        ours.press(UP)
    # The others make none: without it the counts are of the same answers.
    ours.press(" ")
    _continue(ours)
    ours.shows("Who will use")
    ours.press(DOWN)
    ours.type("ada")
    ours.press(DOWN, DOWN)
    ours.type(PASSWORD)
    ours.press(DOWN)
    ours.type(PASSWORD)
    ours.tell("user")
    _continue(ours)
    ours.shows("Step 7 of")
    _continue(ours)
    ours.shows("Step 8 of")
    ours.press(ENTER)
    ours.shows("type its name")
    ours.tell("summary")


def _continue(ours: Foreign) -> None:
    while "> [ Continue ]" not in ours.text:
        ours.press(DOWN)
    ours.press(ENTER)
