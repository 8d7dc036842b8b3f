"""Disks by device-mapper, where the kernel has it: a mapped device between two loop devices.

The lower loop device shows the image, the upper one makes a disk with partitions of it. Of pages
that fail, the target `delay` (of no time) sends reads and flushes to the image, and writes to a
device of the target `flakey`, which counts them. Flakey alone would fail each flush of the disk.
"""

import contextlib
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.faults.block_stat import Count, counted
from tests.faults.ground import Ground, show_partitions
from tests.faults.trace import PAGE

SECTOR: Final = 512
"""Unit of device-mapper's tables."""
_NAME: Final = "faults"


class MapperGrounds:
    """See GroundMaker."""

    @contextlib.contextmanager
    def lay(self, images: Mapping[str, Path]) -> Iterator[Ground]:
        """See GroundMaker."""
        with contextlib.ExitStack() as stack:
            disks = {name: stack.enter_context(_disk(name, file)) for name, file in images.items()}
            for disk in disks.values():
                show_partitions(disk.upper)
            yield _Mapper(disks, images)


@dataclass(kw_only=True)
class _Disk:
    name: str
    lower: str
    upper: str
    sectors: int
    _is_failing: bool = False
    _failed: int = 0
    _told: int = 0

    def fail(self, pages: range) -> None:
        """All writes to these pages get an error; reads are as they were."""
        self.heal()
        start, count = pages.start // SECTOR, len(pages) * PAGE // SECTOR
        end = min(start + count, self.sectors)
        # Up for 0 seconds, down for 1, over and over: always down. Not `error`: it counts nothing.
        table = f"0 {end - start} flakey {self.lower} {start} 0 1 1 error_writes"
        run("dmsetup", "create", self._bad, words=table)
        self._is_failing = True
        reads = flushes = f"{self.lower} {start} 0"
        writes = f"/dev/mapper/{self._bad} 0 0"
        lines = [f"{start} {end - start} delay {reads} {writes} {flushes}"]
        if start:
            lines.insert(0, f"0 {start} linear {self.lower} 0")
        if end < self.sectors:
            lines.append(f"{end} {self.sectors - end} linear {self.lower} {end}")
        self._load("\n".join(lines))

    def heal(self) -> None:
        """Nothing fails."""
        if self._is_failing:
            self._load(f"0 {self.sectors} linear {self.lower} 0")
            self._failed += self._met()
            run("dmsetup", "remove", "--retry", self._bad)
            self._is_failing = False

    def failed(self) -> int:
        """Writes, discards and flushes that have failed since this was asked last."""
        told, self._told = self._told, self._failed + (self._met() if self._is_failing else 0)
        return self._told - told

    @property
    def _bad(self) -> str:
        return f"{self.name}-bad"

    def _met(self) -> int:
        return sum(counted(f"/dev/mapper/{self._bad}", Count.WRITES, Count.DISCARDS, Count.FLUSHES))

    def _load(self, table: str) -> None:
        run("dmsetup", "load", self.name, words=table)
        run("dmsetup", "suspend", "--nolockfs", self.name)
        run("dmsetup", "resume", self.name)


@dataclass(frozen=True)
class _Mapper:
    disks: Mapping[str, _Disk]
    images: Mapping[str, Path]
    means: str = "device-mapper's delay and flakey targets under a loop device"

    @property
    def devices(self) -> Mapping[str, str]:
        return {name: disk.upper for name, disk in self.disks.items()}

    def fail(self, medium: str, pages: range) -> None:
        self.disks[medium].fail(pages)

    def heal(self) -> None:
        for disk in self.disks.values():
            disk.heal()

    def write_errors(self) -> bool:
        return sum(disk.failed() for disk in self.disks.values()) > 0


@contextlib.contextmanager
def _disk(medium: str, file: Path) -> Iterator[_Disk]:
    name, sectors = f"{_NAME}-{medium}", file.stat().st_size // SECTOR
    with contextlib.ExitStack() as stack:
        lower = stack.enter_context(loop_device(str(file)))
        run("dmsetup", "create", name, words=f"0 {sectors} linear {lower} 0")
        stack.callback(run, "dmsetup", "remove", "--retry", name)
        # Without the page cache of the device below: there, a write that fails has succeeded.
        upper = stack.enter_context(loop_device(f"/dev/mapper/{name}", "--direct-io=on"))
        # The kernel gives discards up for good once they meet pages that fail, where a real disk
        # does not: whether there are any would depend on what has failed before.
        Path("/sys/class/block", Path(upper).name, "queue/discard_max_bytes").write_text("0")
        disk = _Disk(name=name, lower=lower, upper=upper, sectors=sectors)
        stack.callback(disk.heal)
        yield disk


@contextlib.contextmanager
def loop_device(file: str, *options: str) -> Iterator[str]:
    device = run("losetup", "--find", "--show", *options, file).strip()
    try:
        yield device
    finally:
        subprocess.run(["partx", "--delete", device], check=False, capture_output=True)
        run("losetup", "--detach", device)


def run(*argv: str, words: str | None = None) -> str:
    done = subprocess.run(argv, input=words, check=True, capture_output=True, text=True)
    return done.stdout
