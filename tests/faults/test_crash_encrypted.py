"""The power goes on an encrypted disk: recorded under user-mode Linux, judged in user space."""

import os
import random
import shutil
from pathlib import Path
from typing import Final

import pytest

from installer.answers import Keep, LayoutKind
from tests.faults.crash.encrypted import (
    Encrypted,
    disk_of,
    installed_on,
    judge_of,
    record_encrypted,
)
from tests.faults.crash.judge import SLOTS, Verdict
from tests.faults.crash.points import Point
from tests.faults.crash.rebuilt import RebuiltDisk
from tests.faults.crash.recorded import Section
from tests.faults.crash.resuming import InstallationJudge
from tests.faults.crash.tally import Judged, judged
from tests.faults.crash.whole import sha256
from tests.faults.layouts import ENCRYPTED, Layout

pytestmark = [
    pytest.mark.extended,
    pytest.mark.xdist_group("crash-encrypted"),
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("grub-fstest") is None,
        reason="needs root and grub-fstest (grub-common)",
    ),
]
SAMPLES: Final = 60
"""Between flushes, of each operation."""
BOOTED: Final = 2
"""Points of each operation that a machine is started from."""
KEPT: Final = Layout(kind=LayoutKind.ENCRYPTED, keep=Keep.DATA)


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Encrypted:
    return record_encrypted(tmp_path_factory.mktemp("encrypted"), ENCRYPTED)


def test_a_slot_in_the_container_is_read_in_clear(encrypted: Encrypted, copies: Path) -> None:
    installation, update = encrypted.recording.sections[:2]
    (old, new) = encrypted.systems
    with disk_of(encrypted, copies) as disk:
        for section, system in ((installation, old), (update, new)):
            with disk.at(Point(sure=section.end)):
                in_clear = disk.read(SLOTS["b"], system.size)
                assert sha256(in_clear) == system.sha256
                assert in_clear != RebuiltDisk.read(disk, SLOTS["b"], system.size)


def test_wherever_the_power_goes_a_whole_system_starts(
    encrypted: Encrypted, copies: Path, crashes: list[Judged], seed: int
) -> None:
    _installation, *sections = encrypted.recording.sections
    with disk_of(encrypted, copies) as disk:
        judge = judge_of(encrypted, disk, copies)
        for section in sections:
            judge.begin(section)
            points = chosen(disk, section, seed)
            booted = random.Random(seed).sample(range(len(points)), BOOTED)
            verdicts = [
                judge.judge(section.name, each, boots=number in booted)
                for number, each in enumerate(points)
            ]
            crashes.append(judged(section.name, verdicts, booted=len(booted)))
            assert not bad(verdicts)


def test_wherever_the_power_goes_an_installation_goes_on(
    encrypted: Encrypted, tmp_path: Path, copies: Path, crashes: list[Judged], seed: int
) -> None:
    """As far as can be told without opening the container: the installer plans to go on."""
    installation(encrypted, tmp_path, copies, crashes, seed)


def test_wherever_the_power_goes_kept_data_are_there(
    tmp_path: Path, copies: Path, crashes: list[Judged], seed: int
) -> None:
    """And the container opens, whose header gets one key more."""
    folder = tmp_path / "made"
    folder.mkdir()
    made = record_encrypted(folder, KEPT)
    installation(made, tmp_path, copies, crashes, seed)


def installation(
    made: Encrypted, folder: Path, copies: Path, crashes: list[Judged], seed: int
) -> None:
    section = made.recording.sections[0]
    with disk_of(made, copies) as disk:
        judge = InstallationJudge(
            disk=disk, installed=installed_on(made, folder), section=section, folder=copies
        )
        verdicts = [judge.judge(each) for each in chosen(disk, section, seed)]
    crashes.append(judged(section.name, verdicts))
    assert not bad(verdicts)


def bad(verdicts: list[Verdict]) -> str:
    return "\n".join(str(each) for each in verdicts if each.faults)


def chosen(disk: RebuiltDisk, section: Section, seed: int) -> list[Point]:
    """See RebuiltDisk.points."""
    return disk.points(section, SAMPLES, random.Random(f"{seed} {section.name}"))
