"""What several modules of tests share."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.journal import RunDirectory
from tests.unit.fake_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    before = [(each, signal.getsignal(each)) for each in (signal.SIGINT, signal.SIGTERM)]
    yield World(run=RunDirectory(path=tmp_path / "run"))
    for each, handler in before:
        signal.signal(each, handler)
