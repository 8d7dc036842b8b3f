"""The app on a real terminal, with a session made by hand: what the pty tests start.

``python -m tests.ui.console_child fresh|serial|joined|kept|unfinished``
"""

import sys

from screens.app import run
from tests.ui.atomos_disks import ENCRYPTED, keeping_plan
from tests.ui.fake_session import (
    BLANK,
    IN_USE,
    READ_ONLY,
    STARTED,
    WINDOWS,
    FakeSession,
    half_a_run,
    machine,
    wrong_passphrase,
)
from tests.ui.fake_store import fake_stores
from tests.ui.reading import draw_key
from tests.ui.unfinished_samples import ENDED, ON_WINDOWS, looked_at, resuming


def main() -> int:
    """Exit status: what `run` answers."""
    if sys.argv[1] == "joined":
        session = FakeSession(run=half_a_run(), is_running=True)
    elif sys.argv[1] == "kept":
        session = FakeSession(
            machine_now=machine(ENCRYPTED),
            looks=[wrong_passphrase(), None],
            plans=[keeping_plan(ENCRYPTED)],
        )
    elif sys.argv[1] == "unfinished":
        session = FakeSession(ends=(ENDED, ON_WINDOWS), plans=[resuming(ENDED)], run=looked_at())
    else:
        session = FakeSession(machine_now=machine(BLANK, WINDOWS, IN_USE, READ_ONLY))
    return run(
        session,
        serial=sys.argv[1] == "serial",
        clock=lambda: STARTED + 21,
        draw=draw_key,
        stores=fake_stores,
    )


if __name__ == "__main__":
    sys.exit(main())
