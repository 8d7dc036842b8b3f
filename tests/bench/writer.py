"""``./dev bench writer``: the writer against what the disk can do, and what people use."""

import argparse
import contextlib
import os
import random
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from installer.quantity import GIB, MIB
from tests.bench import ways
from tests.bench.disk import bench_disk, throttled
from tests.bench.figures import Figures, put_into
from tests.bench.machine import machine
from tests.bench.server import served

RATE: Final = 500_000_000
"""Bytes a second of the throttled disk: a SATA SSD."""
DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "benchmarks.md"
WAYS: Final[Mapping[str, ways.Way]] = {
    "bound": ways.bound,
    "both slots": ways.ours,
    "with read-back": ways.ours_read_back,
    "dd way": ways.dd_way,
    "dd way with read-back": ways.dd_way_read_back,
    "dd way, blocks of 4 MiB": ways.dd_big_blocks,
    "curl | tee": ways.curl_tee,
    "bmaptool copy, twice": ways.bmaptool,
}


def options(arguments: list[str]) -> argparse.Namespace:
    """What is asked for; ends the program where that is nothing that can be."""
    parser = argparse.ArgumentParser(prog="./dev bench writer", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--size", type=int, default=740, help="of the image, in MB (10^6 bytes)")
    parser.add_argument("--rate", type=int, default=RATE, help="of the throttled disk, bytes/s")
    parser.add_argument("--write", action="store_true", help="figures into docs/benchmarks.md")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> None:
    """Measure and print; with ``--write`` the figures go into docs/benchmarks.md too."""
    asked = options(arguments)
    # So that a bench that is ended leaves no loop device throttled and nothing mounted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    size = asked.size * 10**6 // 4096 * 4096
    figures = Figures(machine=machine(), size_bytes=size, runs=asked.runs, rate=asked.rate)
    with _folder(4 * size) as folder:
        _measure(figures, folder)
    # Ten times the size: not in memory, where there may be no room for it.
    with _folder(None) as folder:
        figures.ten_times = _memory_at_ten_times(folder, size)
    lines = figures.lines()
    print("\n".join(lines))
    if asked.write:
        put_into(DOCUMENT, lines)


def _measure(figures: Figures, folder: Path) -> None:
    file = folder / "image"
    _make_image(file, figures.size_bytes)
    with served(file) as image, bench_disk(folder, figures.size_bytes) as disk:
        bench = ways.Bench(disk=disk, image=image, file=file)
        for rate, rounds in ((figures.rate, figures.throttled), (None, figures.unthrottled)):
            with throttled(disk, rate):
                if rate is not None:
                    for way in ("write", "read"):
                        seconds = ways.sequential(bench, way)
                        figures.proven[way] = figures.size_bytes / seconds
                for number in range(figures.runs):
                    rounds.append(_round(bench, f"{number + 1}/{figures.runs}"))


def _round(bench: ways.Bench, name: str) -> dict[str, ways.Took]:
    """Each way once, in an order that is another one each time: they are compared in pairs."""
    names = list(WAYS)
    random.shuffle(names)
    took = {}
    for each in names:
        took[each] = WAYS[each](bench)
        print(f"  {name} {each}: {took[each].seconds:.2f} s", file=sys.stderr, flush=True)
    return {each: took[each] for each in WAYS}


def _memory_at_ten_times(folder: Path, size: int) -> int:
    file = folder / "image"
    _make_image(file, size)
    with served(file, times=10) as image, bench_disk(folder, 10 * size) as disk:
        return ways.ours_read_back(ways.Bench(disk=disk, image=image, file=file)).memory


def _make_image(file: Path, size: int) -> None:
    """Bytes that nothing compresses."""
    with file.open("wb") as made:
        for start in range(0, size, MIB):
            made.write(os.urandom(min(MIB, size - start)))


@contextlib.contextmanager
def _folder(room: int | None) -> Iterator[Path]:
    """In memory, where there is `room` and a GiB to spare; else where temporary files are."""
    memory = Path("/dev/shm")
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    in_memory = room is not None and memory.is_dir() and free > room + GIB
    place = memory if in_memory else Path(os.environ.get("ATOMOS_CACHE", "/var/tmp"))
    with tempfile.TemporaryDirectory(prefix="bench-", dir=place) as made:
        yield Path(made)


if __name__ == "__main__":
    main(sys.argv[1:])
