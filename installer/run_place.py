"""Where runs leave their files."""

from pathlib import Path
from typing import Final

DEFAULT_RUN: Final = Path("/run/atomos/run")
"""In memory: nothing of a run is there after the machine was switched off."""
KEPT_RUNS: Final = 3
"""Journals of so many earlier runs stay: the last failure is worth more than tmpfs's room."""
COMMAND_LINE: Final = Path("/proc/cmdline")
"""What the kernel was told: proc(5)."""


def speech_file(run: Path) -> Path:
    """Language and keyboard that a person has chosen, for the screens of other consoles."""
    return run.absolute().with_name("speech")


def network_file(run: Path) -> Path:
    """How a person has chosen that the machine reaches the network, for the same screens."""
    return run.absolute().with_name("network")
