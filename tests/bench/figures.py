"""What a benchmark found, as lines to print and to keep."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from installer.quantity import MIB
from tests.bench.ways import Took

BEGIN: Final = "<!-- figures: ./dev bench writer --write -->"
END: Final = "<!-- end of figures -->"
Round = dict[str, Took]
_PAIRS: Final = (
    ("both slots", "bound"),
    ("with read-back", "bound"),
    ("both slots", "dd way"),
    ("with read-back", "dd way with read-back"),
)
_OURS: Final = ("both slots", "with read-back")


@dataclass(kw_only=True)
class Figures:
    """Of one call."""

    machine: str
    size_bytes: int
    runs: int
    rate: int
    proven: dict[str, float] = field(default_factory=dict)
    """Bytes a second that one dd reaches on the throttled disk, by direction."""
    throttled: list[Round] = field(default_factory=list)
    unthrottled: list[Round] = field(default_factory=list)
    ten_times: int = 0
    """Most memory at ten times the size, in bytes."""

    def lines(self) -> list[str]:
        """For a person and for whoever compares."""
        rounds = [*self.throttled, *self.unthrottled]
        memory = max(each[name].memory for each in rounds for name in _OURS)
        dirty = statistics.median(each[name].dirty for each in rounds for name in _OURS)
        read, write = (self.proven[way] / 10**6 for way in ("read", "write"))
        return [
            f"machine: {self.machine}",
            f"image: {self.size_bytes / 10**6:.0f} MB, {self.runs} paired runs, medians",
            f"throttled to {self.rate / 10**6:.0f} MB/s; one dd writes {write:.0f} and reads"
            f" {read:.0f} MB/s there",
            *(_ratio_line(self.throttled, *pair) for pair in _PAIRS),
            f"peak memory MiB: {memory / MIB:.1f}",
            f"peak memory at ten times the size MiB: {self.ten_times / MIB:.1f}"
            f" ({(self.ten_times - memory) / MIB:+.1f})",
            f"dirty pages MiB: {dirty / MIB:.1f}",
            "",
            *self._table(),
            "",
            "Unthrottled, as above:",
            "",
            *(f"- {_ratio_line(self.unthrottled, *pair)}" for pair in _PAIRS),
        ]

    def _table(self) -> list[str]:
        header = "| way | throttled, s | / bound | unthrottled, s | / bound |"
        rows = [header, "|---|---|---|---|---|"]
        for name in self.throttled[0]:
            cells = [
                cell
                for rounds in (self.throttled, self.unthrottled)
                for cell in (_seconds(rounds, name), _ratio(rounds, name, "bound"))
            ]
            in_a_cell = name.replace("|", "\\|")
            rows.append(f"| {in_a_cell} | {' | '.join(f'{cell:.2f}' for cell in cells)} |")
        return rows


def _ratio_line(rounds: list[Round], one: str, other: str) -> str:
    return f"{one} / {other}: {_ratio(rounds, one, other):.3f}"


def _ratio(rounds: list[Round], one: str, other: str) -> float:
    return _median(rounds, lambda each: each[one].seconds / each[other].seconds)


def _seconds(rounds: list[Round], name: str) -> float:
    return _median(rounds, lambda each: each[name].seconds)


def _median(rounds: list[Round], value: Callable[[Round], float]) -> float:
    return statistics.median(map(value, rounds))


def put_into(document: Path, lines: list[str], begin: str = BEGIN) -> None:
    """Replace the figures there, which follow `begin`, by these: lines, and from the one that
    begins with ``| `` on a table."""
    text = document.read_text()
    before, mark, rest = text.partition(begin)
    if not mark:
        raise ValueError(f"{document} has no line {begin}")
    after = rest.partition(END)[2]
    table = next(number for number, line in enumerate(lines) if line.startswith("| "))
    plain = "\n".join(lines[: table - 1])
    document.write_text(
        f"{before}{begin}\n\n```\n{plain}\n```\n\n" + "\n".join(lines[table:]) + f"\n\n{END}{after}"
    )
