"""The matrix's options, what it stands on, and the tally at its end."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from installer.identifiers import Identifiers
from tests.faults import small_release
from tests.faults.bench import Supplies
from tests.faults.crash.judge import Judge
from tests.faults.crash.keeping import Before, Kept, all_of_it, install, judge_of, record_keeping
from tests.faults.crash.rebuilt import RebuiltDisk
from tests.faults.crash.tally import Judged, crash_lines
from tests.faults.ground_blkdebug import BlkdebugGrounds
from tests.faults.layouts import LAYOUTS
from tests.faults.loaders import make_loaders
from tests.faults.results import Result
from tests.faults.rig import Rig
from tests.faults.tally import tally_lines


class Worker(Protocol):
    """What is used of pytest-xdist's WorkerController."""

    config: pytest.Config


CRASHES = pytest.StashKey[list[Judged]]()
RESULTS = pytest.StashKey[list[Result]]()
SEED = 5


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--everything``: all cases; without it a chosen tenth."""
    parser.addoption("--everything", action="store_true", help="all cases of the fault matrix")
    parser.addoption("--fault-seed", type=int, default=SEED, help="where exactly faults meet")


def pytest_configure(config: pytest.Config) -> None:
    """Results are gathered over all tests."""
    config.stash[RESULTS] = []
    config.stash[CRASHES] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Loop devices and mounts need root."""
    if os.geteuid() != 0:
        for item in items:
            if item.path == Path(__file__).with_name("test_on_host.py"):
                item.add_marker(pytest.mark.skip(reason="needs root"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands its results on."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        results = session.config.stash[RESULTS]
        output["results"] = [each.to_line() for each in results]
        output["crashes"] = [each.to_line() for each in session.config.stash[CRASHES]]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Worker) -> None:
    """Take them from it; of one that died there are none."""
    lines = getattr(node, "workeroutput", {}).get("results", ())
    node.config.stash[RESULTS].extend(map(Result.from_line, lines))
    lines = getattr(node, "workeroutput", {}).get("crashes", ())
    node.config.stash[CRASHES].extend(map(Judged.from_line, lines))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the tally."""
    layouts = list(map(str, LAYOUTS))
    results = config.stash[RESULTS]
    results.sort(key=lambda each: layouts.index(each.case.layout))
    if results:
        terminalreporter.section("fault matrix")
        for line in tally_lines(results):
            terminalreporter.write_line(line)
    crashes = config.stash[CRASHES]
    if crashes:
        terminalreporter.section("crash points")
        for line in crash_lines(crashes):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def crashes(request: pytest.FixtureRequest) -> list[Judged]:
    """Where what came of crash points goes."""
    return request.config.stash[CRASHES]


@pytest.fixture(scope="session")
def before(tmp_path_factory: pytest.TempPathFactory) -> Before:
    """A disk that is to be kept."""
    return install(tmp_path_factory.mktemp("before"))


@pytest.fixture(scope="session")
def kept(before: Before) -> Kept:
    """Recorded."""
    return record_keeping(before, "kept", all_of_it)


@pytest.fixture
def judge(kept: Kept, copies: Path) -> Iterator[Judge[RebuiltDisk]]:
    """Of what happened to it."""
    with judge_of(kept, copies) as made:
        yield made


@pytest.fixture
def copies(tmp_path: Path) -> Iterator[Path]:
    """A folder for copies of disks: in memory, where this machine has that."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as place:
        yield Path(place)


@pytest.fixture(scope="session")
def results(request: pytest.FixtureRequest) -> list[Result]:
    """Where results go."""
    return request.config.stash[RESULTS]


@pytest.fixture(scope="session")
def everything(request: pytest.FixtureRequest) -> bool:
    """Whether all cases are to be carried out."""
    return bool(request.config.getoption("--everything", default=False))


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """By which everything is chosen that is chosen by chance."""
    return int(request.config.getoption("--fault-seed", default=SEED))


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    """The plain layouts on this machine."""
    folder = tmp_path_factory.mktemp("faults")
    older, newer, newest = (
        Supplies(
            release=small_release.make(
                folder / f"release-{number}", seed=number, version=version
            ).as_uri(),
            loaders=make_loaders(folder / f"live-{number}", seed=number),
            # Not the same in two runs at once: mkfs.btrfs refuses an identifier that is attached.
            identifiers=Identifiers.draw(),
        )
        for number, version in enumerate(("1.0", "1.0", "2.0"))
    )
    return Rig(
        folder=folder,
        grounds=BlkdebugGrounds(),
        supplies=newer,
        older=older,
        newest=newest,
        has_stick=False,
        say=say,
    )


def say(text: object) -> None:
    """A line for the person who waits. Standard output is a worker's own line to pytest-xdist."""
    print(text, file=sys.stderr, flush=True)
