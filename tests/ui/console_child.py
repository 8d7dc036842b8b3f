"""The app on a real terminal, with a session made by hand: what the pty tests start.

``python -m tests.ui.console_child fresh|serial|joined``
"""

import sys

from screens.app import run
from tests.ui.fake_session import (
    BLANK,
    IN_USE,
    READ_ONLY,
    STARTED,
    WINDOWS,
    FakeSession,
    half_a_run,
    machine,
)


def main() -> int:
    """Exit status: what `run` answers."""
    if sys.argv[1] == "joined":
        session = FakeSession(run=half_a_run(), is_running=True)
    else:
        session = FakeSession(machine_now=machine(BLANK, WINDOWS, IN_USE, READ_ONLY))
    return run(session, serial=sys.argv[1] == "serial", clock=lambda: STARTED + 21)


if __name__ == "__main__":
    sys.exit(main())
