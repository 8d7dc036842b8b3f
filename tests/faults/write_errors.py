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

    def met(self, disk: str) -> bool:
        """Whether a write, a flush or a discard has failed on this disk since it was asked last."""
        trace = self._folder / "trace"
        text = trace.read_text()
        trace.write_text("")
        number = Path(disk).stat().st_rdev
        own = f"{os.major(number)},{os.minor(number)}"
        return any(match[1] == own and set(match[2]) & set("WFD") for match in _LINE.finditer(text))


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
