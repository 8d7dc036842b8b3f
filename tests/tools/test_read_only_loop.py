"""Two looks at one partition at the same moment, as from the apps on two consoles."""

import threading
from pathlib import Path

from backends.read_only_loop import ReadOnlyLoops
from backends.runner import Runner
from installer.quantity import MIB
from tests.tools.conftest import LoopMaker


def test_one_look_waits_for_the_other(loop: LoopMaker, runner: Runner) -> None:
    partition, order = loop(16 * MIB), []
    inside = threading.Event()

    def second() -> None:
        inside.wait()
        with ReadOnlyLoops(runner).over(partition):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with ReadOnlyLoops(runner).over(partition) as first:
        inside.set()
        thread.join(timeout=1)
        attached = Path("/sys/class/block", Path(first.device).name, "loop/backing_file")
        assert attached.read_text().strip() == partition, "the second took it for a leftover"
        order.append("first")
    thread.join(timeout=60)
    assert order == ["first", "second"]
