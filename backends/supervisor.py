"""A process whose death another one outlives, so that nothing is left running or open after it."""

import contextlib
import ctypes
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Final

from backends.runner import fork
from installer.death import Killed
from installer.errors import ExitCode

SUBREAPER: Final = 36
"""PR_SET_CHILD_SUBREAPER (linux/prctl.h): what a child leaves running becomes our child."""
GONE_SECONDS: Final = 10.0
"""How long killed tools are waited for: one that waits for a disk that does not answer stays."""
_FORWARDED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def supervised(work: Callable[[], ExitCode]) -> ExitCode | Killed:
    """Do `work` in a child; its exit status, or how it was killed.

    Signals that ask for a stop are passed on to it. When it was killed, the tools that it had
    started are killed too, however deep, and are gone when this returns.
    """
    # Without it (it cannot fail but on kernels before 3.4) tools are not found after a death.
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    # Blocked and waited for, not handled: Python runs a handler between two of its instructions, so
    # one that comes just before a blocking waitpid would be heard of only after the child's end.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {*_FORWARDED, signal.SIGCHLD})
    child = fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        _be_the_child(work)
    try:
        status = _wait(child)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    if os.WIFEXITED(status):
        return ExitCode(os.WEXITSTATUS(status))
    _kill_all()
    return Killed(signal=_name(os.WTERMSIG(status)))


def _be_the_child(work: Callable[[], ExitCode]) -> None:
    code = ExitCode.FAILED
    try:
        code = work()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _wait(child: int) -> int:
    """The status that `child` ends with; a wish to stop that comes meanwhile is passed on to it."""
    while True:
        number = signal.sigwait({*_FORWARDED, signal.SIGCHLD})
        if number in _FORWARDED:
            os.kill(child, number)
        elif (ended := os.waitpid(child, os.WNOHANG)) != (0, 0):
            return ended[1]


def _kill_all() -> None:
    """Kill all descendants, again and again, since a dying one's children come to us."""
    import psutil

    deadline = time.monotonic() + GONE_SECONDS
    while time.monotonic() < deadline:
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            return
        time.sleep(0.05)


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
