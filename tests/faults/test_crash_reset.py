"""The power goes during a reset: the next start carries it out, and what is to stay is there."""

import os
import random
import shutil
from pathlib import Path
from typing import Final

import pytest

from tests.faults.crash.keeping import Before
from tests.faults.crash.points import Point
from tests.faults.crash.resetting import LEVELS, judge_of, record_reset
from tests.faults.crash.tally import Judged, judged

pytestmark = [
    pytest.mark.extended,
    pytest.mark.xdist_group("crash"),
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("grub-fstest") is None,
        reason="needs root and grub-fstest (grub-common)",
    ),
]
SAMPLES: Final = 40
"""Between flushes, of each level."""


@pytest.mark.parametrize("level", LEVELS)
def test_wherever_the_power_goes_it_comes_to_its_end(
    level: str, before: Before, copies: Path, crashes: list[Judged], seed: int
) -> None:
    reset = record_reset(before, level)
    (section,) = reset.recording.sections
    with judge_of(reset, copies) as judge:
        points = judge.disk.points(section, SAMPLES, random.Random(f"{seed} {section.name}"))
        verdicts = [judge.judge(each) for each in points]
    crashes.append(judged(section.name, verdicts))
    bad = [str(each) for each in verdicts if each.faults]
    assert not bad, "\n".join(bad)


def test_the_judge_finds_what_a_disk_loses_that_heeds_no_flush(
    before: Before, copies: Path
) -> None:
    reset = record_reset(before, LEVELS[-1], name="unheeded")
    (section,) = reset.recording.sections
    dice = random.Random(1)
    with judge_of(reset, copies) as judge:
        requests = judge.disk.log.requests
        sent = [number for number in range(section.begin, section.end) if requests[number].length]
        half = sorted(dice.sample(sent, len(sent) // 2))
        point = Point(sure=section.begin, kept=tuple((number, None) for number in half))
        assert judge.judge(point).faults
