"""A disk that writes down what an installation sends it, for the matrix's benches."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.faults.crash.healthy import Healthy
from tests.faults.crash.recording import recording_disk
from tests.faults.crash.sparse import copy_sparse
from tests.faults.ground import DISK, Ground


@dataclass(frozen=True)
class RecordingGrounds:
    """See GroundMaker. What the last disk was before, and all that it was sent, is kept."""

    folder: Path

    @property
    def base(self) -> Path:
        """The image before."""
        return self.folder / "base.raw"

    @property
    def log(self) -> Path:
        """What was sent to it."""
        return self.folder / "log"

    @contextlib.contextmanager
    def lay(self, images: Mapping[str, Path]) -> Iterator[Ground]:
        """See GroundMaker."""
        copy_sparse(images[DISK], self.base)
        with recording_disk(images[DISK], self.log) as disk:
            yield Healthy({DISK: disk}, images)
