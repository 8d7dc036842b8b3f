"""``./dev bench update``: what of an update crosses the network, and how long that takes."""

import argparse
import hashlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from installer.quantity import MIB
from installer.release import index_name, roothash_name
from installer.roothash import parse_roothash
from tests.bench.disk import BenchDisk, bench_disk
from tests.bench.figures import put_into
from tests.bench.machine import machine
from tests.bench.release_line import ReleaseLine, release_line

ROOT: Final = Path(__file__).parents[2]
DOCUMENT: Final = ROOT / "docs" / "benchmarks.md"
BEGIN: Final = "<!-- figures: ./dev bench update --write -->"
PACKAGE: Final = "nix-bin"
"""The package of the Debian image whose files are nearest to 2 % of its bytes."""
LINES: Final[Mapping[str, float]] = {"100 Mbit/s": 12_500_000.0, "1 Gbit/s": 125_000_000.0}
TOO_LONG: Final = 900.0
"""Seconds, after which an update hangs."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """An image that is installed, and a newer one."""

    what: str
    old: Path
    new: Path


@dataclass(kw_only=True)
class Figures:
    """Of one pair."""

    pair: Pair
    whole: int
    """Bytes of the newer image."""
    fetched: int = 0
    """Bytes that the server has sent for a delta, index included."""
    requests: int = 0
    memory: int = 0
    """The most of all deltas, in bytes."""
    deltas: dict[str, list[float]] = field(default_factory=dict)
    """Seconds, by line."""
    wholes: dict[str, list[float]] = field(default_factory=dict)

    def line(self) -> str:
        """For a person and for whoever compares."""
        return (
            f"delta / whole: {self.fetched / self.whole:.4f} ({self.pair.what}:"
            f" {self.fetched / 10**6:.1f} of {self.whole / 10**6:.1f} MB, {self.requests} requests)"
        )

    def rows(self) -> Iterator[str]:
        """Of the table."""
        for name in LINES:
            delta, whole = (statistics.median(each[name]) for each in (self.deltas, self.wholes))
            ratio = f"{delta / whole:.2f}"
            yield f"| {self.pair.what} | {name} | {delta:.1f} | {whole:.1f} | {ratio} |"


def main(arguments: list[str]) -> None:
    """Measure and print; with ``--write`` the figures go into docs/benchmarks.md too."""
    parser = argparse.ArgumentParser(prog="./dev bench update", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--package", default=PACKAGE, help="the one that changes")
    parser.add_argument("--write", action="store_true", help="figures into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    # So that a bench that is ended leaves no loop device.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    place = os.environ.get("ATOMOS_CACHE", "/var/tmp")
    with tempfile.TemporaryDirectory(prefix="bench-", dir=place) as folder:
        all_of_them = [
            _measured(pair, Path(folder), options.runs)
            for pair in _pairs(Path(folder), options.package)
        ]
    lines = _lines(all_of_them, options.runs)
    print("\n".join(lines))
    if options.write:
        put_into(DOCUMENT, lines, BEGIN)


def _lines(all_of_them: list[Figures], runs: int) -> list[str]:
    memory = max(each.memory for each in all_of_them)
    return [
        f"machine: {machine()}",
        f"image: Debian 13 for virtual machines; {runs} paired runs, medians",
        *(each.line() for each in all_of_them),
        f"peak memory MiB: {memory / MIB:.1f}",
        "",
        "| update | line | delta, s | whole, s | delta / whole |",
        "|---|---|---|---|---|",
        *(row for each in all_of_them for row in each.rows()),
    ]


def _pairs(folder: Path, package: str) -> list[Pair]:
    """Built, or taken from the cache as far as they are there."""
    script = ROOT / "mkimage-profile" / "update_pairs.py"
    argv = [sys.executable, str(script), str(folder), package]
    done = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True)
    updates, change, size = (row.split("\t") for row in done.stdout.splitlines())
    security, one = (Pair(what="", old=Path(row[2]), new=Path(row[3])) for row in (updates, change))
    share = int(size[1]) / one.new.stat().st_size
    return [
        Pair(what=f"security updates, {updates[1]}", old=security.old, new=security.new),
        Pair(
            what=f"one package changed, {package}, {share:.1%} of the bytes",
            old=one.old,
            new=one.new,
        ),
    ]


def _measured(pair: Pair, folder: Path, runs: int) -> Figures:
    figures = Figures(pair=pair, whole=pair.new.stat().st_size)
    size = max(each.stat().st_size for each in (pair.old, pair.new))
    with _disk(folder, size) as disk, release_line(folder) as line:
        _put(pair.old, disk.slots[0])
        for number in range(runs):
            for name, rate in LINES.items():
                line.bytes_per_second = rate
                _delta(figures, line, disk, name)
                _whole(figures, line, disk, name)
                print(
                    f"  {number + 1}/{runs} {pair.what}, {name}: {figures.deltas[name][-1]:.1f} s,"
                    f" whole {figures.wholes[name][-1]:.1f} s",
                    file=sys.stderr,
                    flush=True,
                )
    return figures


def _delta(figures: Figures, line: ReleaseLine, disk: BenchDisk, name: str) -> None:
    """With nothing in the slot that is written: all comes from the other one, or the network."""
    new, (runs, spare) = figures.pair.new, disk.slots
    _wipe(spare)
    index = new.with_name(index_name(new.name))
    verity = parse_roothash(new.with_name(roothash_name(new.name)).read_text(), new.name)
    line.sent = line.requests = 0
    seconds, memory = _update(
        *(line, new, spare, f"{line.url}/{index.name}", _sha256(index)),
        *(verity.root_hash, str(verity.hash_offset_bytes), runs),
    )
    figures.deltas.setdefault(name, []).append(seconds)
    figures.memory = max(figures.memory, memory)
    if figures.fetched not in (0, line.sent):
        raise RuntimeError(f"{line.sent} bytes were fetched, and before {figures.fetched}")
    if line.sent > figures.whole:
        raise RuntimeError("the whole image was fetched, or more")
    figures.fetched, figures.requests = line.sent, line.requests


def _whole(figures: Figures, line: ReleaseLine, disk: BenchDisk, name: str) -> None:
    _wipe(disk.slots[1])
    seconds, _memory = _update(line, figures.pair.new, disk.slots[1])
    figures.wholes.setdefault(name, []).append(seconds)


def _update(line: ReleaseLine, new: Path, target: str, *delta: str) -> tuple[float, int]:
    subprocess.run(["sync"], check=True)
    Path("/proc/sys/vm/drop_caches").write_text("1")
    argv = [sys.executable, "-m", "tests.bench.update_once", f"{line.url}/{new.name}"]
    argv += [str(new.stat().st_size), _sha256(new), target, *delta]
    done = subprocess.run(
        argv, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=TOO_LONG
    )
    seconds, memory = done.stdout.split()
    return float(seconds), int(memory)


@contextmanager
def _disk(folder: Path, size: int) -> Iterator[BenchDisk]:
    place = folder / "disk"
    place.mkdir()
    try:
        with bench_disk(place, size) as disk:
            yield disk
    finally:
        shutil.rmtree(place)


def _put(image: Path, slot: str) -> None:
    subprocess.run(["dd", "status=none", f"if={image}", f"of={slot}", "bs=4M"], check=True)


def _wipe(slot: str) -> None:
    subprocess.run(["blkdiscard", "-f", "-z", slot], check=True)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


if __name__ == "__main__":
    main(sys.argv[1:])
