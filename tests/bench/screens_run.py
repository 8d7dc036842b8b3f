"""An installation for screens to follow: the events of a run, written at the pace of one.

``python -m tests.bench.screens_run RUN_DIRECTORY``: six short steps with what their tools print,
then Root A at a steady rate with an event each quarter of a second (installer.progress), until it
is killed. Nothing is installed; lock and journal are those of a real run.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from installer.events import Event, OperationFinished, OperationStarted, OutputLine, Progress
from installer.holder import Starter
from installer.journal import RunDirectory
from installer.progress import INTERVAL_SECONDS
from installer.quantity import MIB
from tests.ui.fake_session import STEPS, STEPS_BEFORE_SLOT_A, run_started

_STEP_SECONDS = 1.5
_LINES = 4
"""That a tool prints in a short step."""
_RATE = 8 * MIB
"""Bytes a second: 690 MiB take longer than anybody measures."""


def events() -> Iterator[Event]:
    """In their time."""
    yield run_started(at=time.time())
    for id, _, _ in STEPS[:STEPS_BEFORE_SLOT_A]:
        yield OperationStarted(time=time.time(), id=id)
        for number in range(_LINES):
            time.sleep(_STEP_SECONDS / _LINES)
            yield OutputLine(time=time.time(), tool="mkfs", line=f"line {number} of {id}")
        yield OperationFinished(time=time.time(), id=id, seconds=_STEP_SECONDS)
    id, _, size = STEPS[STEPS_BEFORE_SLOT_A]
    yield OperationStarted(time=time.time(), id=id)
    began = time.time()
    while True:
        time.sleep(INTERVAL_SECONDS)
        done = min(size, int((time.time() - began) * _RATE))
        yield Progress(
            time=time.time(), id=id, done_bytes=done, total_bytes=size, rate=float(_RATE)
        )


def main(run: Path) -> None:
    """Hold the run directory as a run does, and write."""
    with RunDirectory(path=run).hold(Starter(command="atomos-install", terminal="")) as journal:
        for event in events():
            journal.emit(event)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
