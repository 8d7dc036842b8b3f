"""Writes to a disk that failed, as the kernel's tracepoint ``block_rq_error`` tells them.

The kernel's log has them too, but at most ten in five seconds of all disks together.
"""

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_INSTANCES: Final = "instances"
_EVENT: Final = "events/block/block_rq_error/enable"
_LINE: Final = re.compile(r"block_rq_error: (\d+,\d+) (\w+) .*$", re.MULTILINE)


class WriteErrors:
    """From now on; `folder` is its own place in tracefs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, disks: tuple[str, ...]) -> tuple[str, ...]:
        """What has failed since it was asked last on these disks: writes, flushes, discards."""
        trace = self._folder / "trace"
        text = trace.read_text()
        trace.write_text("")
        numbers = [Path(disk).stat().st_rdev for disk in disks]
        own = [f"{os.major(number)},{os.minor(number)}" for number in numbers]
        return tuple(
            match[0]
            for match in _LINE.finditer(text)
            if match[1] in own and set(match[2]) & set("WFD")
        )


@contextlib.contextmanager
def write_errors(mount_point: Path) -> Iterator[WriteErrors]:
    """Listen; tracefs is mounted at `mount_point` meanwhile."""
    mount_point.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tracefs", "tracefs", str(mount_point)], check=True)
    try:
        # Others may listen at the same time: an instance has a buffer of its own.
        folder = mount_point / _INSTANCES / f"atomos-faults-{os.getpid()}"
        folder.mkdir()
        try:
            (folder / _EVENT).write_text("1")
            yield WriteErrors(folder)
        finally:
            folder.rmdir()
    finally:
        subprocess.run(["umount", str(mount_point)], check=True)
