"""A Linux that is a program of this machine: device-mapper without KVM, at nearly full speed.

User-mode Linux has a kernel of its own with dm-crypt, flakey and vfat, and its processes run on
this machine's processor: under TCG the same takes ten times as long. It boots nothing that a person
boots; that is shown in virtual machines.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pexpect

from installer.quantity import GIB
from tests.user_mode.enter import ALIVE, COMMAND, DISK, LIBRARY
from tests.waiting import end

ROOT: Final = Path(__file__).parents[2]
SCRATCH_BYTES: Final = 20 * GIB
"""Of its file system for disks' images, at /tmp; a file with holes here."""
_HERE: Final = Path(__file__).parent
_END: Final = re.compile(r"user-mode: (\d+)\r")


STILL: Final = 120.0
"""Seconds without a sign of life, after which nothing will come any more."""
_LAST_LINES: Final = 30


class Died(AssertionError):
    """The command came to no end, or to a bad one."""


class Stopped(AssertionError):
    """The machine itself runs no longer: that says nothing about what it was to run."""


def lines_of(
    command: str,
    *,
    scratch: Path,
    shared: Mapping[str, Path],
    within: float,
    still: float = STILL,
) -> Iterator[str]:
    """Run a shell command in it as root, with the tools of the live system; gives the lines that
    it writes, each of which has to come `within` seconds. Raises Died, Stopped.

    In /mnt it sees the project and the folders `shared`, by their names. Needs root, and `scratch`,
    which keeps what it wrote on its console.
    """
    place = scratch / "shared"
    place.mkdir()
    (place / COMMAND).write_text(command)
    compile_mends(place)
    with (place / DISK).open("wb") as disk:
        disk.truncate(SCRATCH_BYTES)
    kernel = _kernel(scratch, {"project": ROOT, **shared})
    try:
        yield from _told(kernel, scratch, within, still)
    finally:
        end(kernel)
        (place / DISK).unlink()


def compile_mends(place: Path) -> None:
    """The library that the kernel is started with, into that folder."""
    source = str(_HERE / "mends.c")
    words = ["cc", "-O2", "-shared", "-fPIC", "-o", str(place / LIBRARY), source]
    subprocess.run(words, check=True)


def layers_of_tools() -> tuple[Path, ...]:
    """The folders of its root, the topmost first; made where they are not cached."""
    argv = [sys.executable, str(ROOT / "mkimage-profile" / "user_mode.py")]
    made = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return tuple(Path(each) for each in made)


def _told(
    kernel: "pexpect.spawn[str]", scratch: Path, within: float, still: float
) -> Iterator[str]:
    log = scratch / "console.log"
    with log.open("w", encoding="utf-8") as console:
        kernel.logfile_read = console
        while True:
            _wait(kernel, scratch / "shared" / ALIVE, within, still, log)
            line = str(kernel.before)
            end = _END.search(line)
            if end is None:
                yield line.rstrip("\r")
                continue
            if end[1] != "0":
                raise Died(f"exit status {end[1]}{_last_lines(log)}")
            return


def _wait(
    kernel: "pexpect.spawn[str]", alive: Path, within: float, still: float, log: Path
) -> None:
    """For the end of a line. Raises Died, Stopped."""
    began, end_at = time.time(), time.monotonic() + within
    while True:
        try:
            kernel.expect("\n", timeout=still / 2)
        except pexpect.EOF as error:
            raise Stopped(f"the kernel ended{_last_lines(log)}") from error
        except pexpect.TIMEOUT as error:
            sign = alive.stat().st_mtime if alive.exists() else began
            if time.time() - max(sign, began) > still:
                raise Stopped(f"no sign of life for {still:.0f} s{_last_lines(log)}") from error
            if time.monotonic() > end_at:
                running = alive.read_text() if alive.exists() else ""
                told = f"no line within {within:.0f} s; it runs:\n{running}"
                raise Died(told + _last_lines(log)) from error
        else:
            return


def _last_lines(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join([f"; the last lines of {log}:", *lines[-_LAST_LINES:]])


def _kernel(scratch: Path, shared: Mapping[str, Path]) -> "pexpect.spawn[str]":
    layers = ":".join(str(each) for each in layers_of_tools())
    words = ["--mount", sys.executable, "-m", "tests.user_mode.enter", str(scratch)]
    words += [layers, *(f"{name}={folder}" for name, folder in shared.items())]
    return pexpect.spawn(
        "unshare", words, cwd=str(ROOT), encoding="utf-8", codec_errors="replace", timeout=None
    )
