"""What an installation stands on in the matrix: a disk that can be made to fail, maybe a stick."""

import contextlib
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

DISK: Final = "disk"
STICK: Final = "stick"


class Ground(Protocol):
    """The disks of one installation."""

    @property
    def means(self) -> str:
        """What makes them fail."""
        ...

    @property
    def devices(self) -> Mapping[str, str]:
        """Device nodes by `DISK` and `STICK`; the latter where there is one."""
        ...

    @property
    def images(self) -> Mapping[str, Path]:
        """The files that they lie in, by the same names."""
        ...

    def fail(self, medium: str, pages: range) -> None:
        """The pages at these offsets of this disk cannot be written from now on."""
        ...

    def heal(self) -> None:
        """Everything can be written again."""
        ...

    def write_errors(self) -> bool:
        """Whether a write, a flush, or a discard has failed since this was asked last."""
        ...


class GroundMaker(Protocol):
    """Lays grounds."""

    def lay(self, images: Mapping[str, Path]) -> contextlib.AbstractContextManager[Ground]:
        """Disks of these raw images, with nodes for the partitions that are on them."""
        ...


def show_partitions(disk: str) -> None:
    """Have the kernel show what it has no parser for; a blank disk has none."""
    subprocess.run(["partx", "--update", disk], check=False, capture_output=True)
