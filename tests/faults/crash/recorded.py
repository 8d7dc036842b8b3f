"""A recording: a disk as it was, all that it was sent since, and which part of that is judged."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from installer.layout import Role
from tests.faults.crash.write_log import WriteLog


@dataclass(frozen=True, kw_only=True)
class Part:
    """Where a partition lies, in bytes."""

    start: int
    size: int


@dataclass(frozen=True, kw_only=True)
class Section:
    """One operation in the log of a disk; requests before it have been there for long."""

    name: str
    begin: int
    """Number of its first request."""
    end: int
    """And of the first one behind it."""


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What a disk was sent, operation for operation."""

    base: Path
    """Its image before the first request."""
    log: Path
    parts: Mapping[Role, Part]
    sections: tuple[Section, ...]

    def section(self, name: str) -> Section:
        """By its name. Raises KeyError."""
        found = {each.name: each for each in self.sections}
        return found[name]


@dataclass(kw_only=True)
class Marks:
    """Where in a log each operation begins and ends, in bytes of the log."""

    log: Path
    named: list[tuple[str, int, int]] = field(default_factory=list)

    @contextlib.contextmanager
    def section(self, name: str) -> Iterator[None]:
        """What is written in this block is judged by that name."""
        os.sync()
        begin = self.log.stat().st_size
        yield
        os.sync()
        self.named.append((name, begin, self.log.stat().st_size))

    def recording(self, base: Path, parts: Mapping[Role, Part]) -> Recording:
        """When all is over, and the log closed."""
        requests = WriteLog(self.log).requests

        def number(place: int) -> int:
            return sum(each.place <= place for each in requests)

        sections = tuple(
            Section(name=name, begin=number(begin), end=number(end))
            for name, begin, end in self.named
        )
        return Recording(base=base, log=self.log, parts=parts, sections=sections)
