"""Processes that hold a file system or a device, as /proc tells (proc(5))."""

import contextlib
import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Processes:
    """Reads below `root`, which is ``/`` but for tests. Each is named ``bash (812)``."""

    root: Path

    def below(self, place: Path) -> tuple[str, ...]:
        """Those with their program, working directory, root or an open file below `place`."""
        return self._named(
            lambda process: any(each.is_relative_to(place) for each in _files(process))
        )

    def with_device(self, numbers: Collection[str]) -> tuple[str, ...]:
        """Those that have one of these devices (``8:1``) open, and of each namespace in which one
        is mounted the first."""
        seen = {_namespace(self.root / "proc/self")}

        def holds(process: Path) -> bool:
            if any(_number(each) in numbers for each in _opened(process)):
                return True
            namespace = _namespace(process)
            if namespace is None or namespace in seen:
                return False
            seen.add(namespace)
            return not numbers_mounted(process).isdisjoint(numbers)

        return self._named(holds)

    def _named(self, holds: Callable[[Path], bool]) -> tuple[str, ...]:
        found = []
        for process in sorted((self.root / "proc").glob("[0-9]*"), key=lambda each: int(each.name)):
            # It may end while it is looked at.
            with contextlib.suppress(OSError):
                if holds(process):
                    found.append(f"{(process / 'comm').read_text().strip()} ({process.name})")
        return tuple(found)


def numbers_mounted(process: Path) -> frozenset[str]:
    """Device numbers of all that is mounted in the namespace of a process."""
    lines = (process / "mountinfo").read_text(errors="replace").splitlines()
    return frozenset(line.split()[2] for line in lines)


def _files(process: Path) -> Iterator[Path]:
    for link in (process / "exe", process / "cwd", process / "root"):
        with contextlib.suppress(OSError):
            yield link.readlink()
    for link in _opened(process):
        with contextlib.suppress(OSError):
            yield link.readlink()


def _opened(process: Path) -> list[Path]:
    try:
        return list((process / "fd").iterdir())
    except OSError:
        return []


def _number(link: Path) -> str | None:
    """Device number of an open block device. Only what is called so is asked: stat() of a file on a
    network that is gone does not come back."""
    try:
        if not link.readlink().is_relative_to("/dev"):
            return None
        number = link.stat().st_rdev
    except OSError:
        return None
    return f"{os.major(number)}:{os.minor(number)}"


def _namespace(process: Path) -> str | None:
    try:
        return str((process / "ns/mnt").readlink())
    except OSError:
        return None
