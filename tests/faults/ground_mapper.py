"""Disks by device-mapper's flakey target, where the kernel has it: a loop device over it over one.

The lower loop device shows the image, the upper one makes a disk with partitions of it.
"""

import contextlib
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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


@dataclass(frozen=True)
class _Disk:
    name: str
    lower: str
    upper: str
    sectors: int

    def fail(self, pages: range) -> None:
        """All writes to these pages get an error; reads are as they were."""
        start, count = pages.start // SECTOR, len(pages) * PAGE // SECTOR
        end = min(start + count, self.sectors)
        lines = [f"{start} {end - start} flakey {self.lower} {start} 0 1 1 error_writes"]
        if start:
            lines.insert(0, f"0 {start} linear {self.lower} 0")
        if end < self.sectors:
            lines.append(f"{end} {self.sectors - end} linear {self.lower} {end}")
        self._load("\n".join(lines))

    def heal(self) -> None:
        """Nothing fails."""
        self._load(f"0 {self.sectors} linear {self.lower} 0")

    def _load(self, table: str) -> None:
        _run("dmsetup", "load", self.name, words=table)
        _run("dmsetup", "suspend", "--nolockfs", self.name)
        _run("dmsetup", "resume", self.name)


@dataclass(frozen=True)
class _Mapper:
    disks: Mapping[str, _Disk]
    images: Mapping[str, Path]
    means: str = "device-mapper's flakey target under a loop device"

    @property
    def devices(self) -> Mapping[str, str]:
        return {name: disk.upper for name, disk in self.disks.items()}

    def fail(self, medium: str, pages: range) -> None:
        self.disks[medium].fail(pages)

    def heal(self) -> None:
        for disk in self.disks.values():
            disk.heal()


@contextlib.contextmanager
def _disk(medium: str, file: Path) -> Iterator[_Disk]:
    name, sectors = f"{_NAME}-{medium}", file.stat().st_size // SECTOR
    with contextlib.ExitStack() as stack:
        lower = stack.enter_context(_loop(str(file)))
        _run("dmsetup", "create", name, words=f"0 {sectors} linear {lower} 0")
        stack.callback(_run, "dmsetup", "remove", "--retry", name)
        # Without the page cache of the device below: there, a write that fails has succeeded.
        upper = stack.enter_context(_loop(f"/dev/mapper/{name}", "--direct-io=on"))
        yield _Disk(name, lower, upper, sectors)


@contextlib.contextmanager
def _loop(file: str, *options: str) -> Iterator[str]:
    device = _run("losetup", "--find", "--show", *options, file).strip()
    try:
        yield device
    finally:
        subprocess.run(["partx", "--delete", device], check=False, capture_output=True)
        _run("losetup", "--detach", device)


def _run(*argv: str, words: str | None = None) -> str:
    done = subprocess.run(argv, input=words, check=True, capture_output=True, text=True)
    return done.stdout
