"""A ground on which nothing fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Healthy:
    """See Ground."""

    devices: Mapping[str, str]
    images: Mapping[str, Path]
    means: str = "nothing"

    def fail(self, medium: str, pages: range) -> None:
        """See Ground."""
        raise ValueError(f"{medium} is recorded, and does not fail")

    def heal(self) -> None:
        """Nothing has failed."""

    def write_errors(self) -> bool:
        """See Ground."""
        return False
