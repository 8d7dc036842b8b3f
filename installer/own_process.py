"""How a process of this program starts another one."""

import sys
from pathlib import Path


def own_process(command: str, run: Path) -> tuple[str, ...]:
    """The arguments that have this Python do a `command` of ``atomos-install``."""
    # -P as this process has it: what lies in the current folder is none of our modules.
    safe_path = ("-P",) if sys.flags.safe_path else ()
    return (sys.executable, *safe_path, "-m", "installer", command, "--run-dir", str(run))
