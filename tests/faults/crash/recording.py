"""A disk that writes down all that it is sent: a loop device over QEMU's ``blklogwrites``.

The kernel here may have no device-mapper. A loop device sends each request as one call, in order,
and a flush as fsync(2) of the file below it; that file is qemu-storage-daemon's own (FUSE), which
puts each call through blklogwrites (tests/faults/test_crash_recording.py shows that).
"""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.faults.failing_disk import TOP, block_node, daemon, escaped, loop_over
from tests.faults.ground import show_partitions

_IMAGE: Final = "image"
_LOG: Final = "log"


@contextlib.contextmanager
def recording_disk(image: Path, log: Path, *, sector: int = 512) -> Iterator[str]:
    """The device node of a disk of the raw file `image`, with nodes for the partitions on it.

    All that is written to it is in `image` and in `log`, which is made, when the block ends.
    """
    log.unlink(missing_ok=True)
    log.touch()
    nodes = (
        block_node("file", _IMAGE, filename=escaped(image)),
        block_node("file", _LOG, filename=escaped(log)),
        {**block_node("blklogwrites", TOP, file=_IMAGE), "log": _LOG},
    )
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="recording-")))
        shown = folder / "disk"
        shown.touch()
        stack.enter_context(daemon(nodes, shown, folder))
        device = stack.enter_context(loop_over(shown, sector))
        show_partitions(device)
        yield device
