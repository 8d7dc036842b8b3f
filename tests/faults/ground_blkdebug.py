"""A disk by QEMU's blkdebug driver: needs nothing of the kernel but loop devices."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.faults.failing_disk import Bad, FailingDisk, failing_disk
from tests.faults.ground import DISK, Ground, show_partitions
from tests.faults.trace import PAGE
from tests.faults.write_errors import WriteErrors, write_errors


class BlkdebugGrounds:
    """QEMU's blkdebug under a loop device; a disk and no stick."""

    @contextlib.contextmanager
    def lay(self, images: Mapping[str, Path]) -> Iterator[Ground]:
        """See GroundMaker."""
        trace = images[DISK].with_suffix(".trace")
        with failing_disk(images[DISK]) as disk, write_errors(trace) as errors:
            show_partitions(disk.path)
            yield _Blkdebug(disk, images, errors)


@dataclass(frozen=True)
class _Blkdebug:
    disk: FailingDisk
    images: Mapping[str, Path]
    errors: WriteErrors
    means: str = "blkdebug under a loop device"

    @property
    def devices(self) -> Mapping[str, str]:
        return {DISK: self.disk.path}

    def fail(self, medium: str, pages: range) -> None:
        self.disk.fail(Bad(start=pages.start, length=len(pages) * PAGE))

    def heal(self) -> None:
        self.disk.heal()

    def write_errors(self) -> bool:
        return self.errors.met(self.disk.path)
