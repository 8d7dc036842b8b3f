"""Waiting for a condition, as all tests do instead of sleeping."""

import os
import time
from collections.abc import Callable
from typing import AnyStr

import pexpect


def until(met: Callable[[], bool], what: str, *, within: float = 10.0) -> None:
    """Return when `met`. Fails after `within` seconds, with `what` was waited for."""
    deadline = time.monotonic() + within
    while not met():
        assert time.monotonic() < deadline, f"waited for {what}"
        os.sched_yield()


def end(child: "pexpect.spawn[AnyStr]") -> None:
    """pexpect looks once, a tenth of a second after SIGKILL: too soon on a busy machine."""
    try:
        child.close(force=True)
    except pexpect.ExceptionPexpect:
        child.wait()
