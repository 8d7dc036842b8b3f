"""What is kept of a disk that was written down."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class KeptFiles:
    """What the last disk was before, and all that it was sent."""

    folder: Path

    @property
    def base(self) -> Path:
        """The image before."""
        return self.folder / "base.raw"

    @property
    def log(self) -> Path:
        """What was sent to it."""
        return self.folder / "log"
