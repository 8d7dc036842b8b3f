"""What the benchmark of the screens found, as lines to print and to keep."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from installer.quantity import MIB
from tests.bench.pty_app import Answer

BEGIN: Final = "<!-- figures: ./dev bench screens --write -->"


@dataclass(frozen=True, kw_only=True)
class Start:
    """One round of starts, one after the other; seconds from before the process was there."""

    bare: float
    paint: float
    """Until the first page is painted to its last row."""
    question: float
    """Until the first question is."""
    bare_ran: float
    ran: float
    """Of processor time, until `bare` and `paint`."""
    bare_memory: int
    memory: int
    """The most that it ever had, in bytes, at the first question."""
    archinstall: float | None = None
    paint_there: float | None = None
    """Until the first page is painted by the Python that runs archinstall."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key on one scene: its answers, and those of the bare app to a key just before."""

    name: str
    ours: tuple[Answer, ...]
    bare: tuple[Answer, ...]
    ran: float
    """Processor time of ours in all, what runs when the keys are answered included; seconds."""

    @property
    def ratio(self) -> float:
        """Of the medians of time."""
        return _median_seconds(self.ours) / _median_seconds(self.bare)

    @property
    def ran_ratio(self) -> float:
        """Of the medians of processor time until a key is answered."""
        ours, bare = (
            statistics.median(each.ran for each in answers) for answers in (self.ours, self.bare)
        )
        return ours / bare

    @property
    def afterwards(self) -> float:
        """Milliseconds of processor time for a key, when that is answered."""
        return 1000 * (self.ran - sum(each.ran for each in self.ours)) / len(self.ours)

    @property
    def milliseconds(self) -> float:
        """Median."""
        return 1000 * _median_seconds(self.ours)

    @property
    def size_bytes(self) -> float:
        """Median."""
        return statistics.median(each.size_bytes for each in self.ours)


@dataclass(frozen=True, kw_only=True)
class SceneFigures:
    """Of one scene. Bytes, but for the keys."""

    name: str
    keys: tuple[Key, ...]
    """Those that have an effect and stay on the page; none where there is none."""
    paints: dict[str, int]
    """A full paint, by TERM."""
    idle: float
    """A second, on serial, while nothing changes."""
    memory: int

    @property
    def slowest(self) -> Key | None:
        """The key with the worst ratio."""
        return max(self.keys, key=lambda key: key.ratio, default=None)


@dataclass(frozen=True, kw_only=True)
class Following:
    """What the screen that follows an installation costs, on a console or on serial."""

    share: float
    """Of one core, from 0 to 1."""
    bytes_per_second: float


@dataclass(kw_only=True)
class ScreenFigures:
    """Of one call."""

    machine: str
    runs: int
    archinstall: str
    """Its version; or why there was none to measure."""
    starts: list[Start] = field(default_factory=list)
    at_the_plan: int = 0
    """The most memory of the real program, from its start to the plan that it shows; bytes."""
    scenes: list[SceneFigures] = field(default_factory=list)
    console: Following | None = None
    serial: Following | None = None

    def lines(self) -> list[str]:
        """For a person and for whoever compares."""
        return [
            f"machine: {self.machine}",
            f"archinstall: {self.archinstall}",
            f"{self.runs} paired runs, medians; {len(self.scenes)} scenes",
            *self._start_lines(),
            *self._scene_lines(),
            *self._following_lines(),
            "",
            *self._table(),
        ]

    def _start_lines(self) -> Iterator[str]:
        yield _ratio_line("first paint / bare", [(s.paint, s.bare) for s in self.starts])
        yield _ratio_line(
            "first paint / bare, processor time", [(s.ran, s.bare_ran) for s in self.starts]
        )
        yield _ratio_line("first question / bare", [(s.question, s.bare) for s in self.starts])
        helped = [(s.paint, s.archinstall) for s in self.starts if s.archinstall is not None]
        there = [
            (s.paint_there, s.archinstall)
            for s in self.starts
            if s.archinstall is not None and s.paint_there is not None
        ]
        if helped:
            yield _ratio_line("start / archinstall", helped)
        else:
            yield "start / archinstall: not measured"
        if there:
            yield _ratio_line("start / archinstall, both by its Python", there)

    def _scene_lines(self) -> Iterator[str]:
        worst = max(key.ratio for scene in self.scenes for key in scene.keys)
        yield f"key / bare: {worst:.2f}"
        keys = [(key, scene.name) for scene in self.scenes for key in scene.keys]
        key, where = max(keys, key=lambda each: each[0].ran_ratio)
        yield f"key / bare, processor time: {key.ran_ratio:.2f} ({where}, {key.name})"
        key, where = max(keys, key=lambda each: each[0].afterwards)
        yield f"when a key is answered, ms of processor time: {key.afterwards:.1f} ({where})"
        yield f"idle bytes/s: {max(scene.idle for scene in self.scenes):.0f}"
        yield f"full paint bytes: {max(max(each.paints.values()) for each in self.scenes)}"
        bare = statistics.median(each.bare_memory for each in self.starts)
        most = max(*(each.memory for each in self.starts), *(each.memory for each in self.scenes))
        yield f"memory over bare MiB: {(most - bare) / MIB:.1f}"
        at_the_plan = (self.at_the_plan - bare) / MIB
        yield f"memory over bare MiB, the real program at its plan: {at_the_plan:.1f}"

    def _following_lines(self) -> Iterator[str]:
        if self.console is None or self.serial is None:
            return
        yield f"installing, percent of a core: {100 * self.console.share:.1f}"
        yield f"installing, percent of a core on serial: {100 * self.serial.share:.1f}"
        yield f"installing, bytes/s on serial: {self.serial.bytes_per_second:.0f}"

    def _table(self) -> Iterator[str]:
        terms = list(self.scenes[0].paints)
        key_columns = "slowest key | ms | / bare | processor time / bare | bytes"
        yield f"| scene | {key_columns} | {' | '.join(terms)} | idle | MiB |"
        yield "|---" * (8 + len(terms)) + "|"
        bare = statistics.median(each.bare_memory for each in self.starts)
        for scene in self.scenes:
            key = scene.slowest
            cells = [""] * 5
            if key is not None:
                cells = [key.name, f"{key.milliseconds:.1f}", f"{key.ratio:.2f}"]
                cells += [f"{key.ran_ratio:.2f}", f"{key.size_bytes:.0f}"]
            cells += [str(size) for size in scene.paints.values()]
            cells += [f"{scene.idle:.0f}", f"{(scene.memory - bare) / MIB:.1f}"]
            yield f"| {scene.name} | {' | '.join(cells)} |"


def _ratio_line(name: str, pairs: Sequence[tuple[float, float]]) -> str:
    ratio = statistics.median(ours / other for ours, other in pairs)
    return f"{name}: {ratio:.2f}"


def _median_seconds(answers: Sequence[Answer]) -> float:
    return statistics.median(each.seconds for each in answers)
