"""A disk that writes down what it is sent, by device-mapper's own log-writes, where there is one.

The lower loop device shows the image, the upper one makes a disk with partitions of the mapped
device, as in ground_mapper.py.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from installer.quantity import GIB
from tests.faults.crash.healthy import Healthy
from tests.faults.crash.kept_files import KeptFiles
from tests.faults.crash.sparse import copy_sparse
from tests.faults.ground import DISK, Ground, show_partitions
from tests.faults.ground_mapper import SECTOR, loop_device, run

_NAME: Final = "recording"
_LOG_BYTES: Final = 8 * GIB
"""All but what is written are holes."""


@dataclass(frozen=True)
class LogWritesGrounds(KeptFiles):
    """See GroundMaker. What the last disk was before, and all that it was sent, is kept."""

    @contextlib.contextmanager
    def lay(self, images: Mapping[str, Path]) -> Iterator[Ground]:
        """See GroundMaker."""
        image = images[DISK]
        copy_sparse(image, self.base)
        self.log.unlink(missing_ok=True)
        with self.log.open("wb") as log:
            log.truncate(_LOG_BYTES)
        run("modprobe", "dm-log-writes")
        with (
            loop_device(str(image)) as lower,
            loop_device(str(self.log), "--direct-io=off") as log_device,
        ):
            sectors = image.stat().st_size // SECTOR
            run(
                *("dmsetup", "create", _NAME),
                words=f"0 {sectors} log-writes {lower} {log_device}",
            )
            try:
                with loop_device(f"/dev/mapper/{_NAME}", "--direct-io=on") as upper:
                    show_partitions(upper)
                    yield Healthy({DISK: upper}, images)
            finally:
                run("dmsetup", "remove", "--retry", _NAME)

    @contextlib.contextmanager
    def section(self, name: str) -> Iterator[None]:
        """What is written in this block is judged by that name."""
        for word in ("begin", "end"):
            os.sync()
            run("dmsetup", "message", _NAME, "0", "mark", f"{word} {name}".replace(" ", "_"))
            if word == "begin":
                yield
