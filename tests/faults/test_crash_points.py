"""The power goes while an installed system is kept: it starts, and nothing of it is lost."""

import os
import random
import shutil
from typing import Final

import pytest

from tests.faults.crash.judge import Judge, Verdict
from tests.faults.crash.keeping import UPDATE, Kept
from tests.faults.crash.points import Point
from tests.faults.crash.rebuilt import RebuiltDisk
from tests.faults.crash.recorded import Section
from tests.faults.crash.tally import Judged, judged

pytestmark = [
    pytest.mark.xdist_group("crash"),
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("grub-fstest") is None,
        reason="needs root and grub-fstest (grub-common)",
    ),
]
SAMPLES: Final = 150
"""Between flushes, of each operation."""
EVERYDAY: Final = 25
"""Points of each operation, when not all of them are wanted."""
BOOTED: Final = 10
"""Points of each operation that a machine is started from; else one, of the update."""


def chosen(disk: RebuiltDisk, section: Section, seed: int, *, everything: bool) -> list[Point]:
    """All at flushes and some between them, in their order; or some of all of these."""
    dice = random.Random(f"{seed} {section.name}")
    points = disk.points(section, SAMPLES, dice)
    if everything:
        return points
    return sorted(dice.sample(points, EVERYDAY), key=lambda point: point.sure)


def boots(points: list[Point], section: Section, seed: int, *, everything: bool) -> frozenset[int]:
    """Which of them a machine is started from."""
    count = BOOTED if everything else int(section.name == UPDATE)
    return frozenset(random.Random(seed).sample(range(len(points)), count))


def test_wherever_the_power_goes_a_whole_system_starts(
    kept: Kept, judge: Judge[RebuiltDisk], crashes: list[Judged], everything: bool, seed: int
) -> None:
    for section in kept.recording.sections:
        judge.begin(section)
        points = chosen(judge.disk, section, seed, everything=everything)
        booted = boots(points, section, seed, everything=everything)
        verdicts = [
            judge.judge(section.name, each, boots=number in booted)
            for number, each in enumerate(points)
        ]
        crashes.append(judged(section.name, verdicts, booted=len(booted)))
        assert not [each for each in verdicts if each.faults], faults(verdicts)


def faults(verdicts: list[Verdict]) -> str:
    return "\n".join(str(each) for each in verdicts if each.faults)


def test_the_last_flush_of_an_update_is_what_makes_it_count(
    kept: Kept, judge: Judge[RebuiltDisk]
) -> None:
    section = kept.recording.section(UPDATE)
    first = judge.judge(UPDATE, Point(sure=section.begin))
    last = judge.judge(UPDATE, Point(sure=section.end))
    assert (first.starts, last.starts) == ("a 1.0", "b 2.0")
