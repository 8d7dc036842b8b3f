"""The judge of crash points finds what is wrong: writes in another order, a flush left out."""

import dataclasses
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from unittest import mock

import pytest

from installer.errors import ExitCode
from installer.machinery import Begin, Machinery, Progress
from installer.release import ReleaseFile
from installer.upkeep.recovery_operations import RenewRecovery
from tests.faults.crash.judge import SLOTS, Judge, Loss, Verdict
from tests.faults.crash.keeping import (
    RENEWED,
    UPDATE,
    Before,
    Keeping,
    Kept,
    judge_of,
    record_keeping,
    update,
)
from tests.faults.crash.points import Point, at_flushes
from tests.faults.crash.rebuilt import RebuiltDisk
from tests.faults.crash.recorded import Marks
from tests.faults.crash.write_log import Request
from tests.tools.installed_disk import InstalledDisk, release_at

pytestmark = [
    pytest.mark.xdist_group("crash"),
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("grub-fstest") is None,
        reason="needs root and grub-fstest (grub-common)",
    ),
]


@dataclasses.dataclass(frozen=True)
class OpenedFirst:
    """Images that are written while the boot state says already that their slot is to start."""

    made: Machinery

    def write(
        self,
        image: ReleaseFile,
        targets: tuple[str, ...],
        progress: Progress,
        _begin: Begin | None = None,
    ) -> None:
        (slot,) = targets
        boot = slot.removesuffix("5") + "3"
        self.made.boot.reset_slots(boot=boot, slots=("b",))
        self.made.images.write(image, targets, progress)

    def verify(self, image: ReleaseFile, target: str, progress: Progress) -> None:
        self.made.images.verify(image, target, progress)


def spoilt(spoil: Callable[[Machinery], Machinery]) -> Keeping:
    def keep(there: InstalledDisk, releases: tuple[Path, ...], marks: Marks) -> Iterator[str]:
        with marks.section(UPDATE):
            update(there, releases[1], spoil)
        yield UPDATE

    return keep


def test_a_slot_that_is_opened_before_it_is_whole(before: Before, copies: Path) -> None:
    keep = spoilt(lambda made: dataclasses.replace(made, images=OpenedFirst(made)))  # type: ignore[arg-type]
    kept = record_keeping(before, "opened first", keep)
    section = kept.recording.section(UPDATE)
    with judge_of(kept, copies) as judge:
        points = at_flushes(judge.disk.log.requests, section.begin, section.end)
        verdicts = (judge.judge(UPDATE, each) for each in points)
        found = next((each for each in verdicts if each.faults), None)
    assert found is not None
    assert found.has(Loss.UNBOOTABLE)
    assert "slot b starts, and is not whole" in str(found)


def test_a_flush_that_is_left_out(kept: Kept, judge: Judge[RebuiltDisk]) -> None:
    """One of the file system's own, behind what it brings to its place out of its journal: without
    it, the journal may say that all is in its place before it is."""
    section, requests = kept.recording.section(UPDATE), judge.disk.log.requests
    journal = most_written(requests[section.begin : section.end])
    found: list[Verdict] = []
    for before, after in neighbours(requests, range(section.begin, section.end)):
        if len(before) > 1 and [requests[number].offset for number in after] == [journal]:
            kept_ones = tuple((number, None) for number in after)
            found.append(judge.judge(UPDATE, Point(sure=before.start, kept=kept_ones)))
    assert any(each.faults for each in found), found


def test_a_disk_that_heeds_no_flush(kept: Kept, judge: Judge[RebuiltDisk]) -> None:
    section, requests = kept.recording.section(UPDATE), judge.disk.log.requests
    sent = [number for number in range(section.begin, section.end) if requests[number].length]
    dice, found = random.Random(1), []
    for _each in range(8):
        half = sorted(dice.sample(sent, len(sent) // 2))
        point = Point(sure=section.begin, kept=tuple((number, None) for number in half))
        found.append(judge.judge(UPDATE, point))
    assert any(each.has(Loss.UNBOOTABLE) for each in found), found


def neighbours(requests: Sequence[Request], section: range) -> Iterator[tuple[range, range]]:
    """What lies before a flush and after it, up to the next ones; each flush in turn."""
    places = [number for number in section if requests[number].is_flush]
    for first, left_out, last in zip(places, places[1:], places[2:], strict=False):
        yield range(first + 1, left_out), range(left_out + 1, last)


def most_written(requests: Sequence[Request]) -> int:
    """The place that is written over and over: the superblock of the journal."""
    offsets = [each.offset for each in requests if each.length == 4096]
    return max(set(offsets), key=offsets.count)


def test_bytes_of_what_runs(judge: Judge[RebuiltDisk], kept: Kept) -> None:
    """Whoever writes there is found."""
    part = judge.disk.parts[SLOTS["a"]]
    judge.disk.write(part.start + 4096, random.Random(1).randbytes(512))
    section = kept.recording.section(UPDATE)
    verdict = judge.judge(UPDATE, Point(sure=section.begin))
    assert verdict.has(Loss.LOST)
    assert verdict.has(Loss.UNBOOTABLE)


def test_a_recovery_that_the_menu_comes_to_too_soon(before: Before, copies: Path) -> None:
    """Whose entry is not closed while it is written."""

    def keep(there: InstalledDisk, releases: tuple[Path, ...], marks: Marks) -> Iterator[str]:
        wish = dataclasses.replace(release_at(releases[1]), recovery=True)
        with (
            mock.patch.object(RenewRecovery, "_close"),
            marks.section(RENEWED),
        ):
            assert there.carry_out(wish) is ExitCode.DONE
        yield RENEWED

    kept = record_keeping(before, "never closed", keep)
    section = kept.recording.section(RENEWED)
    with judge_of(kept, copies) as judge:
        points = at_flushes(judge.disk.log.requests, section.begin, section.end)
        found = [each for each in (judge.judge(RENEWED, point) for point in points) if each.faults]
    assert "the menu comes to a Recovery that is not whole" in str(found[0])


def test_a_loader_that_is_renamed_over_the_old_one(before: Before, copies: Path) -> None:
    """As mtools do: the old name goes first."""

    def renamed(device: str, folder: PurePosixPath, one: str, other: str) -> None:
        for argv in (
            ["mdel", "-i", device, f"::{folder / one}"],
            ["mren", "-i", device, f"::{folder / other}", f"::{folder / one}"],
            # There has to be one to be removed.
            ["mcopy", "-i", device, f"::{folder / one}", f"::{folder / other}"],
        ):
            subprocess.run(argv, check=True)
            subprocess.run(["sync", device], check=True)

    def keep(there: InstalledDisk, releases: tuple[Path, ...], marks: Marks) -> Iterator[str]:
        wish = dataclasses.replace(release_at(releases[1]), recovery=True)
        with mock.patch("backends.esp.exchange", renamed), marks.section(RENEWED):
            assert there.carry_out(wish) is ExitCode.DONE
        yield RENEWED

    kept = record_keeping(before, "renamed", keep)
    section = kept.recording.section(RENEWED)
    with judge_of(kept, copies) as judge:
        points = at_flushes(judge.disk.log.requests, section.begin, section.end)
        said = "\n".join(str(judge.judge(RENEWED, each)) for each in points)
    assert "is neither the old one nor the new one" in said
