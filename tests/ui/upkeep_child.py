"""The screens of an installed system on a real terminal: what the pty tests start.

``python -m tests.ui.upkeep_child``
"""

import sys

from screens.upkeep.start import run
from tests.ui.upkeep_scenes import PLACE, FakeUpkeep, update_plan, whole_run


def main() -> int:
    """Exit status: what `run` answers."""
    upkeep = FakeUpkeep(run=whole_run(update_plan()))
    return run(upkeep, place=PLACE)  # type: ignore[arg-type]  # all of Upkeep that the app uses


if __name__ == "__main__":
    sys.exit(main())
