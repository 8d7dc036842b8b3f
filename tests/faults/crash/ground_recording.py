"""A disk that writes down what an installation sends it, for the matrix's benches."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.faults.crash.healthy import Healthy
from tests.faults.crash.kept_files import KeptFiles
from tests.faults.crash.recording import recording_disk
from tests.faults.crash.sparse import copy_sparse
from tests.faults.ground import DISK, Ground


@dataclass(frozen=True)
class RecordingGrounds(KeptFiles):
    """See GroundMaker. What the last disk was before, and all that it was sent, is kept."""

    @contextlib.contextmanager
    def lay(self, images: Mapping[str, Path]) -> Iterator[Ground]:
        """See GroundMaker."""
        copy_sparse(images[DISK], self.base)
        with recording_disk(images[DISK], self.log) as disk:
            yield Healthy({DISK: disk}, images)
