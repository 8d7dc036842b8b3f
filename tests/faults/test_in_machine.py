"""The encrypted layouts, under user-mode Linux: the kernel here may have no dm-crypt."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.faults import small_release
from tests.faults.conftest import say
from tests.faults.in_machine import MARK
from tests.faults.layouts import LAYOUTS, Layout
from tests.faults.results import Outcome, Result
from tests.user_mode.enter import SHARED
from tests.user_mode.machine import Stopped, lines_of

THERE: Final = tuple(layout for layout in LAYOUTS if layout.encrypted)
WITHIN: Final = 600.0
"""Seconds for the next line: at most an installation without faults."""
STARTS: Final = 2
"""Of user-mode Linux: that it stands still says nothing about an installation."""
RELEASES: Final = {
    "older": small_release.VERSION,
    "newer": small_release.VERSION,
    "newest": "2.0",
}
_LINE: Final = re.compile(rf"{MARK}(\{{.*\}})")


@pytest.mark.parametrize("layout", THERE, ids=str)
def test_encrypted(layout: Layout, results: list[Result], everything: bool, seed: int) -> None:
    """Every operation after every fault: told, cleaned up, retried, and the same disk."""
    folder = Path("build/faults").absolute() / str(layout).replace(", ", "-").replace(" ", "-")
    for start in range(1, STARTS + 1):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        made: list[Result] = []
        try:
            for result in results_of(layout, folder, everything=everything, seed=seed):
                made.append(result)
                if result.outcome is not Outcome.NOT_APPLICABLE:
                    say(result)
        except Stopped as error:
            if start == STARTS:
                raise
            say(f"{layout}: once more from the start: {error}")
            made.clear()
        else:
            break
        finally:
            results.extend(made)
    failed = [result for result in made if result.outcome is Outcome.FAILED]
    assert not failed, "\n".join(map(str, failed))
    assert made
    shutil.rmtree(folder)


def results_of(layout: Layout, folder: Path, *, everything: bool, seed: int) -> Iterator[Result]:
    """As they come; `folder` keeps what it wrote on its console. Raises AssertionError."""
    releases = folder / "releases"
    for number, (name, version) in enumerate(RELEASES.items()):
        small_release.make(releases / name, seed=number, version=version)
    command = (
        f"cd {SHARED}/project && PYTHONPATH=/usr/lib/atomos/vendor PYTHONDONTWRITEBYTECODE=1"
        f" exec python3 -m tests.faults.in_machine --folder /tmp --seed {seed} --layout '{layout}'"
        f" --release {SHARED}/releases/newer --older {SHARED}/releases/older"
        f" --newest {SHARED}/releases/newest"
        f"{' --everything' if everything else ''}"
    )
    shared = {"releases": releases}
    for line in lines_of(command, scratch=folder, shared=shared, within=WITHIN):
        if match := _LINE.search(line):
            yield Result.from_line(match[1])
        elif line.startswith("["):
            say(f"{layout}: {line}")
