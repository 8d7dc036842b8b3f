"""Ways to put an image from a web server onto two slots."""

import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.disk import BenchDisk
from tests.bench.server import Served


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What all of them get."""

    disk: BenchDisk
    image: Served
    file: Path
    """The image as a file in memory, for what is measured without a network."""


@dataclass(frozen=True, kw_only=True)
class Took:
    """What one of them took; memory in bytes, where it was measured."""

    seconds: float
    memory: int = 0
    dirty: int = 0


TOO_LONG: Final = 600.0
"""Seconds, after which a way hangs."""
Way = Callable[[Bench], Took]


def bound(bench: Bench) -> Took:
    """Two ``dd oflag=direct`` at the same time, from memory: what the disk can do."""
    a, b = bench.disk.slots
    copy = f"dd status=none if={bench.file} bs=4M oflag=direct of="
    return _shell(f"{copy}{a} & first=$!; {copy}{b}; wait $first")


def ours(bench: Bench) -> Took:
    """The installer's writer, without reading back."""
    return _ours(bench, "no")


def ours_read_back(bench: Bench) -> Took:
    """The installer's writer as it is used: read back in the same pass."""
    return _ours(bench, "yes")


def _ours(bench: Bench, read_back: str) -> Took:
    image = bench.image
    argv = [sys.executable, "-m", "tests.bench.write_once", image.url, str(image.size_bytes)]
    _forget()
    with _Dirty() as dirty:
        done = subprocess.run(
            [*argv, image.sha256, read_back, *bench.disk.slots],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    seconds, memory = done.stdout.split()
    return Took(seconds=float(seconds), memory=int(memory), dirty=dirty.most)


def dd_way(bench: Bench) -> Took:
    """curl to a file on the same disk, sha256sum, dd, dd."""
    return _shell(_dd(bench, ""))


def dd_way_read_back(bench: Bench) -> Took:
    """The same, and then the sum of each slot, past the cache."""
    return _shell(f"{_dd(bench, '')}; {_sums(bench)}")


def dd_big_blocks(bench: Bench) -> Took:
    """The same, with blocks of 4 MiB."""
    return _shell(_dd(bench, "bs=4M"))


def curl_tee(bench: Bench) -> Took:
    """curl | tee to both: no sum, nothing withheld, no file between."""
    a, b = bench.disk.slots
    fifo = bench.file.parent / "fifo"
    direct = "bs=4M iflag=fullblock oflag=direct status=none"
    return _shell(
        f"rm -f {fifo}; mkfifo {fifo}; dd if={fifo} of={a} {direct} & first=$!;"
        f" curl -sf {bench.image.url} | tee {fifo} | dd of={b} {direct}; wait $first; sync {a} {b}"
    )


def bmaptool(bench: Bench) -> Took:
    """bmaptool copy from the server, to one slot after the other; without a map, so no sum."""
    copy = f"bmaptool -q copy --nobmap {bench.image.url}"
    return _shell("; ".join(f"{copy} {slot}" for slot in bench.disk.slots))


def sequential(bench: Bench, way: str) -> float:
    """One dd of the image, direct, to or from a slot: what the throttle lets through."""
    ends = {
        "write": f"if={bench.file} of={bench.disk.slots[0]} oflag=direct",
        "read": f"if={bench.disk.slots[0]} of=/dev/null iflag=direct,count_bytes"
        f" count={bench.image.size_bytes}",
    }
    return _shell(f"dd status=none bs=4M {ends[way]}").seconds


def _dd(bench: Bench, blocks: str) -> str:
    file = bench.disk.files / "image"
    a, b = bench.disk.slots
    copy = f"dd status=none if={file} {blocks} conv=fsync of="
    check = f"echo {bench.image.sha256} {file} | sha256sum --status -c -"
    return f"curl -sf -o {file} {bench.image.url}; {check}; {copy}{a}; {copy}{b}"


def _sums(bench: Bench) -> str:
    return "; ".join(
        f"blockdev --flushbufs {slot};"
        f" test $(head -c {bench.image.size_bytes} {slot} | sha256sum | cut -c-64)"
        f" = {bench.image.sha256}"
        for slot in bench.disk.slots
    )


def _shell(script: str) -> Took:
    _forget()
    began = time.monotonic()
    argv = ["sh", "-euc", script]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=TOO_LONG)
    seconds = time.monotonic() - began
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.quote(script)} failed: {done.stderr}")
    return Took(seconds=seconds)


def _forget() -> None:
    """Nobody pays for the one before, nor finds its blocks in memory."""
    subprocess.run(["sync"], check=True)
    Path("/proc/sys/vm/drop_caches").write_text("1")


class _Dirty(threading.Thread):
    """The most that waited in memory to be written, beyond what did at the start."""

    def __init__(self) -> None:
        super().__init__()
        self.most = 0
        self._over = threading.Event()
        self._before = _dirty_bytes()

    def __enter__(self) -> "_Dirty":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        """Look every 50 ms."""
        while not self._over.wait(0.05):
            self.most = max(self.most, _dirty_bytes() - self._before)


def _dirty_bytes() -> int:
    lines = Path("/proc/meminfo").read_text().splitlines()
    fields: Sequence[list[str]] = [line.split() for line in lines]
    return 1024 * sum(int(each[1]) for each in fields if each[0] in ("Dirty:", "Writeback:"))
