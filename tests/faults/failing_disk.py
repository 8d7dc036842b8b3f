"""A disk that fails where it is told to: a loop device over a file that QEMU makes fail.

QEMU's ``blkdebug`` driver answers chosen sectors with EIO. qemu-storage-daemon shows it as a file
(FUSE), and a loop device makes a disk of that: no device-mapper is needed.
"""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from qemu.qmp.legacy import QEMUMonitorProtocol

SECTOR: Final = 512
"""Unit in which blkdebug's rules name their places, whatever the disk's sectors are."""
WITHIN: Final = 30.0
"""Seconds for the daemon to start, to answer, to end, and for the kernel to let a device go."""
RULES: Final = 4096
"""At most so many at a time: 1 MiB of sectors of 512 bytes, which takes QEMU 3 s; twice as many
took 8 s."""
TOP: Final = "top"
_FILE: Final = "file"
_EIO: Final = 5


class Access(StrEnum):
    """What fails; the values are blkdebug's types of input and output."""

    READ = "read"
    WRITE = "write"
    ZERO = "write-zeroes"
    """Zeroing without data. A discard comes as one too: fallocate(2) does both."""


WRITES: Final = (Access.WRITE, Access.ZERO)


@dataclass(frozen=True, kw_only=True)
class Bad:
    """A range of bytes in which every sector fails: one rule for each and for each of `fails`."""

    start: int
    length: int
    fails: tuple[Access, ...] = WRITES


class FailingDisk:
    """The disk, as long as the block of `failing_disk` lasts."""

    def __init__(self, path: str, *, sector: int, shown: Path, qmp: QEMUMonitorProtocol) -> None:
        self.path = path
        self._sector = sector
        self._shown = shown
        self._qmp = qmp
        self._faults = 0
        self._node = _FILE

    def fail(self, *ranges: Bad) -> None:
        """From now on these ranges fail, and no others: with none of them the disk is healthy.

        A request that touches a bad sector fails whole, and nothing of it is written. What is
        written from now on can be read in any case: the kernel has it in memory.
        Raises ValueError when there are more than `RULES` of them.
        """
        node = _FILE
        if ranges:
            self._faults += 1
            node = f"faults-{self._faults}"
            rules = [rule for each in ranges for rule in self._rules(each)]
            if len(rules) > RULES:
                raise ValueError(f"{len(rules)} rules are too many for blkdebug")
            over = block_node("blkdebug", node, image=_FILE)
            self._command("blockdev-add", **over, **{"inject-error": rules})
        self._command("blockdev-reopen", options=[_top_over(node)])
        if self._node != _FILE:
            self._command("blockdev-del", **{"node-name": self._node})
        self._node = node
        with self._shown.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def heal(self) -> None:
        """Nothing fails any more."""
        self.fail()

    def vanish(self) -> None:
        """The disk is gone, as one whose cable was pulled: all that is asked of it fails."""
        self._command("quit")

    def _rules(self, bad: Bad) -> Iterator[dict[str, object]]:
        first = bad.start // self._sector * self._sector
        for offset in range(first, bad.start + bad.length, self._sector):
            for access in bad.fails:
                yield {
                    "event": "none",
                    "iotype": access.value,
                    "sector": offset // SECTOR,
                    "errno": _EIO,
                    "once": False,
                }

    def _command(self, name: str, **arguments: object) -> None:
        self._qmp.cmd(name, **arguments)


@contextlib.contextmanager
def failing_disk(file: Path, *, sector: int = SECTOR) -> Iterator[FailingDisk]:
    """A disk of the raw image `file`, healthy at first; taken apart again at the end.

    Raises RuntimeError with the daemon's words when it does not start.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="failing-disk-")))
        shown = folder / "disk"
        shown.touch()
        nodes = (block_node("file", _FILE, filename=escaped(file)), _top_over(_FILE))
        qmp = stack.enter_context(daemon(nodes, shown, folder))
        loop = stack.enter_context(loop_over(shown, sector))
        yield FailingDisk(loop, sector=sector, shown=shown, qmp=qmp)


@contextlib.contextmanager
def daemon(
    nodes: Sequence[Mapping[str, str]], shown: Path, folder: Path
) -> Iterator[QEMUMonitorProtocol]:
    """The daemon that shows the last of these nodes, `TOP`, as the file `shown`; its monitor."""
    socket = folder / "qmp"
    qmp = QEMUMonitorProtocol(str(socket), server=True)
    argv = [
        *("qemu-storage-daemon", "--chardev", f"socket,id=qmp,path={socket},server=off"),
        *("--monitor", "chardev=qmp"),
        *(word for each in nodes for word in ("--blockdev", _words(each))),
        "--export",
        f"fuse,id=disk,node-name={TOP},mountpoint={escaped(shown)},writable=on,growable=off",
    ]
    with (folder / "words").open("w+") as words:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=words, stderr=words)
        try:
            _accept(qmp, process, folder / "words")
            yield qmp
        finally:
            # The daemon of a disk that has vanished has hung up already.
            with contextlib.suppress(EOFError):
                qmp.close()
            # It takes its mount away when it is asked to end.
            process.terminate()
            try:
                process.wait(WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                subprocess.run(["umount", "--lazy", str(shown)], check=False, capture_output=True)


def _accept(qmp: QEMUMonitorProtocol, process: subprocess.Popen[bytes], words: Path) -> None:
    """Return when the daemon answers: everything on its command line is there then."""
    try:
        qmp.accept(timeout=WITHIN)
    except Exception as error:
        process.kill()
        process.wait()
        raise RuntimeError(f"qemu-storage-daemon did not start: {words.read_text()}") from error
    qmp.settimeout(WITHIN)


@contextlib.contextmanager
def loop_over(file: Path, sector: int) -> Iterator[str]:
    """A disk of what the daemon shows. A flush of it is an fsync(2) of the file, and so a flush of
    the daemon's; what is written comes there in the order in which it was sent."""
    # QEMU before 10.1 mixes up the data of two writes at a time ("fuse: Copy write buffer content
    # before polling"). Through the page cache the kernel sends one after the other (inode lock).
    argv = ["losetup", "--find", "--show", "--direct-io=off", "--sector-size", str(sector)]
    done = subprocess.run([*argv, str(file)], check=True, capture_output=True, text=True)
    device = done.stdout.strip()
    # A larger request comes to the daemon in pieces, and where only a later one fails, Linux 6.18's
    # loop driver takes what was written of it for all.
    Path("/sys/class/block", Path(device).name, "queue/max_sectors_kb").write_text("512")
    try:
        yield device
    finally:
        subprocess.run(["partx", "--delete", device], check=False, capture_output=True)
        subprocess.run(["losetup", "--detach", device], check=True)
        _wait_until_detached(device, file)


def _wait_until_detached(device: str, file: Path) -> None:
    """The kernel detaches when the last user closes it; the daemon has to serve it until then."""
    backing = Path("/sys/class/block", Path(device).name, "loop/backing_file")
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        try:
            if backing.read_text().strip() != str(file):
                return
        except OSError:
            return
        time.sleep(0.05)
    raise RuntimeError(f"{device} is still in use")


def _top_over(lower: str) -> dict[str, str]:
    """What is shown, over the file itself or over one that fails."""
    return block_node("raw", TOP, file=lower)


def block_node(driver: str, name: str, **options: str) -> dict[str, str]:
    """A node that passes discards on: without, mkfs would fill the file with its partitions."""
    return {"driver": driver, "node-name": name, "discard": "unmap", **options}


def _words(options: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in options.items())


def escaped(path: Path) -> str:
    """A path in an option of QEMU's, where a comma ends the value."""
    return str(path).replace(",", ",,")
