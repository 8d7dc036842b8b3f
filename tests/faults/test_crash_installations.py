"""The power goes during an installation: the next one goes on, and what is kept is there."""

import os
import random
import shutil
from pathlib import Path
from typing import Final

import pytest

from tests.faults.conftest import say
from tests.faults.crash.installing import record_installation
from tests.faults.crash.rebuilt import RebuiltDisk
from tests.faults.crash.resuming import InstallationJudge
from tests.faults.crash.tally import Judged, judged
from tests.faults.layouts import INSTALLATIONS, Layout

pytestmark = [
    pytest.mark.extended,
    pytest.mark.xdist_group("crash"),
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("grub-fstest") is None,
        reason="needs root and grub-fstest (grub-common)",
    ),
]
SAMPLES: Final = 40
"""Between flushes, of each layout."""
TO_THE_END: Final = 6
"""Points from which an installation is done to its end."""
BOOTED: Final = 2
"""That a machine is started from."""


@pytest.mark.parametrize(
    "layout", [each for each in INSTALLATIONS if not each.encrypted], ids=lambda each: str(each)
)
def test_wherever_the_power_goes_it_goes_on(
    layout: Layout, tmp_path: Path, copies: Path, crashes: list[Judged], seed: int
) -> None:
    installed = record_installation(tmp_path, layout, say)
    disk = RebuiltDisk(installed.recording, copies / "disk.raw")
    (section,) = installed.recording.sections
    judge = InstallationJudge(disk=disk, installed=installed, section=section, folder=copies)
    points = disk.points(section, SAMPLES, random.Random(f"{seed} {layout}"))
    dice = random.Random(seed)
    finished = frozenset(dice.sample(range(len(points)), TO_THE_END))
    # The last ones: what starts a machine comes to the disk near the end.
    booted = range(len(points) - BOOTED, len(points))
    verdicts = [
        judge.judge(each, boots=number in booted, goes_on=number in finished)
        for number, each in enumerate(points)
    ]
    disk.close()
    crashes.append(judged(section.name, verdicts, booted=len(booted)))
    assert not [each for each in verdicts if each.faults], "\n".join(
        str(each) for each in verdicts if each.faults
    )
