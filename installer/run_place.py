"""Where runs leave their files."""

from pathlib import Path
from typing import Final

DEFAULT_RUN: Final = Path("/run/atomos/run")
"""In memory: nothing of a run is there after the machine was switched off."""
