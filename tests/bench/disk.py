"""A disk for the benchmark: two slots and a place for files, in memory, at a known rate."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from installer.quantity import MIB

CGROUP: Final = Path("/sys/fs/cgroup")
_V1: Final = CGROUP / "blkio"
_V2: Final = CGROUP / "atomos-bench"


@dataclass(frozen=True, kw_only=True)
class BenchDisk:
    """A loop device over a file, with a partition for each slot and one with a file system."""

    path: str
    files: Path
    """Where the file system is mounted: a download that goes to a file lies on the same disk."""

    @property
    def slots(self) -> tuple[str, str]:
        """The two targets."""
        return (f"{self.path}p1", f"{self.path}p2")

    @property
    def number(self) -> str:
        """``MAJOR:MINOR``, as the controller names it; partitions count as their disk."""
        return Path("/sys/class/block", Path(self.path).name, "dev").read_text().strip()


@contextlib.contextmanager
def bench_disk(folder: Path, image_bytes: int) -> Iterator[BenchDisk]:
    """One with room for the image in each partition. All of it is written to once beforehand:
    memory, or room in a file system, that is given out at the first write has a price of its own.
    """
    slot = image_bytes // MIB + 8
    file, mount = folder / "disk", folder / "files"
    mount.mkdir()
    with file.open("wb") as made:
        os.posix_fallocate(made.fileno(), 0, (3 * slot + 72) * MIB)
    device = _output("losetup", "--find", "--show", str(file))
    try:
        table = f"label: gpt\nsize={slot}MiB\nsize={slot}MiB\n-\n"
        partition = ["sfdisk", "-q", "--no-reread", "--no-tell-kernel", device]
        subprocess.run(partition, input=table, text=True, check=True)
        subprocess.run(["partx", "--update", device], check=False, capture_output=True)
        subprocess.run(["mkfs.ext4", "-q", "-E", "nodiscard", f"{device}p3"], check=True)
        subprocess.run(["mount", f"{device}p3", mount], check=True)
        try:
            yield BenchDisk(path=device, files=mount)
        finally:
            subprocess.run(["umount", mount], check=True)
    finally:
        subprocess.run(["partx", "--delete", device], check=False, capture_output=True)
        subprocess.run(["losetup", "--detach", device], check=True)
        file.unlink()


@contextlib.contextmanager
def throttled(disk: BenchDisk, bytes_per_second: int | None) -> Iterator[None]:
    """Reads of `disk`, and writes, go at this rate at most, whoever makes them; None: as they can.

    By the io controller's own rule for the disk: blkio of cgroup 1 in the root group, where the
    kernel's writeback counts too, or io.max of cgroup 2 (Documentation/admin-guide in Linux).
    """
    if bytes_per_second is None:
        yield
        return
    set_rate = _set_rate_v1 if _V1.is_dir() else _set_rate_v2
    set_rate(disk.number, bytes_per_second)
    try:
        yield
    finally:
        set_rate(disk.number, 0)


def _set_rate_v1(number: str, rate: int) -> None:
    for way in ("read", "write"):
        (_V1 / f"blkio.throttle.{way}_bps_device").write_text(f"{number} {rate}")


def _set_rate_v2(number: str, rate: int) -> None:
    _V2.mkdir(exist_ok=True)
    (CGROUP / "cgroup.subtree_control").write_text("+io")
    (_V2 / "cgroup.procs").write_text(str(os.getpid()))
    (_V2 / "io.max").write_text(f"{number} rbps={rate or 'max'} wbps={rate or 'max'}")


def _output(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()
