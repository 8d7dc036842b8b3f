"""The installer as the composition root starts it, with a session made by hand: for pty tests.

``python -m tests.unit.plain_child fresh|joined|crash [--plain]``
"""

import sys

from installer.__main__ import LiveParts
from installer.answers import Answers
from installer.errors import Refused
from installer.run_place import DEFAULT_RUN
from installer.session import Plan
from tests.ui.fake_session import FakeSession, half_a_run


class Parts(LiveParts):
    """Restarts nothing."""

    def reboot(self) -> None:
        print("the machine would restart")


class Crashing(FakeSession):
    """Its start is a bug."""

    def start(self, answers: Answers, plan: Plan) -> None:
        raise RuntimeError("not expected by anybody")


def main() -> int:
    """Exit status: as the command line's."""
    session = FakeSession()
    if sys.argv[1] == "joined":
        session = FakeSession(run=half_a_run(), is_running=True)
    elif sys.argv[1] == "crash":
        session = Crashing()
    try:
        return Parts().show_screens(session, DEFAULT_RUN, None, plain="--plain" in sys.argv)
    except Refused as refusal:
        print(*refusal.problems)
        return 3


if __name__ == "__main__":
    sys.exit(main())
