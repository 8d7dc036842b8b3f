"""Asking a run to stop."""

import contextlib
import os
import signal

from installer.journal import RunDirectory


def stop_run(run: RunDirectory) -> None:
    """Send SIGTERM to the process that the lock names; without a run nothing happens."""
    holder = run.holder()
    if holder is not None and holder.pid:
        with contextlib.suppress(ProcessLookupError):  # it has just ended
            os.kill(holder.pid, signal.SIGTERM)
